/** Against fake-gcs-server, and a token address that checks what the driver signs. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { type Driver, DriverError, type DriverProblem } from './driver.ts'
import { createGoogleStorageDriver, type GoogleStorageOptions } from './google-storage.ts'
import { inChunks, listPages, namesOf, sample, write } from './suite/samples.ts'
import { testDriver } from './suite.ts'
import { connectorFetch } from './testing/connector-fetch.ts'
import { type FakeGcs, prepareFakeGcs, startFakeGcs } from './testing/fake-gcs.ts'

async function assertTells(attempt: Promise<unknown>, problem: DriverProblem, says: RegExp): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof DriverError, inspect(error))
    assert.equal(error.problem, problem, error.message)
    assert.match(error.message, says)
    return true
  })
}

function testGoogle({ account, apiEndpoint, tokenUri, bucket }: FakeGcs, fetch: typeof globalThis.fetch): void {
  const open = (options: Partial<GoogleStorageOptions> = {}): Promise<Driver> =>
    createGoogleStorageDriver({ ...account, apiEndpoint, tokenUri, fetch, ...options })

  testDriver('the Google driver', async () => ({ driver: await open() }), { base: bucket })

  describe('the Google driver, besides', () => {
    test('lists a folder that Google tells in many pages', async () => {
      const driver = await open({ pageSize: 3 })
      const names = Array.from({ length: 10 }, (_, index) => `n${index}${index % 3 ? '' : '/file'}`)
      await Promise.all(names.map((name) => write(driver, `${bucket}/paged/${name}`, 'text')))
      const pages = await listPages(driver, `${bucket}/paged`, 4)
      const folders = ['n0/', 'n3/', 'n6/', 'n9/']
      const files = ['n1', 'n2', 'n4', 'n5', 'n7', 'n8']
      assert.deepEqual(pages.map(namesOf), [folders, files.slice(0, 4), files.slice(4)])
    })

    test('finds nothing in a bucket that is not there, and makes none', async () => {
      const driver = await open()
      for (const path of ['no-such-bucket', 'no-such-bucket/file', 'No Bucket/file', '../b', 'x/file']) {
        assert.equal(await driver.stat(path), undefined, path)
        assert.equal(await driver.delete(path), false, path)
        assert.equal(await driver.deleteFolder(path), false, path)
        await assertTells(driver.read(path), 'not-found', /bucket/)
        await assertTells(driver.list(path, { limit: 10 }), 'not-found', /bucket/)
      }
      await assertTells(driver.write('no-such-bucket/file', inChunks(sample(1))), 'not-found', /bucket/)
      await assertTells(driver.createFolder('no-such-bucket'), 'invalid-path', /Buckets are not created here/)
    })

    test('refuses names that no object can have', async () => {
      const driver = await open()
      const names = ['.', '..', 'a\nb', 'a\rb', '.well-known/acme-challenge/a', 'x'.repeat(1025), '']
      for (const path of names.map((name) => `${bucket}/${name}`)) {
        await assertTells(driver.write(path, inChunks(sample(1))), 'invalid-path', /1,024 bytes/)
      }
      await assertTells(driver.write('Bucket!/file', inChunks(sample(1))), 'invalid-path', /gs:\/\/BUCKET\/FILE/)
    })

    test('says that an account without a project has no list of buckets', async () => {
      const driver = await open({ email: 'somebody@example.com' })
      await assertTells(driver.list('', { limit: 10 }), 'denied', /names no project/)
    })

    test('leaves a bucket that is empty alone', async () => {
      await fetch(`${apiEndpoint}/storage/v1/b?project=test`, { method: 'POST', body: '{"name":"empty-bucket"}' })
      const driver = await open()
      await assertTells(driver.deleteFolder('empty-bucket'), 'invalid-path', /Buckets are not deleted here/)
      assert.deepEqual(await driver.list('empty-bucket', { limit: 1 }), { folders: [], files: [], marker: undefined })
      await driver.createFolder('empty-bucket')
    })
  })
}

const prepared = await prepareFakeGcs()
if ('unavailable' in prepared) test('the Google driver', { skip: prepared.unavailable }, () => {})
else {
  const gcs = await startFakeGcs(prepared.folder)
  const { fetch, close } = connectorFetch()
  after(async () => {
    close()
    await gcs.stop()
  })
  testGoogle(gcs, fetch)
}
