/** Against s3proxy, which keeps objects in a folder; what it does not do as Amazon does is in s3-protocol.test.ts. */
import { test } from 'node:test'
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { createConnectorAgents } from '../http/egress-agents.ts'
import { createEgressGate } from '../http/egress-gate.ts'
import { createS3Driver, type S3DriverOptions } from './s3.ts'
import { testDriver } from './suite.ts'
import { prepareS3Server, startS3Server } from './testing/s3-server.ts'

const belowAFile = 's3proxy keeps keys as paths of a file system, where nothing can be below a file'
const lacks = {
  'stat tells a file, a folder and nothing apart': belowAFile,
  'what is not there, or is a folder, cannot be read': belowAFile,
  'names may have 255 bytes': 's3proxy makes file names longer while it writes',
}

const prepared = await prepareS3Server()
if ('unavailable' in prepared) test('the S3 driver', { skip: prepared.unavailable }, () => {})
else {
  const open = async (place: Pick<S3DriverOptions, 'bucket' | 'prefix' | 'hasChecksums'>) => {
    const { endpoint, region, bucket, credentials, stop } = await startS3Server(prepared.folder)
    const agents = createConnectorAgents(createEgressGate({ allow: createAddressSet(['127.0.0.1']) }))
    const access = { endpoint, region, credentials, forcePathStyle: true, agents }
    const driver = await createS3Driver({ ...place, ...access })
    const close = async (): Promise<void> => {
      agents.close()
      await stop()
    }
    return { driver, close, bucket }
  }
  testDriver('the S3 driver on all buckets', () => open({}), { base: 'test-bucket', lacks })
  testDriver(
    'the S3 driver on a part of one bucket, with checksums',
    () => open({ bucket: 'test-bucket', prefix: 'some/where', hasChecksums: true }),
    { lacks },
  )
}
