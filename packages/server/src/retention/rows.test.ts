import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { sql } from 'kysely'
import { removeOldEntries } from '../audit/shorten.ts'
import type { Engine } from '../db/migrate.ts'
import type { Database } from '../db/schema.ts'
import { testDatabases } from '../db/testing.ts'
import { type Amount, type Cut, NOTHING, sum } from './kind.ts'
import { rowKind } from './rows.ts'
import { CALL_LOG, NOTIFICATIONS, USAGE_DAYS } from './tables.ts'

const ROWS = 100_000
const ALGORITHMS = 5
const OUTPUT = 'x'.repeat(1000)
const FIRST_MS = Date.parse('2026-01-01T00:00:00Z')
/** What a step may hold the database. On a busy machine some steps wait for others, so the median is what is checked. */
const MOST_MS = 50

/** A call each second, of one algorithm after the other. */
const timeOf = (number: number) => new Date(FIRST_MS + number * 1000).toISOString()

async function fillCallLog(db: Database): Promise<void> {
  const common = {
    ...{ depth: 0, caller_id: 'ann', root_algorithm_id: null, owner_id: 'o', build_id: 'b', version: '1.0.0' },
    ...{ outcome: 'succeeded' as const, error_type: null, message: null, stacktrace: null, input: null },
    ...{ content_type: 'json', input_bytes: 1, answer_bytes: 1, wait_us: 1, start_us: 1, run_us: 1 },
    ...{ cpu_us: 1, peak_memory_bytes: 1, output: OUTPUT },
  }
  for (let from = 0; from < ROWS; from += 500) {
    const rows = Array.from({ length: 500 }, (_, index) => {
      const request_id = `req-${from + index}`
      const algorithm_id = `algorithm-${(from + index) % ALGORITHMS}`
      return { ...common, request_id, session_id: request_id, algorithm_id, ended_at: timeOf(from + index) }
    })
    await db.insertInto('call_log').values(rows).execute()
  }
}

/** Drives turns to their end; says how long each took. */
async function drive<T, R>(turns: AsyncGenerator<T, R, void>) {
  const values: T[] = []
  const tookMs: number[] = []
  for (;;) {
    const beganMs = performance.now()
    const turn = await turns.next()
    tookMs.push(performance.now() - beganMs)
    if (turn.done) return { values, result: turn.value, tookMs }
    values.push(turn.value)
  }
}

function percentiles(tookMs: readonly number[]) {
  const sorted = tookMs.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  return { medianMs: at(0.5), p99Ms: at(0.99), longestMs: at(1) }
}

function shown(what: string, tookMs: readonly number[]): string {
  const { medianMs, p99Ms, longestMs } = percentiles(tookMs)
  const [median, p99, longest] = [medianMs, p99Ms, longestMs].map((ms) => ms.toFixed(1))
  return `${what}: ${tookMs.length} steps, median ${median} ms, p99 ${p99} ms, longest ${longest} ms`
}

const total = (amounts: readonly Amount[]) => amounts.reduce(sum, NOTHING)
const isCut = (cut: Cut | null): cut is Cut => cut !== null

