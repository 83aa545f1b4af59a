/** Against Azurite, which checks SAS tokens as Azure does. It takes backslashes and dots at the end, which Azure does not. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { createAzureBlobDriver } from './azure-blob.ts'
import { type Driver, DriverError, type DriverProblem } from './driver.ts'
import { inChunks, listPages, namesOf, read, sample, write } from './suite/samples.ts'
import { type CaseName, testDriver } from './suite.ts'
import { setTraps } from './testing/ambience.ts'
import { type Azurite, prepareAzurite, startAzurite } from './testing/azurite.ts'
import { connectorFetch } from './testing/connector-fetch.ts'

const lacks: Partial<Record<CaseName, string>> = {
  'names may have backslashes': 'Azure may take a backslash for a slash, so the driver refuses it',
  'names may begin with a dot, or have two': 'Azure may drop the dots of `...`, so the driver refuses them',
  'names may end with a dot': 'Azure may drop a dot at the end, so the driver refuses it',
}

async function assertTells(attempt: Promise<unknown>, problem: DriverProblem, says: RegExp): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof DriverError, inspect(error))
    assert.equal(error.problem, problem, error.message)
    assert.match(error.message, says)
    assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /sig=/)
    return true
  })
}

function testAzure(azurite: Azurite, fetch: typeof globalThis.fetch): void {
  const { storageUri, containerName } = azurite
  const open = (options: { sasToken?: string; containerName?: string; pageSize?: number } = {}): Promise<Driver> =>
    createAzureBlobDriver({ storageUri, containerName, sasToken: azurite.sasToken(), fetch, ...options })

  testDriver('the Azure driver', async () => ({ driver: await open() }), { lacks })

  describe('the Azure driver, besides', () => {
    test('lists a folder that Azure tells in many pages', async () => {
      const driver = await open({ pageSize: 3 })
      const names = Array.from({ length: 10 }, (_, index) => `n${index}`)
      await Promise.all(
        names.map((name) => write(driver, `paged/${name}${Number(name[1]) % 3 ? '' : '/file'}`, 'text')),
      )
      const pages = await listPages(driver, 'paged', 4)
      const folders = ['n0/', 'n3/', 'n6/', 'n9/']
      const files = ['n1', 'n2', 'n4', 'n5', 'n7', 'n8']
      assert.deepEqual(pages.map(namesOf), [folders, files.slice(0, 4), files.slice(4)])
    })

    test('refuses names that Azure would change', async () => {
      const driver = await open()
      for (const path of ['a\\b', 'a.', 'a./b', '...', 'x'.repeat(1024)]) {
        await assertTells(driver.write(path, inChunks(sample(1))), 'invalid-path', /no backslash/)
        await assertTells(driver.createFolder(path), 'invalid-path', /no backslash/)
      }
      for (const path of ['..', '../other/file', 'a/../../other', './a']) {
        await assertTells(driver.read(path), 'invalid-path', /name/)
        await assertTells(driver.delete(path), 'invalid-path', /name/)
      }
    })

    test('says when the token expired', async () => {
      const expiresAt = new Date('2020-05-17T10:00:00Z')
      const driver = await open({ sasToken: azurite.sasToken({ expiresAt }) })
      await assertTells(driver.stat('file'), 'denied', /expired at 2020-05-17T10:00:00.000Z/)
      await assertTells(driver.list('', { limit: 1 }), 'denied', /expired/)
    })

    test('reads with a token for reading, and says what it lacks for writing', async () => {
      await write(await open(), 'read-only', 'text')
      const driver = await open({ sasToken: `?${azurite.sasToken({ permissions: 'rl' })}` })
      assert.equal((await read(driver, 'read-only')).toString(), 'text')
      await assertTells(driver.write('read-only', inChunks(sample(10))), 'denied', /permission/)
      await assertTells(driver.delete('read-only'), 'denied', /permission/)
    })

    test('is denied with a token that was changed, or is for another container', async () => {
      const changed = azurite.sasToken({ permissions: 'rl' }).replace('sp=rl', 'sp=rwl')
      await assertTells((await open({ sasToken: changed })).stat('file'), 'denied', /SAS token/)
      const other = await open({ containerName: 'other' })
      await assertTells(other.stat('file'), 'denied', /SAS token/)
      await assertTells(
        open({ sasToken: '' }).then((driver) => driver.read('file')),
        'denied',
        /SAS token/,
      )
    })

    test('asks neither the environment nor a metadata server', async (t) => {
      const { trap, connections } = await setTraps(t)
      const driver = await open()
      await write(driver, 'ambient', 'text')
      assert.equal((await read(driver, 'ambient')).toString(), 'text')
      const foreign = [...connections].filter((address) => address !== new URL(storageUri).host)
      assert.deepEqual([foreign, trap.requests], [[], []])
    })
  })
}

const prepared = await prepareAzurite()
if ('unavailable' in prepared) test('the Azure driver', { skip: prepared.unavailable }, () => {})
else {
  const azurite = await startAzurite(prepared.folder)
  const { fetch, close } = connectorFetch()
  after(async () => {
    close()
    await azurite.stop()
  })
  testAzure(azurite, fetch)
}
