import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { testDatabases } from '../db/testing.ts'
import { prepareS3Server, type S3Server, startS3Server } from '../drivers/testing/s3-server.ts'
import { openStore, type Store } from './open-store.ts'
import { parseStoreUrl } from './store-url.ts'
import { startSweep } from './sweep.ts'
import { bodyOf, contentOf, openHostedBench } from './testing/hosted-bench.ts'

const [sqlite] = testDatabases()
const prepared = await prepareS3Server()

test('without a setting contents are files below the folder, and the process dates what is left over', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-store-'))
  after(() => rm(folder, { recursive: true, force: true }))
  const store = await openStore(null, { folder, silenceMs: 1000 })
  await store.driver.write('ab/abc', bodyOf('x'))
  assert.deepEqual(await readdir(join(folder, 'ab')), ['abc'])
  const sinceStartMs = Date.now() - store.leftoversBefore().getTime()
  assert.ok(Math.abs(sinceStartMs - process.uptime() * 1000) < 1000)
  await store.close()
})

if ('unavailable' in prepared) test('hosted data in a bucket', { skip: prepared.unavailable }, () => {})
else {
  describe('hosted data in a bucket', { timeout: 120_000 }, () => {
    let server: S3Server
    let store: Store
    before(async () => {
      server = await startS3Server(prepared.folder)
      const { endpoint, bucket, credentials } = server
      const user = [credentials.accessKeyId, credentials.secretAccessKey].map(encodeURIComponent).join(':')
      const settings = parseStoreUrl(`s3://${user}@${bucket}/hosted?endpoint=${encodeURIComponent(endpoint)}`)
      assert.ok(settings)
      store = await openStore(settings, { folder: '', silenceMs: 60_000 })
    })
    after(async () => {
      await store.close()
      await server.stop()
    })

    test('is put, replaced, read and deleted as in a folder', async () => {
      assert.ok(sqlite)
      const { as, objectIds } = await openHostedBench((await sqlite.open()).db, { driver: store.driver })
      const ann = as('ann')
      await ann.createDirectory('.my', 'foo', undefined)
      await ann.put('.my/foo/a', bodyOf('one'), { sizeBytes: 3 })
      const { etag } = await ann.put('.my/foo/a', bodyOf('two', 'three'))
      assert.equal(await contentOf(ann, '.my/foo/a'), 'twothree')
      assert.deepEqual(await objectIds(), [etag])
      assert.equal(await ann.delete('.my/foo', { force: true }), 1)
      assert.deepEqual(await objectIds(), [])
    })

    test('what another server may be putting is left alone for a day', async () => {
      assert.ok(sqlite)
      const { as, objectIds, services } = await openHostedBench((await sqlite.open()).db, { driver: store.driver })
      await as('ann').createDirectory('.my', 'foo', undefined)
      const orphan = await services.objects.write(bodyOf('x'), {}, async ({ id }) => id)
      const sweep = startSweep({ ...services, store })
      await sweep.started
      await sweep.close()
      assert.deepEqual(await objectIds(), [orphan])
    })
  })
}
