import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import type { Database } from '../db/schema.ts'
import { testDatabases } from '../db/testing.ts'
import { createIdempotency } from './idempotency.ts'
import { createKeptResults, type KeptResults, keptBytes } from './kept-results.ts'
import { insertResult, type ResultRow } from './queries.ts'

const hourMs = 3_600_000
const room = 10 * keptBytes(Buffer.alloc(1000))
let count = 0

function row(changes: Partial<ResultRow>): ResultRow {
  const body = Buffer.alloc(1000, 'x')
  const at = new Date(Date.now() - 1000 + ++count).toISOString()
  return {
    request_id: `req-${count}`,
    account_id: 'ann',
    identity: '{}',
    kind: 'result',
    status: 'succeeded',
    accepted_at: at,
    started_at: at,
    finished_at: at,
    reply_status: 200,
    reply_type: 'application/json',
    reply_body: body,
    kept_bytes: keptBytes(body),
    idempotency_key: null,
    request_digest: null,
    ...changes,
  }
}

for (const { engine, open } of testDatabases()) {
  describe(`kept results on ${engine}`, { timeout: 120_000 }, () => {
    let db: Database
    let results: KeptResults

    before(async () => {
      db = (await open()).db
      results = create()
      await results.open()
    })
    after(() => results?.close())

    const create = () => createKeptResults({ db, log: pino({ level: 'silent' }), maxBytesPerAccount: room })

    async function keep(changes: Partial<ResultRow> = {}): Promise<string> {
      const added = row(changes)
      await insertResult(db, added)
      results.added(added)
      return added.request_id
    }

    async function statuses(account: string): Promise<string[]> {
      const rows = await db
        .selectFrom('call_results')
        .select(['status', 'reply_body'])
        .where('account_id', '=', account)
        .orderBy('finished_at')
        .execute()
      return rows.map(({ status, reply_body }) => (reply_body === null ? status : `${status} kept`))
    }

    async function until(isSo: () => Promise<boolean>): Promise<void> {
      for (let tries = 0; tries < 1000 && !(await isSo()); tries++) await delay(20)
    }

    test('the oldest results of an account go when its room is used up; others keep theirs', async () => {
      await keep({ account_id: 'bob' })
      for (let index = 0; index < 13; index++) await keep()
      await until(async () => (await statuses('ann')).filter((status) => status === 'expired').length === 3)
      assert.deepEqual(await statuses('ann'), [...Array(3).fill('expired'), ...Array(10).fill('succeeded kept')])
      assert.deepEqual(await statuses('bob'), ['succeeded kept'])
    })

    test('what is used is known after a restart', async () => {
      await results.close()
      results = create()
      await results.open()
      await keep()
      await until(async () => (await statuses('ann')).filter((status) => status === 'expired').length === 4)
      assert.equal((await statuses('ann')).filter((status) => status === 'expired').length, 4)
    })

    test('results go after a day, their records after two', async () => {
      const at = (ageMs: number) => new Date(Date.now() - ageMs).toISOString()
      for (const hours of [23, 25, 49])
        await insertResult(db, row({ account_id: 'cy', finished_at: at(hours * hourMs) }))
      await results.close()
      results = create()
      await results.open()
      assert.deepEqual(await statuses('cy'), ['expired', 'succeeded kept'])
    })

    test('a key is free again after a day, and says so when its answer had to go earlier', async () => {
      const idempotency = createIdempotency({ db })
      const first = async () => ({ status: 201, contentType: '', body: Buffer.alloc(0), headers: {} })
      const keyed = { kind: 'sync' as const, account_id: 'dee', request_digest: 'd' }
      const finished_at = new Date(Date.now() - 25 * hourMs).toISOString()
      await insertResult(db, row({ ...keyed, idempotency_key: 'old', finished_at }))
      assert.equal((await idempotency.once({ key: 'old', digest: 'other' }, first)).status, 201)
      await insertResult(db, row({ ...keyed, idempotency_key: 'new' }))
      const again = await idempotency.once({ key: 'new', digest: 'd' }, first)
      assert.deepEqual([again.status, again.body.length, again.headers['Idempotency-Replayed']], [200, 1000, 'true'])
      await db.updateTable('call_results').set({ reply_body: null, reply_status: null }).execute()
      await assert.rejects(idempotency.once({ key: 'new', digest: 'd' }, first), { status: 410 })
    })
  })
}
