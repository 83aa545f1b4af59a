import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import { testDatabases } from '../db/testing.ts'
import { listCollections, setDefaultCollection } from './collections.ts'
import { createHostedPlace } from './hosted-place.ts'
import type { DataPlace } from './place.ts'
import { bodyOf, contentOf, namesIn, openHostedBench } from './testing/hosted-bench.ts'

function isError(name: ErrorName, text?: RegExp) {
  return (error: unknown) => error instanceof ApiError && error.error === name && (!text || text.test(error.message))
}

const PRIVATE: readonly string[] = []
const MY_ALGORITHMS = ['algo://.my/*']
const PUBLIC = ['user://*']

for (const { engine, open } of testDatabases()) {
  describe(`hosted data on ${engine}`, { timeout: 120_000 }, () => {
    async function openBench() {
      return openHostedBench((await open()).db)
    }

    /** Ann has `secret`, `shared` and `open`, each with one file, and an algorithm. */
    async function withCollections() {
      const bench = await openBench()
      const ann = bench.as('ann')
      for (const [name, acl] of Object.entries({ secret: PRIVATE, shared: MY_ALGORITHMS, open: PUBLIC })) {
        await ann.createDirectory('.my', name, acl)
        await ann.put(`.my/${name}/a.txt`, bodyOf(name))
      }
      return {
        ...bench,
        algorithmId: await bench.addAlgorithm('ann', 'Own'),
        foreignId: await bench.addAlgorithm('bob', 'Other'),
      }
    }

    /** Which of the three collections of ann can be read. */
    async function readable(place: DataPlace): Promise<string[]> {
      const names: string[] = []
      for (const name of ['secret', 'shared', 'open']) {
        const found = await contentOf(place, `ann/${name}/a.txt`).catch((error: unknown) => {
          if (isError('NotAuthorized')(error)) return undefined
          throw error
        })
        if (found !== undefined) names.push(found)
      }
      return names
    }

    test('a file is there as it was put, under every spelling of its collection and its own spelling alone', async () => {
      const { as } = await openBench()
      const ann = as('ann')
      await ann.createDirectory('.my', 'Foo', undefined)
      const stat = await ann.put('.my/foo/Ä b+%?#.txt', bodyOf('hello ', 'world'), { sizeBytes: 11 })
      const found = await ann.find('ANN/FOO/Ä b+%?#.txt')
      assert.deepEqual({ ...found, read: undefined }, { kind: 'file', ...stat, read: undefined })
      assert.equal(stat.sizeBytes, 11)
      assert.equal(await contentOf(ann, '.my/Foo/Ä b+%?#.txt'), 'hello world')
      await assert.rejects(ann.find('.my/Foo/ä b+%?#.txt'), isError('DataNotFound'))
      assert.deepEqual(await namesIn(ann, '.my'), ['Foo'])
    })

    test('a replaced file has another etag, its size counts, and its old object is gone', async () => {
      const { as, objectIds, usage } = await openBench()
      const ann = as('ann')
      await ann.createDirectory('.my', 'foo', undefined)
      const first = await ann.put('.my/foo/a', bodyOf('one'))
      const second = await ann.put('.my/foo/a', bodyOf('three'))
      assert.notEqual(first.etag, second.etag)
      assert.deepEqual(await usage('ann'), { bytes: 5, files: 1 })
      assert.deepEqual(await objectIds(), [second.etag])
    })

    test('a body that fails leaves the file as it was and nothing in the storage', async () => {
      const { as, objectIds, usage } = await openBench()
      const ann = as('ann')
      await ann.createDirectory('.my', 'foo', undefined)
      const { etag } = await ann.put('.my/foo/a', bodyOf('one'))
      async function* broken() {
        yield Buffer.from('half')
        throw new Error('gone')
      }
      await assert.rejects(ann.put('.my/foo/a', broken()), /gone/)
      assert.equal(await contentOf(ann, '.my/foo/a'), 'one')
      assert.deepEqual(await objectIds(), [etag])
      assert.deepEqual(await usage('ann'), { bytes: 3, files: 1 })
    })

    test('a collection that is missing, there already or misnamed is said to be so', async () => {
      const { as, objectIds } = await openBench()
      const ann = as('ann')
      await assert.rejects(ann.put('.my/foo/a', bodyOf('x')), isError('DataNotFound'))
      await assert.rejects(ann.find('.my/foo'), isError('DataNotFound'))
      await assert.rejects(ann.find('nobody'), isError('DataNotFound'))
      await assert.rejects(ann.createDirectory('nobody', 'foo', undefined), isError('DataNotFound'))
      await ann.createDirectory('ann', 'foo', undefined)
      await assert.rejects(ann.createDirectory('.my', 'FOO', undefined), isError('InputValidationError', /already/))
      for (const name of ['', '1a', 'a b', 'a-b', 'a'.repeat(65), 'ä']) {
        await assert.rejects(ann.createDirectory('.my', name, undefined), isError('InputValidationError'), name)
      }
      await ann.createDirectory('.my', 'a'.repeat(64), undefined)
      await assert.rejects(ann.createDirectory('.my', 'bar', ['user://bob']), isError('InputValidationError', /acl/))
      await assert.rejects(ann.createDirectory('.my', 'bar', [...PUBLIC, ...PUBLIC]), isError('InputValidationError'))
      assert.deepEqual(await objectIds(), [])
    })

    test('a path of the wrong depth is refused', async () => {
      const { as } = await openBench()
      const ann = as('ann')
      await ann.createDirectory('.my', 'foo', undefined)
      const refused = isError('InvalidDataPath')
      await assert.rejects(ann.put('.my/foo/a/b', bodyOf('x')), refused)
      await assert.rejects(ann.put('.my/foo', bodyOf('x')), refused)
      await assert.rejects(ann.put('.my', bodyOf('x')), refused)
      await assert.rejects(ann.find('.my/foo/a/b'), refused)
      await assert.rejects(ann.find('.algo/other/thing'), refused)
      await assert.rejects(ann.createDirectory('.my/foo', 'bar', undefined), refused)
      await assert.rejects(ann.createDirectory('', 'bar', undefined), refused)
      await assert.rejects(ann.setAcl('.my', PUBLIC), refused)
      await assert.rejects(ann.delete('.my', { force: true }), refused)
      await assert.rejects(ann.put(`.my/foo/${'ä'.repeat(128)}`, bodyOf('x')), refused)
      await ann.put(`.my/foo/${'ä'.repeat(127)}x`, bodyOf('x'))
    })

    test('deleting counts as clients expect', async () => {
      const { as, objectIds, usage } = await openBench()
      const ann = as('ann')
      await ann.createDirectory('.my', 'foo', undefined)
      assert.equal(await ann.delete('.my/foo', { force: true }), 1)
      await ann.createDirectory('.my', 'foo', undefined)
      assert.equal(await ann.delete('.my/foo', { force: false }), 0)
      await ann.createDirectory('.my', 'foo', undefined)
      for (const name of ['a', 'b', 'c']) await ann.put(`.my/foo/${name}`, bodyOf(name))
      await assert.rejects(
        ann.delete('.my/foo', { force: false }),
        (error: unknown) => isError('DirectoryNotEmpty')(error) && (error as ApiError).members.deleted === 0,
      )
      assert.equal(await ann.delete('.my/foo/a', { force: false }), 1)
      await assert.rejects(ann.delete('.my/foo/a', { force: false }), isError('DataNotFound', /^path not found$/))
      assert.equal(await ann.delete('.my/foo', { force: true }), 2)
      await assert.rejects(ann.delete('.my/foo', { force: true }), isError('DataNotFound', /^path not found$/))
      assert.deepEqual(await objectIds(), [])
      assert.deepEqual(await usage('ann'), { bytes: 0, files: 0 })
    })

    test('a precondition sees what is there, at the beginning and at the end', async () => {
      const { as, objectIds } = await openBench()
      const ann = as('ann')
      await ann.createDirectory('.my', 'foo', undefined)
      const absent = (current: unknown) => {
        if (current) throw new ApiError('PreconditionFailed')
      }
      const { etag } = await ann.put('.my/foo/a', bodyOf('one'), { precondition: absent })
      await assert.rejects(ann.put('.my/foo/a', bodyOf('two'), { precondition: absent }), isError('PreconditionFailed'))
      async function* overtaken() {
        await ann.put('.my/foo/b', bodyOf('first'))
        yield Buffer.from('second')
      }
      await assert.rejects(ann.put('.my/foo/b', overtaken(), { precondition: absent }), isError('PreconditionFailed'))
      assert.equal(await contentOf(ann, '.my/foo/b'), 'first')
      await assert.rejects(
        ann.delete('.my/foo/a', { force: false, precondition: absent }),
        isError('PreconditionFailed'),
      )
      assert.equal((await objectIds()).includes(etag), true)
      assert.equal((await objectIds()).length, 2)
    })

    test('who reads which collection is the table of rest-api.md 5.4', async () => {
      const { as, inRun, algorithmId, foreignId } = await withCollections()
      assert.deepEqual(await readable(as('ann')), ['secret', 'shared', 'open'], 'the owner')
      assert.deepEqual(await readable(inRun('ann', foreignId)), ['secret', 'shared', 'open'], 'what the owner called')
      assert.deepEqual(await readable(inRun('bob', algorithmId)), ['shared', 'open'], 'what the owner wrote')
      assert.deepEqual(await readable(inRun('bob', foreignId)), ['open'], 'what others wrote and called')
      assert.deepEqual(await readable(as('bob')), ['open'], 'others')
      assert.deepEqual(await namesIn(as('bob'), 'ann'), ['open'])
      assert.deepEqual(await namesIn(inRun('bob', algorithmId), 'ann'), ['open', 'shared'])
    })

    test('only the owner writes, and what runs on its behalf', async () => {
      const { as, inRun, algorithmId, foreignId } = await withCollections()
      for (const stranger of [as('bob'), inRun('bob', algorithmId)]) {
        for (const name of ['secret', 'shared', 'open']) {
          await assert.rejects(stranger.put(`ann/${name}/b`, bodyOf('x')), isError('NotAuthorized'))
          await assert.rejects(stranger.delete(`ann/${name}/a.txt`, { force: false }), isError('NotAuthorized'))
          await assert.rejects(stranger.delete(`ann/${name}`, { force: true }), isError('NotAuthorized'))
          await assert.rejects(stranger.setAcl(`ann/${name}`, PUBLIC), isError('NotAuthorized'))
        }
        await assert.rejects(stranger.createDirectory('ann', 'new', undefined), isError('NotAuthorized'))
      }
      await inRun('ann', foreignId).put('.my/secret/b', bodyOf('x'))
      await inRun('ann', foreignId).setAcl('ann/secret', PUBLIC)
      assert.equal(await contentOf(as('bob'), 'ann/secret/b'), 'x')
    })

    test('members act for their organization, and executors read', async () => {
      const { as } = await openBench()
      await as('cy').createDirectory('acme', 'plans', PRIVATE)
      await as('cy').put('acme/plans/a', bodyOf('x'))
      assert.equal(await contentOf(as('ann'), 'acme/plans/a'), 'x')
      assert.equal(await contentOf(as('ed'), 'acme/plans/a'), 'x')
      await assert.rejects(as('ed').put('acme/plans/b', bodyOf('x')), isError('NotAuthorized'))
      await assert.rejects(as('bob').find('acme/plans'), isError('NotAuthorized'))
      assert.deepEqual(await namesIn(as('cy'), ''), ['cy', 'acme'])
      assert.deepEqual(await namesIn(as('bob'), ''), ['bob'])
    })

    test('a key needs the rights, and nobody reads what is public alone', async () => {
      const { services, as, inRun, account, algorithmId } = await withCollections()
      const blind = as('ann', { allowData: false })
      await assert.rejects(blind.find('.my/open/a.txt'), isError('NotAuthorized', /allow_data/))
      await assert.rejects(blind.find(''), isError('NotAuthorized'))
      const reader = as('ann', { allowDataWrite: false })
      await assert.rejects(reader.put('.my/open/b', bodyOf('x')), isError('NotAuthorized', /allow_data_write/))
      await assert.rejects(reader.delete('.my/open', { force: true }), isError('NotAuthorized'))
      const rights = { algorithms: ['*'], dataRead: false, dataWrite: false }
      await assert.rejects(inRun('ann', algorithmId, { rights }).find('.my'), isError('NotAuthorized'))
      const admin = createHostedPlace(services, { kind: 'admin', account: account('ann'), keyId: 'k' })
      await assert.rejects(admin.find('ann/open'), isError('NotAuthorized'))
      const nobody = createHostedPlace(services, { kind: 'anonymous' })
      assert.equal(await contentOf(nobody, 'ann/open/a.txt'), 'open')
      assert.deepEqual(await namesIn(nobody, 'ann/open'), ['a.txt'])
      await assert.rejects(nobody.find('ann/open/b'), isError('DataNotFound'))
      for (const path of [
        '',
        '.my',
        'ann',
        'ann/shared',
        'ann/missing',
        'nobody/x',
        '.session',
        '.algo/temp',
        '.algo/ann/Own/temp',
      ]) {
        await assert.rejects(nobody.find(path), isError('NotAuthenticated'), path)
      }
      await assert.rejects(nobody.put('ann/open/b', bodyOf('x')), isError('NotAuthenticated'))
    })

    test('the acl is shown for collections with a name of their own, and changes hold at once', async () => {
      const { as } = await withCollections()
      const ann = as('ann')
      const aclOf = async (path: string) => {
        const found = await ann.find(path)
        return found.kind === 'directory' ? found.acl : 'a file'
      }
      assert.deepEqual(await aclOf('.my/secret'), PRIVATE)
      assert.deepEqual(await aclOf('.my/shared'), MY_ALGORITHMS)
      assert.equal(await aclOf('.my'), undefined)
      assert.equal(await aclOf('.algo/ann/Own/perm'), undefined)
      await ann.setAcl('.my/open', PRIVATE)
      await assert.rejects(as('bob').find('ann/open/a.txt'), isError('NotAuthorized'))
      await assert.rejects(ann.setAcl('.my/missing', PRIVATE), isError('DataNotFound'))
    })

    test('what an algorithm keeps belongs to it and its caller', async () => {
      const { as, inRun, algorithmId, foreignId } = await withCollections()
      const run = inRun('bob', algorithmId)
      for (const lifetime of ['temp', 'perm']) {
        assert.deepEqual(await namesIn(run, `.algo/${lifetime}`), [])
        await run.put(`.algo/${lifetime}/a`, bodyOf(lifetime))
        assert.equal(await contentOf(run, `.algo/ann/own/${lifetime}/a`), lifetime)
        assert.equal(await contentOf(as('bob'), `.algo/ANN/Own/${lifetime}/a`), lifetime, 'its caller with a key')
        assert.equal(await contentOf(inRun('bob', foreignId), `.algo/ann/Own/${lifetime}/a`), lifetime)
        await assert.rejects(as('bob').put(`.algo/ann/Own/${lifetime}/b`, bodyOf('x')), isError('NotAuthorized'))
        await assert.rejects(
          inRun('bob', foreignId).put(`.algo/ann/Own/${lifetime}/b`, bodyOf('x')),
          isError('NotAuthorized'),
        )
        await assert.rejects(
          inRun('bob', foreignId).delete(`.algo/ann/Own/${lifetime}/a`, { force: false }),
          isError('NotAuthorized'),
        )
        await assert.rejects(as('ann').find(`.algo/ann/Own/${lifetime}/a`), isError('DataNotFound'), 'another caller')
        await assert.rejects(as('bob').delete(`.algo/ann/Own/${lifetime}`, { force: true }), isError('InvalidDataPath'))
        await assert.rejects(run.setAcl(`.algo/${lifetime}`, PUBLIC), isError('InvalidDataPath'))
        assert.equal(await as('bob').delete(`.algo/ann/Own/${lifetime}/a`, { force: false }), 1)
      }
      await assert.rejects(as('bob').find('.algo/temp'), isError('DataNotFound'), 'the short form is for runs')
      await assert.rejects(as('cy').find('.algo/ann/Own/temp'), isError('DataNotFound'), 'a private algorithm')
    })

    test('the default collection of an algorithm is read in its runs, as its acl says', async () => {
      const { services, as, callerOf, inRun, algorithmId, foreignId } = await withCollections()
      await assert.rejects(inRun('bob', algorithmId).find('.algo/default'), isError('DataNotFound'))
      const listed = await listCollections(services, callerOf('ann'))
      const shared = listed.find(({ row }) => row.name === 'shared')?.row.id ?? ''
      const ids = { id: algorithmId, collectionId: `collec-${shared}` }
      await assert.rejects(setDefaultCollection(services, callerOf('bob'), ids), isError('NotAuthorized'))
      const foreign = { id: foreignId, collectionId: shared }
      await assert.rejects(setDefaultCollection(services, callerOf('bob'), foreign), isError('DataNotFound'))
      await setDefaultCollection(services, callerOf('ann'), ids)
      assert.equal(await contentOf(inRun('bob', algorithmId), '.algo/default/a.txt'), 'shared')
      await assert.rejects(inRun('bob', algorithmId).put('.algo/default/b', bodyOf('x')), isError('NotAuthorized'))
      await inRun('ann', algorithmId).put('.algo/default/b', bodyOf('x'))
      await assert.rejects(as('ann').find('.algo/default'), isError('DataNotFound'))
      await as('ann').delete('.my/shared', { force: true })
      await assert.rejects(inRun('bob', algorithmId).find('.algo/default'), isError('DataNotFound'))
    })

    test('content that was damaged is not handed out whole, and the operator is told', async () => {
      const { as, errors, folder } = await openBench()
      const ann = as('ann')
      await ann.createDirectory('.my', 'foo', undefined)
      const { etag } = await ann.put('.my/foo/a', bodyOf(Buffer.alloc(2_000_000, 'x')))
      const path = join(folder, etag.slice(0, 2), etag)
      const bytes = await readFile(path)
      bytes[1_000_000] = 0
      await writeFile(path, bytes)
      await assert.rejects(contentOf(ann, '.my/foo/a'), isError('StorageFailed', /damaged/))
      assert.match(errors.join(), new RegExp(etag))
    })

    test('content that is missing in the storage is no missing file', async () => {
      const { as, errors, folder, services } = await openBench()
      const ann = as('ann')
      await ann.createDirectory('.my', 'foo', undefined)
      const { etag } = await ann.put('.my/foo/a', bodyOf('x'))
      await services.objects.delete([etag])
      await assert.rejects(contentOf(ann, '.my/foo/a'), isError('StorageFailed', /missing/))
      assert.match(errors.join(), new RegExp(etag))
      assert.equal((await readdir(folder, { recursive: true })).includes(etag), false)
    })

    test('a listing costs the same on every page', async () => {
      const { as, services, usage } = await openBench()
      const ann = as('ann')
      await ann.createDirectory('.my', 'big', undefined)
      const { id } = await services.db.selectFrom('collections').select('id').executeTakeFirstOrThrow()
      const names = Array.from({ length: 20_000 }, (_, index) => `${index}`)
      for (let at = 0; at < names.length; at += 2000) {
        const rows = names.slice(at, at + 2000).map((name) => ({
          ...{ collection_id: id, name, size_bytes: 1, crc32: 0, object_id: `${id}-${name}` },
          modified_at: new Date().toISOString(),
        }))
        await services.db.insertInto('files').values(rows).execute()
      }
      await services.db.insertInto('data_usage').values({ owner_id: '?', bytes: 0, files: 0 }).execute()
      await services.db.updateTable('data_usage').set({ bytes: 20_000, files: 20_000 }).execute()
      const found = await ann.find('.my/big')
      assert.equal(found.kind, 'directory')
      const timesMs: number[] = []
      const seen: string[] = []
      let marker: string | undefined
      do {
        const start = performance.now()
        const page = await found.list(marker)
        timesMs.push(performance.now() - start)
        seen.push(...page.files.map(({ name }) => name))
        marker = page.marker
      } while (marker !== undefined)
      assert.equal(timesMs.length, 20)
      assert.deepEqual(seen, names.sort())
      const typical = (part: number[]) => part.toSorted((a, b) => a - b)[Math.floor(part.length / 2)] ?? 0
      const [early, late] = [typical(timesMs.slice(0, 10)), typical(timesMs.slice(10))]
      assert.ok(late < 3 * early + 5, `pages at the end took ${late} ms, at the beginning ${early} ms`)
      assert.equal(await ann.delete('.my/big', { force: true }), 20_000)
      assert.deepEqual(await usage('ann'), { bytes: 0, files: 0 })
    })

    test('a marker of another directory is refused', async () => {
      const { as } = await withCollections()
      for (const path of ['', '.my', '.my/open']) {
        const found = await as('ann').find(path)
        assert.equal(found.kind, 'directory')
        for (const marker of ['true', '', 'eyJ']) await assert.rejects(found.list(marker), isError('InvalidMarker'))
      }
    })
  })
}