for (const { engine, open } of testDatabases()) {
  describe(`rows that go by their age on ${engine}`, { timeout: 240_000 }, () => {
    let db: Database
    const callLog = (bytes: number, ownerOf?: (id: string) => string) =>
      rowKind({
        ...{ db, name: 'call log', table: CALL_LOG, ...(ownerOf ? { ownerOf } : {}) },
        limits: { maxAgeMs: 0, quota: { bytes, per: 'owner' }, floorMs: null },
      })
    const count = async () =>
      Number(
        (
          await db
            .selectFrom('call_log')
            .select(({ fn }) => fn.countAll().as('n'))
            .executeTakeFirstOrThrow()
        ).n,
      )

    before(async () => {
      db = (await open()).db
      await fillCallLog(db)
      // PostgreSQL does so by itself, a minute later.
      await sql`analyze`.execute(db)
    })

    test(`${ROWS} rows are counted, thinned out by age and by quota in steps that hold nobody up`, async (t) => {
      const roomy = callLog(1024 ** 4)
      const survey = await drive(roomy.survey())
      assert.deepEqual(survey.result, { rows: ROWS, bytes: ROWS * (CALL_LOG.rowBytes + OUTPUT.length) })
      assert.deepEqual(survey.values.filter(isCut), [])

      const before = timeOf(ROWS / 2)
      assert.equal((await roomy.count(before)).rows, ROWS / 2)
      const byAge = await drive(roomy.remove({ before }))
      assert.equal(total(byAge.values).rows, ROWS / 2)
      assert.equal(await count(), ROWS / 2)
      assert.equal(total((await drive(roomy.remove({ before }))).values).rows, 0)

      // Two owners: one has four algorithms and too much, the other one algorithm and enough room.
      const ownerOf = (id: string) => (id === 'algorithm-0' ? 'small' : 'large')
      const rowBytes = CALL_LOG.rowBytes + OUTPUT.length
      const tight = callLog(20_000 * rowBytes, ownerOf)
      const over = (await drive(tight.survey())).values.filter(isCut)
      assert.deepEqual(
        over.map(({ holderId }) => holderId).sort(),
        [1, 2, 3, 4].map((n) => `algorithm-${n}`),
      )
      const byQuota: number[] = []
      for (const cut of over) byQuota.push(...(await drive(tight.remove(cut))).tookMs)
      const left = await drive(tight.survey())
      assert.deepEqual(left.values.filter(isCut), [])
      const large = left.result.rows - ROWS / 2 / ALGORITHMS
      assert.ok(large <= 20_000 && large > 19_000, `${large} rows are left to the owner who had too much`)
      const newest = await db.selectFrom('call_log').select('request_id').orderBy('ended_at', 'desc').limit(1).execute()
      assert.equal(newest[0]?.request_id, `req-${ROWS - 1}`)

      const removals = [...byAge.tookMs, ...byQuota]
      t.diagnostic(`${shown('survey', survey.tookMs)}; ${shown('removal', removals)}`)
      for (const tookMs of [survey.tookMs, removals]) assert.ok(percentiles(tookMs).medianMs < MOST_MS)
    })

    test('many rows of one moment are counted and removed once each', async () => {
      const sums = {
        ...{ owner_id: 'o', machine_type: 'cpu' as const, calls: 1, errors: 0, rounded_seconds: 1, wait_us: 1 },
        ...{ rounded_error_seconds: 0, start_us: 1, run_us: 1, error_run_us: 0, cpu_us: 1, peak_memory_bytes: 1 },
        ...{ input_bytes: 1, answer_bytes: 1, version: '1.0.0', algorithm_id: 'a' },
      }
      for (const day of ['2026-01-01', '2026-01-02', '2026-01-03']) {
        for (let from = 0; from < 1500; from += 500) {
          const rows = Array.from({ length: 500 }, (_, index) => ({ ...sums, day, caller_id: `c${from + index}` }))
          await db.insertInto('usage_days').values(rows).execute()
        }
      }
      const limits = { maxAgeMs: 0, quota: null, floorMs: null }
      const usage = rowKind({ db, name: 'usage', table: USAGE_DAYS, limits })
      assert.equal((await drive(usage.survey())).result.rows, 4500)
      assert.equal((await usage.count('2026-01-03T12:00:00.000Z')).rows, 3000)
      // The day that is cut through stays.
      assert.equal(total((await drive(usage.remove({ before: '2026-01-03T12:00:00.000Z' }))).values).rows, 3000)
      assert.equal((await drive(usage.survey())).result.rows, 1500)
    })

    test('of a table whose index begins with the account, old rows of all accounts go', async () => {
      const created_at = new Date().toISOString()
      const account = { kind: 'user' as const, company_name: null, company_role: null, organization: null }
      for (const [host_uid, id] of ['ann', 'bob'].entries()) {
        const names = { id, name: id, name_lower: id, email: id, email_lower: id, full_name: null }
        const rest = { is_admin: 0, password_hash: null, host_uid, created_at }
        await db
          .insertInto('accounts')
          .values({ ...account, ...names, ...rest })
          .execute()
        const rows = Array.from({ length: 300 }, (_, index) => ({
          ...{
            id: `${id}${index}`,
            account_id: id,
            kind: 'k',
            context: '{}',
            read_at: null,
            created_at: timeOf(index),
          },
        }))
        await db.insertInto('notifications').values(rows).execute()
      }
      const limits = { maxAgeMs: 0, quota: null, floorMs: null }
      const notifications = rowKind({ db, name: 'notifications', table: NOTIFICATIONS, limits })
      assert.equal((await drive(notifications.survey())).result.rows, 600)
      assert.equal(total((await drive(notifications.remove({ before: timeOf(250) }))).values).rows, 500)
      assert.equal((await notifications.count(timeOf(1000))).rows, 100)
    })

    test('the audit log is shortened from its old end alone, and refuses every other delete as before', async () => {
      const entry = { action: 'a', account_id: null, account_name: 'n', login: 'l', key_id: null, address: null }
      for (let index = 0; index < 10; index++) {
        await db
          .insertInto('audit_log')
          .values({ ...entry, at: timeOf(index), target: '', status: 200 })
          .execute()
      }
      const shorten = (limit: number) => removeOldEntries(db, { engine: engine as Engine, before: timeOf(6), limit })
      assert.deepEqual([await shorten(4), await shorten(4), await shorten(4)], [4, 2, 0])
      const left = () => db.selectFrom('audit_log').select('at').orderBy('number').execute()
      const kept = await left()
      assert.deepEqual(
        kept.map(({ at }) => at),
        [6, 7, 8, 9].map(timeOf),
      )
      await db
        .deleteFrom('audit_log')
        .execute()
        .catch(() => {})
      assert.deepEqual(await left(), kept)
    })
  })
}
