import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { pino } from 'pino'
import { createUser } from '../accounts/accounts.ts'
import { createAccountDirectory } from '../accounts/directory.ts'
import { createCatalog } from '../algorithms/catalog.ts'
import type { Database } from '../db/schema.ts'
import { testDatabases } from '../db/testing.ts'
import { createUsageCollector } from './collector.ts'
import { type MadeCall, traceOf } from './testing.ts'

const log = pino({ level: 'silent' })

async function open(db: Database) {
  const directory = await createAccountDirectory(db)
  const ann = await createUser({ db, directory }, { username: 'ann', email: 'ann@example.com' })
  const usage = createUsageCollector({ db, directory, catalog: await createCatalog(db), log })
  after(usage.close)
  const call = (made: Partial<MadeCall> = {}) =>
    usage.receive(traceOf({ caller: ann.id, algorithm: 'hello', owner: ann.id, ...made }))
  const days = () => db.selectFrom('usage_days').selectAll().orderBy('version').orderBy('day').execute()
  return { ann, usage, call, days }
}

for (const { engine, open: openDatabase } of testDatabases()) {
  describe(`collecting usage on ${engine}`, () => {
    test('adds up calls by caller, algorithm, version and day', async () => {
      const { db } = await openDatabase()
      const { ann, usage, call, days } = await open(db)
      call({ runMs: 0.1, usage: { cpuMicroseconds: 70, peakMemoryBytes: 900 } })
      call({ runMs: 1000.5, isError: true, usage: { cpuMicroseconds: 5, peakMemoryBytes: 1000 } })
      await usage.flush()
      call({ runMs: 2000, usage: { cpuMicroseconds: 25, peakMemoryBytes: 800 } })
      call({ endedAt: '2026-11-23T00:00:00Z' })
      await usage.flush()
      const [first, second, ...more] = await days()
      assert.deepEqual(more, [])
      assert.deepEqual(first, {
        ...{ caller_id: ann.id, algorithm_id: 'hello', version: '1.0.0', day: '2026-11-22' },
        ...{ owner_id: ann.id, machine_type: 'cpu', calls: 3, errors: 1 },
        // Each rounded up: 1 + 2 + 2.
        ...{ rounded_seconds: 5, rounded_error_seconds: 2 },
        ...{ wait_us: 750, start_us: 0, run_us: 3_000_600, error_run_us: 1_000_500 },
        ...{ cpu_us: 100, peak_memory_bytes: 1000, input_bytes: 9, answer_bytes: 10 },
      })
      assert.deepEqual([second?.day, second?.calls], ['2026-11-23', 1])
    })

    test('the sums of every group are those of the days', async () => {
      const { db } = await openDatabase()
      const { ann, usage, call } = await open(db)
      for (let round = 0; round < 500; round++) {
        call({ algorithm: `a${round % 7}`, version: `${round % 3}.0.0`, owner: round % 2 ? ann.id : 'gone' })
        if (round % 100 === 0) await usage.flush()
      }
      await usage.flush()
      const rows = await db.selectFrom('usage_sums').select(['kind', 'calls', 'run_us']).execute()
      const kinds = Map.groupBy(rows, ({ kind }) => kind)
      assert.equal(kinds.size, 8)
      for (const [kind, of] of kinds) {
        assert.equal(
          of.reduce((sum, { calls }) => sum + calls, 0),
          500,
          kind,
        )
        assert.equal(
          of.reduce((sum, { run_us }) => sum + run_us, 0),
          500 * 1500,
          kind,
        )
      }
    })

    test('a group that could not be written is written later, with what came meanwhile', async () => {
      const { db } = await openDatabase()
      const { usage, call, days } = await open(db)
      await db.schema.alterTable('usage_sums').renameTo('elsewhere').execute()
      call()
      await assert.rejects(usage.flush())
      assert.deepEqual(await days(), [], 'nothing of it is there')
      call()
      await assert.rejects(usage.flush())
      await db.schema.alterTable('elsewhere').renameTo('usage_sums').execute()
      call()
      await usage.flush()
      assert.equal((await days())[0]?.calls, 3)
    })

    test('a group that was committed though nobody was told counts once', async () => {
      const { db } = await openDatabase()
      const { directory, catalog } = { directory: await createAccountDirectory(db), catalog: await createCatalog(db) }
      let isLosing = true
      // The commit is real; its answer is lost on the way back.
      const losing = new Proxy(db, {
        get(target, name) {
          if (name !== 'transaction') return Reflect.get(target, name)
          return () => ({
            async execute(work: Parameters<ReturnType<Database['transaction']>['execute']>[0]) {
              const result = await target.transaction().execute(work)
              if (isLosing) throw new Error('the connection broke')
              return result
            },
          })
        },
      })
      const usage = createUsageCollector({ db: losing, directory, catalog, log })
      usage.receive(traceOf({ caller: 'c', algorithm: 'a', owner: 'o' }))
      await assert.rejects(usage.flush(), /broke/)
      await assert.rejects(usage.flush(), /broke/)
      usage.receive(traceOf({ caller: 'c', algorithm: 'a', owner: 'o' }))
      isLosing = false
      await usage.close()
      const rows = await db.selectFrom('usage_days').select('calls').execute()
      assert.deepEqual(rows, [{ calls: 2 }])
    })

    test('32 collectors at a time lose nothing', async () => {
      const { db } = await openDatabase()
      const directory = await createAccountDirectory(db)
      const catalog = await createCatalog(db)
      await Promise.all(
        Array.from({ length: 32 }, async () => {
          const usage = createUsageCollector({ db, directory, catalog, log })
          for (let round = 0; round < 5; round++) {
            usage.receive(traceOf({ caller: 'c', algorithm: 'a', owner: 'o' }))
            usage.receive(traceOf({ caller: 'd', algorithm: 'a', owner: 'o' }))
            await usage.flush()
          }
          await usage.close()
        }),
      )
      const rows = await db.selectFrom('usage_days').select('calls').execute()
      assert.deepEqual(rows, [{ calls: 160 }, { calls: 160 }])
      const total = await db.selectFrom('usage_sums').select('calls').where('kind', '=', 'total').execute()
      assert.deepEqual(total, [{ calls: 320 }])
    })
  })
}
