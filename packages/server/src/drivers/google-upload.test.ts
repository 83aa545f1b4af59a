/** Resumable uploads where fake-gcs-server differs from Google: a storage may take less of a block than it was sent. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { inBlocks } from './blocks.ts'
import { DriverError } from './driver.ts'
import { createGoogleApi } from './google-api.ts'
import { upload } from './google-upload.ts'
import { failingAfter, inChunks } from './suite/samples.ts'
import { connectorFetch } from './testing/connector-fetch.ts'

const BLOCK_BYTES = 1000

/** Takes at most `takesBytes` of each request. */
async function startStorage(t: TestContext, takesBytes: number) {
  const log: string[] = []
  let stored = Buffer.alloc(0)
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    log.push(`${request.method} ${request.headers['content-range'] ?? ''}`.trim())
    if (request.method === 'POST') return response.setHeader('Location', `${url}/session`).end()
    if (request.method === 'DELETE') return response.writeHead(499).end()
    const [, start, total] = request.headers['content-range']?.match(/^bytes (\d+)-\d+\/(\d+|\*)$/) ?? []
    assert.equal(Number(start), stored.length)
    stored = Buffer.concat([stored, body.subarray(0, takesBytes)])
    if (String(stored.length) === total) {
      const time = new Date().toISOString()
      return response.end(JSON.stringify({ name: 'file', size: String(total), generation: '7', timeCreated: time }))
    }
    return response.writeHead(308, stored.length > 0 ? { Range: `bytes=0-${stored.length - 1}` } : {}).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { fetch, close } = connectorFetch()
  t.after(() => {
    close()
    server.closeAllConnections()
    server.close()
  })
  const tokens = { current: async () => 'token', forget: () => {} }
  const api = createGoogleApi({ endpoint: url, tokens, fetch })
  return { api, log, stored: () => stored }
}

const target = { bucket: 'bucket', name: 'file', signal: undefined }

test('what Google did not take of a block is sent again', async (t) => {
  const content = randomBytes(2500)
  const { api, log, stored } = await startStorage(t, 600)
  const blocks = inBlocks(inChunks(content, 333), BLOCK_BYTES)
  const { sizeBytes, etag } = await upload(api, { ...target, blocks })
  assert.deepEqual([sizeBytes, etag], [2500, '7'])
  assert.ok(stored().equals(content))
  assert.deepEqual(log, [
    'POST',
    'PUT bytes 0-999/*',
    'PUT bytes 600-999/*',
    'PUT bytes 1000-1999/*',
    'PUT bytes 1600-1999/*',
    'PUT bytes 2000-2499/2500',
  ])
})

test('a storage that takes nothing is not asked for ever', async (t) => {
  const { api, log } = await startStorage(t, 0)
  const blocks = inBlocks(inChunks(randomBytes(2500)), BLOCK_BYTES)
  await assert.rejects(
    upload(api, { ...target, blocks }),
    (error) => error instanceof DriverError && error.problem === 'unavailable',
  )
  assert.deepEqual(log, ['POST', 'PUT bytes 0-999/*', 'DELETE'])
})

test('a body that fails midway makes Google forget the upload', async (t) => {
  const failure = new Error('the sender hung up')
  const { api, log } = await startStorage(t, BLOCK_BYTES)
  const blocks = inBlocks(failingAfter(randomBytes(1500), failure), BLOCK_BYTES)
  await assert.rejects(upload(api, { ...target, blocks }), (error) => error === failure)
  assert.deepEqual(log, ['POST', 'PUT bytes 0-999/*', 'DELETE'])
})
