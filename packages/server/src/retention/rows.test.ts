import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { removeOldEntries } from '../audit/shorten.ts'
import type { Engine } from '../db/migrate.ts'
import type { Database } from '../db/schema.ts'
import { testDatabases } from '../db/testing.ts'
import { type Amount, type Cut, NOTHING, sum } from './kind.ts'
import { rowKind } from './rows.ts'
import { CALL_LOG, NOTIFICATIONS, USAGE_DAYS } from './tables.ts'
import { drive, FILLED_ROW_BYTES, fillCallLog, timeOf } from './testing.ts'

/** More than one stride of each algorithm, also of the half that stays. */
const ROWS = 20_000
const ALGORITHMS = 5
const QUOTA_ROWS = 4000
/** What a quota may take too much: the calls of ten minutes (shares.ts), but for those of the other owner. */
const QUOTA_STEP = (600 * 4) / ALGORITHMS

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
      await fillCallLog(db, { rows: ROWS, algorithms: ALGORITHMS })
    })

    test(`${ROWS} rows are counted, thinned out by age and by quota`, async () => {
      const roomy = callLog(1024 ** 4)
      const survey = await drive(roomy.survey())
      assert.deepEqual(survey.result, { rows: ROWS, bytes: ROWS * FILLED_ROW_BYTES })
      assert.deepEqual(survey.values.filter(isCut), [])

      const before = timeOf(ROWS / 2)
      assert.equal((await roomy.count(before)).rows, ROWS / 2)
      const byAge = await drive(roomy.remove({ before }))
      assert.equal(total(byAge.values).rows, ROWS / 2)
      assert.equal(await count(), ROWS / 2)
      assert.equal(total((await drive(roomy.remove({ before }))).values).rows, 0)

      // Two owners: one has four algorithms and too much, the other one algorithm and enough room.
      const ownerOf = (id: string) => (id === 'algorithm-0' ? 'small' : 'large')
      const tight = callLog(QUOTA_ROWS * FILLED_ROW_BYTES, ownerOf)
      const over = (await drive(tight.survey())).values.filter(isCut)
      assert.deepEqual(
        over.map(({ holderId }) => holderId).sort(),
        [1, 2, 3, 4].map((n) => `algorithm-${n}`),
      )
      for (const cut of over) await drive(tight.remove(cut))
      const left = await drive(tight.survey())
      assert.deepEqual(left.values.filter(isCut), [])
      const large = left.result.rows - ROWS / 2 / ALGORITHMS
      assert.ok(
        large <= QUOTA_ROWS && large > QUOTA_ROWS - QUOTA_STEP,
        `${large} rows are left to whoever had too much`,
      )
      const newest = await db.selectFrom('call_log').select('request_id').orderBy('ended_at', 'desc').limit(1).execute()
      assert.equal(newest[0]?.request_id, `req-${ROWS - 1}`)
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
