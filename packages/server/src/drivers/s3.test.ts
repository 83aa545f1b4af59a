/** Against s3proxy, which keeps objects in a folder; what it does not do as Amazon does is in s3-protocol.test.ts. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { S3 } from '@aws-sdk/client-s3'
import { createConnectorAgents } from '../http/egress-agents.ts'
import { createEgressGate } from '../http/egress-gate.ts'
import { DriverError } from './driver.ts'
import { createS3Driver, type S3Driver } from './s3.ts'
import { assertSameBytes, failingAfter, inChunks, MIB, read, sample } from './suite/samples.ts'
import { testDriver } from './suite.ts'
import { prepareS3Server, type S3Server, startS3Server } from './testing/s3-server.ts'

const belowAFile = 's3proxy keeps keys as paths of a file system, where nothing can be below a file'
const lacks = {
  'stat tells a file, a folder and nothing apart': belowAFile,
  'what is not there, or is a folder, cannot be read': belowAFile,
  'names may have 255 bytes': 's3proxy makes file names longer while it writes',
}

const prepared = await prepareS3Server()
if ('unavailable' in prepared) test('the S3 driver', { skip: prepared.unavailable }, () => {})
else {
  const agents = createConnectorAgents(createEgressGate({ allow: createAddressSet(['127.0.0.1']) }))
  let server: S3Server
  let sdk: S3
  before(async () => {
    server = await startS3Server(prepared.folder)
    const { endpoint, region, credentials } = server
    sdk = new S3({ endpoint, region, credentials, forcePathStyle: true })
  })
  after(async () => {
    agents.close()
    sdk.destroy()
    await server.stop()
  })

  const accessOf = ({ endpoint, region, credentials }: S3Server) => {
    return { endpoint, region, credentials, forcePathStyle: true, agents }
  }

  testDriver(
    'the S3 driver on a part of one bucket, with checksums',
    async () => {
      const place = { bucket: server.bucket, prefix: 'some/where', hasChecksums: true }
      return { driver: await createS3Driver({ ...accessOf(server), ...place }) }
    },
    { lacks },
  )

  describe('the S3 driver on all buckets', () => {
    let driver: S3Driver
    before(async () => {
      driver = await createS3Driver(accessOf(server))
    })

    test('lists them, and what is in them', async () => {
      await driver.write('test-bucket/folder/file', inChunks(sample(10)))
      assert.deepEqual((await driver.list('', { limit: 10 })).folders, ['test-bucket'])
      assert.ok((await driver.list('test-bucket', { limit: 10 })).folders.includes('folder'))
      assert.deepEqual(await driver.stat('test-bucket'), { kind: 'folder' })
      assert.equal(await driver.stat('other-bucket'), undefined)
    })

    test('neither makes nor deletes one', async () => {
      const isDenied = (error: unknown): boolean => error instanceof DriverError && error.problem === 'denied'
      await driver.createFolder('test-bucket')
      await assert.rejects(driver.createFolder('other-bucket'), isDenied)
      await assert.rejects(driver.deleteFolder('test-bucket'), isDenied)
    })

    test('writes large files in parts, without checksums', async () => {
      const content = sample(20 * MIB + 1)
      const { sizeBytes, etag } = await driver.write('test-bucket/large', inChunks(content), {
        sizeBytes: content.length,
      })
      assert.equal(sizeBytes, content.length)
      assert.match(etag, /-3$/)
      assertSameBytes(await read(driver, 'test-bucket/large'), content)
    })

    test('wrong credentials are denied, and the message says which', async () => {
      const refuses = async (credentials: S3Server['credentials'], message: RegExp) => {
        const stranger = await createS3Driver({ ...accessOf(server), credentials })
        const isExplained = (error: unknown) =>
          error instanceof DriverError && error.problem === 'denied' && message.test(error.message)
        await assert.rejects(stranger.stat('test-bucket/file'), isExplained)
        await assert.rejects(stranger.write('test-bucket/file', inChunks(sample(10))), isExplained)
      }
      await refuses({ ...server.credentials, secretAccessKey: 'wrong' }, /secret access key/)
      await refuses({ ...server.credentials, accessKeyId: 'WRONG' }, /access key id/)
    })
  })

  describe('what is left of uploads', () => {
    const unfinished = async (): Promise<readonly string[]> => {
      const { Uploads = [] } = await sdk.listMultipartUploads({ Bucket: server.bucket })
      return Uploads.flatMap(({ Key }) => Key ?? [])
    }

    test('nothing stays of one that fails after the first parts', async () => {
      const driver = await createS3Driver({ ...accessOf(server), bucket: server.bucket })
      const failure = new Error('the sender hung up')
      const writing = driver.write('broken', failingAfter(sample(36 * MIB), failure))
      await assert.rejects(writing, (error) => error === failure)
      assert.deepEqual(await unfinished(), [])
    })

    test('those that a killed process left are aborted by their age, under the own prefix alone', async () => {
      const Bucket = server.bucket
      const driver = await createS3Driver({ ...accessOf(server), bucket: Bucket, prefix: 'mine' })
      await sdk.createMultipartUpload({ Bucket, Key: 'mine/left' })
      await sdk.createMultipartUpload({ Bucket, Key: 'minerals' })
      const soon = Date.now() + 60_000
      assert.equal(await driver.abortUploadsBefore(new Date(soon - 3_600_000)), 0)
      assert.equal(await driver.abortUploadsBefore(new Date(soon)), 1)
      assert.deepEqual(await unfinished(), ['minerals'])
    })
  })
}
