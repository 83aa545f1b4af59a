import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { pino } from 'pino'
import { createUser } from '../accounts/accounts.ts'
import { createAccountDirectory } from '../accounts/directory.ts'
import { createCatalog } from '../algorithms/catalog.ts'
import type { Database } from '../db/schema.ts'
import { testDatabases } from '../db/testing.ts'
import { createUsageCollector } from './collector.ts'
import { changeQuotasOf } from './quota-rules.ts'
import { createAccountQuotas, NO_LIMITS } from './quotas.ts'
import { traceOf } from './testing.ts'

const NOON = Date.parse('2026-11-22T12:00:00Z')
const HOUR_MS = 60 * 60 * 1000

async function open(db: Database, common = NO_LIMITS) {
  const clock = { nowMs: NOON }
  const directory = await createAccountDirectory(db)
  const known = directory.byName('ann')
  const account = known ?? (await createUser({ db, directory }, { username: 'ann', email: 'ann@example.com' }))
  const quotas = await createAccountQuotas({ db, common, now: () => clock.nowMs })
  const ended = (requestId: string, cpuMicroseconds = 0) => {
    const usage = { cpuMicroseconds, peakMemoryBytes: 0 }
    quotas.receive(traceOf({ caller: account.id, algorithm: 'a', owner: 'o', requestId, usage }))
  }
  return { clock, directory, quotas, id: account.id, ended }
}

const refused = (words: RegExp, retryAfter: string) => (error: unknown) => {
  assert.ok(error instanceof ApiError)
  assert.deepEqual([error.status, error.headers['Retry-After']], [429, retryAfter])
  assert.match(error.message, words)
  return true
}

for (const { engine, open: openDatabase } of testDatabases()) {
  describe(`quotas on ${engine}`, () => {
    test('admit as many calls as the day allows, those that run included, and tell when the next day begins', async () => {
      const { db } = await openDatabase()
      const { clock, quotas, id, ended } = await open(db, { ...NO_LIMITS, callsPerDay: 3 })
      quotas.enter(id, 'r1')
      quotas.enter(id, 'r2')
      ended('r1')
      const giveBack = quotas.enter(id, 'r3')
      assert.throws(
        () => quotas.enter(id, 'r4'),
        refused(/3 calls a day.*used 3.*2026-11-23T00:00:00.000Z/, String(12 * 3600)),
      )
      giveBack()
      quotas.enter(id, 'r5')
      assert.throws(() => quotas.enter(id, 'r6'))
      clock.nowMs = NOON + 12 * HOUR_MS
      // Those that still run count on the day on which they end.
      assert.equal(quotas.usedToday(id).calls, 2)
      quotas.enter(id, 'r7')
      assert.throws(() => quotas.enter(id, 'r8'))
    })

    test('a call that was accepted for later keeps its place until it has run or is dropped', async () => {
      const { db } = await openDatabase()
      const { clock, quotas, id, ended } = await open(db, { ...NO_LIMITS, callsPerDay: 2 })
      for (const requestId of ['r1', 'r2']) {
        const giveBack = quotas.enter(id, requestId)
        quotas.keep(id, requestId)
        giveBack()
      }
      assert.throws(() => quotas.enter(id, 'r3'))
      quotas.drop('r1')
      quotas.enter(id, 'r3')()
      ended('r2')
      assert.equal(quotas.usedToday(id).calls, 1)
      const giveBack = quotas.enter(id, 'r4')
      quotas.keep(id, 'r4')
      giveBack()
      // It has expired without having run.
      clock.nowMs += 48 * HOUR_MS
      assert.equal(quotas.usedToday(id).calls, 0)
    })

    test('refuse once the processor time of the day is used up', async () => {
      const { db } = await openDatabase()
      const { clock, quotas, id, ended } = await open(db, { ...NO_LIMITS, cpuSecondsPerDay: 2 })
      ended('r1', 1_999_999)
      quotas.enter(id, 'r2')
      ended('r2', 1)
      clock.nowMs += 11 * HOUR_MS
      assert.throws(() => quotas.enter(id, 'r3'), refused(/2 seconds of processor time a day.*used 2\.000/, '3600'))
    })

    test('of an account are set, taken back and read at start, together with what was used today', async () => {
      const { db } = await openDatabase()
      const first = await open(db, { ...NO_LIMITS, callsPerDay: 1 })
      const services = { db, directory: first.directory, quotas: first.quotas }
      const shown = await changeQuotasOf(services, 'ann', { callsPerDay: 2, dataBytes: 10 })
      assert.deepEqual(shown.limits, { calls_per_day: 2, cpu_seconds_per_day: null, data_bytes: 10 })
      const log = pino({ level: 'silent' })
      const usage = createUsageCollector({ ...services, catalog: await createCatalog(db), log })
      usage.receive(traceOf({ caller: first.id, algorithm: 'a', owner: 'o' }))
      await usage.close()
      const second = await open(db, { ...NO_LIMITS, callsPerDay: 1 })
      assert.equal(second.quotas.usedToday(first.id).calls, 1)
      second.quotas.enter(first.id, 'r1')
      assert.throws(() => second.quotas.enter(first.id, 'r2'), refused(/2 calls/, String(12 * 3600)))
      await changeQuotasOf({ ...services, quotas: second.quotas }, 'ann', { callsPerDay: null, dataBytes: null })
      assert.deepEqual((await open(db)).quotas.ownLimitsOf(first.id), NO_LIMITS)
      assert.equal((await db.selectFrom('account_quotas').selectAll().execute()).length, 0)
    })

    test('32 changes at a time leave what one of them set, in memory as in the database', async () => {
      const { db } = await openDatabase()
      const { directory, quotas, id } = await open(db)
      const services = { db, directory, quotas }
      await Promise.all(
        Array.from({ length: 32 }, (_, callsPerDay) => changeQuotasOf(services, 'ann', { callsPerDay })),
      )
      const [row] = await db.selectFrom('account_quotas').selectAll().execute()
      assert.equal(quotas.ownLimitsOf(id).callsPerDay, row?.calls_per_day)
    })
  })
}
