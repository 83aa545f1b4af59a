/** Large files against the double in a process of its own, so that what this one holds is the driver's. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { createConnectorAgents } from '../http/egress-agents.ts'
import { createEgressGate } from '../http/egress-gate.ts'
import { createStreamingFetch } from '../http/streaming-fetch.ts'
import { createDropboxDriver } from './dropbox.ts'
import { MIB } from './suite/samples.ts'

const SIZE_MIB = 192
const program = join(import.meta.dirname, 'testing', 'dropbox-double-program.ts')

const agents = createConnectorAgents(createEgressGate({ allow: createAddressSet(['127.0.0.1']) }))
const double = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })

after(async () => {
  agents.close()
  double.stdin.end()
  await once(double, 'exit')
})

async function* body(): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < SIZE_MIB * 16; sent++) yield Buffer.alloc(MIB / 16, sent)
}

test(`${SIZE_MIB} MiB go each way in memory that does not grow with them`, async () => {
  const [line] = (await once(double.stdout, 'data')) as [Buffer]
  const { url, accessToken } = JSON.parse(line.toString()) as { url: string; accessToken: string }
  const fetch = createStreamingFetch(agents)
  const driver = await createDropboxDriver({ accessToken, fetch, urls: { api: url, content: url }, onRefreshed() {} })
  const before = process.memoryUsage.rss()
  let [mostBytes, readBytes] = [0, 0]
  const watch = setInterval(() => {
    mostBytes = Math.max(mostBytes, process.memoryUsage.rss() - before)
  }, 5)
  const { sizeBytes } = await driver.write('large', body())
  for await (const chunk of await driver.read('large')) readBytes += (chunk as Buffer).length
  clearInterval(watch)
  assert.deepEqual([sizeBytes, readBytes], [SIZE_MIB * MIB, SIZE_MIB * MIB])
  assert.ok(mostBytes < (SIZE_MIB * MIB * 3) / 4, `${Math.round(mostBytes / MIB)} MiB more`)
})
