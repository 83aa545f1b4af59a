import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { describe, test } from 'node:test'
import type { CallOutcome, CallRequest, Runner } from '@algorist/runner/types.ts'
import { testDatabases } from '../db/testing.ts'
import { createReclaimer } from './reclaimer.ts'
import { startSweep } from './sweep.ts'
import { bodyOf, contentOf, type HostedBench, namesIn, openHostedBench } from './testing/hosted-bench.ts'

const FUTURE = new Date(Date.now() + 60_000)

for (const { engine, open } of testDatabases()) {
  describe(`what is left over on ${engine}`, { timeout: 120_000 }, () => {
    async function withFiles() {
      const bench = await openHostedBench((await open()).db)
      await bench.as('ann').createDirectory('.my', 'foo', undefined)
      const { etag } = await bench.as('ann').put('.my/foo/a', bodyOf('kept'))
      return { ...bench, etag }
    }

    async function sweep({ services }: HostedBench, { tempMs = 86_400_000, before = FUTURE } = {}) {
      const run = startSweep({
        ...services,
        store: { leftoversBefore: () => before, removeUnfinished: async () => {} },
        tempMs,
      })
      await run.started
      await run.close()
    }

    test('objects of no file go, those of files and those under way stay', async () => {
      const bench = await withFiles()
      const orphan = await bench.services.objects.write(bodyOf('lost'), {}, async ({ id }) => id)
      assert.equal((await bench.objectIds()).length, 2)
      await sweep(bench, { before: new Date(0) })
      assert.ok((await bench.objectIds()).includes(orphan), 'younger ones may be in use')
      await bench.services.objects.write(bodyOf('coming'), {}, async ({ id }) => {
        await sweep(bench)
        assert.deepEqual((await bench.objectIds()).sort(), [bench.etag, id].sort())
      })
      assert.equal(await contentOf(bench.as('ann'), '.my/foo/a'), 'kept')
    })

    test('a deletion that a crash cut short is finished', async () => {
      const bench = await withFiles()
      const { db, reclaimer } = bench.services
      await bench.as('ann').createDirectory('.my', 'gone', undefined)
      for (const name of ['a', 'b']) await bench.as('ann').put(`.my/gone/${name}`, bodyOf(name))
      await reclaimer.close()
      await bench.as('ann').delete('.my/gone', { force: true })
      assert.deepEqual(await namesIn(bench.as('ann'), '.my'), ['foo'])
      assert.equal(
        (await readdir(bench.folder, { recursive: true })).filter((name) => /\/\w{32}$/.test(name)).length,
        3,
      )
      const restarted = createReclaimer(bench.services)
      await sweep({ ...bench, services: { ...bench.services, reclaimer: restarted } })
      await restarted.idle()
      assert.deepEqual(await bench.objectIds(), [bench.etag])
      assert.equal((await db.selectFrom('collections').selectAll().execute()).length, 1)
    })

    test('temporary files of algorithms go after their time, permanent ones stay', async () => {
      const bench = await withFiles()
      const run = bench.inRun('bob', await bench.addAlgorithm('ann', 'Own'))
      for (const lifetime of ['temp', 'perm']) await run.put(`.algo/${lifetime}/a`, bodyOf(lifetime))
      await sweep(bench)
      assert.equal(await contentOf(run, '.algo/temp/a'), 'temp')
      await sweep(bench, { tempMs: -60_000 })
      assert.deepEqual([await namesIn(run, '.algo/temp'), await namesIn(run, '.algo/perm')], [[], ['a']])
      assert.deepEqual(await bench.usage('bob'), { bytes: 4, files: 1 })
      assert.equal((await bench.objectIds()).length, 2)
    })

    test('what belongs to an algorithm or an account that is gone goes', async () => {
      const bench = await withFiles()
      const { db } = bench.services
      const id = await bench.addAlgorithm('ann', 'Own')
      await bench.inRun('bob', id).put('.algo/perm/a', bodyOf('x'))
      await bench.as('cy').createDirectory('.my', 'foo', undefined)
      await bench.as('cy').put('.my/foo/a', bodyOf('x'))
      await sweep(bench)
      assert.equal((await bench.objectIds()).length, 3)
      await db.deleteFrom('algorithms').where('id', '=', id).execute()
      await db.updateTable('accounts').set({ deleted_at: new Date().toISOString() }).where('name', '=', 'cy').execute()
      await sweep(bench)
      assert.deepEqual(await bench.objectIds(), [bench.etag])
      assert.deepEqual(await bench.usage('bob'), { bytes: 0, files: 0 })
    })

    test('a session space is there while its root call runs, for all calls below it', async () => {
      const bench = await withFiles()
      const algorithmId = await bench.addAlgorithm('ann', 'Own')
      const sessionId = 'req-root'
      const inSession = bench.inRun('bob', algorithmId, { sessionId, depth: 0 })
      const below = bench.inRun('bob', algorithmId, { sessionId, depth: 1 })
      const outcome = { kind: 'error' } as unknown as CallOutcome
      const runner = bench.services.sessionSpaces.around({
        async call({ identity }: CallRequest) {
          await inSession.put('.session/a', bodyOf('shared'))
          assert.equal(await contentOf(below, '.session/a'), 'shared')
          if (identity.depth === 0) await runner.call(callOf(1))
          assert.deepEqual(await namesIn(below, '.session'), ['a'])
          await assert.rejects(bench.inRun('bob', algorithmId).find('.session'), { error: 'DataNotFound' })
          return outcome
        },
      } as Runner)
      const callOf = (depth: number) => ({ identity: { sessionId, depth } }) as CallRequest
      await assert.rejects(inSession.put('.session/a', bodyOf('x')), { error: 'DataNotFound' })
      await runner.call(callOf(0))
      await assert.rejects(inSession.find('.session/a'), { error: 'DataNotFound' })
      assert.deepEqual(await bench.objectIds(), [bench.etag])
      assert.deepEqual(await bench.usage('bob'), { bytes: 0, files: 0 })
    })

    test('a session that a crash ended leaves nothing', async () => {
      const bench = await withFiles()
      const { db } = bench.services
      const collection = { id: 'c', owner_id: bench.account('bob').id, scope: 'session:req-x', acl: 'private' as const }
      await db
        .insertInto('collections')
        .values({ ...collection, name: 'session', name_lower: 'session', created_at: new Date().toISOString() })
        .execute()
      await sweep(bench, { before: new Date(0) })
      assert.equal((await db.selectFrom('collections').selectAll().execute()).length, 2, 'another server may run it')
      await sweep(bench)
      await bench.services.reclaimer.idle()
      assert.equal((await db.selectFrom('collections').selectAll().execute()).length, 1)
    })
  })
}
