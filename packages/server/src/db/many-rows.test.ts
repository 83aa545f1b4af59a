import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createInsert, eachOf, replacing } from './many-rows.ts'
import type { PendingCallsTable } from './schema.ts'
import { testDatabases } from './testing.ts'
import type { UsageAlgorithmsTable } from './usage-tables.ts'
import { uniqueViolation } from './violations.ts'

type Call = Pick<PendingCallsTable, 'request_id' | 'identity' | 'body' | 'timeout_ms' | 'idempotency_key'>

const required = { account_id: 'text', algorithm_id: 'text', build_id: 'text', content_type: 'text' } as const
const insertCalls = createInsert<Call & Record<keyof typeof required | 'state' | 'accepted_at', string>>({
  table: 'pending_calls',
  columns: {
    ...{ request_id: 'text', identity: 'text', body: 'bytes', timeout_ms: 'integer', idempotency_key: 'text' },
    ...{ ...required, state: 'text', accepted_at: 'text' },
  },
})
const insertAlgorithms = createInsert<UsageAlgorithmsTable>({
  table: 'usage_algorithms',
  columns: { id: 'text', owner_id: 'text', name: 'text' },
  onConflict: `(id) do update set ${replacing(['name'])}`,
})

function call(id: string, change: Partial<Call> = {}) {
  const ids = { account_id: 'a', algorithm_id: 'b', build_id: 'c' }
  const row = { request_id: id, identity: '{}', body: Buffer.from(id), timeout_ms: 1, idempotency_key: null }
  return { ...row, ...ids, content_type: 'json', state: 'accepted', accepted_at: '', ...change }
}

for (const { engine, open } of testDatabases()) {
  describe(`many rows on ${engine}`, { timeout: 120_000 }, () => {
    test('are stored with every byte and character as it was', async () => {
      const { db } = await open()
      const identity = JSON.stringify({ name: 'Č"\\ 🍵\n', nothing: null })
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
      const rows = [
        call('bytes', { body: bytes, timeout_ms: 2 ** 52 }),
        call('empty', { body: Buffer.alloc(0), identity }),
        call('part', { body: bytes.subarray(254, 258), idempotency_key: 'k' }),
      ]
      await insertCalls(db, rows)
      await insertCalls(db, [call('alone', { body: bytes.subarray(7, 9) })])
      const read = await db.selectFrom('pending_calls').selectAll().orderBy('request_id').execute()
      assert.deepEqual(
        read.map(({ request_id, body, idempotency_key: key }) => [request_id, Buffer.from(body).toString('hex'), key]),
        [
          ['alone', '0708', null],
          ['bytes', bytes.toString('hex'), null],
          ['empty', '', null],
          ['part', 'feff0001', 'k'],
        ],
      )
      assert.deepEqual([read[1]?.timeout_ms, read[2]?.identity], [2 ** 52, identity])
    })

    test('are stored all or none', async () => {
      const { db } = await open()
      const insert = insertCalls(db, [call('1'), call('2'), call('1')])
      await assert.rejects(insert, (error) => uniqueViolation(error) === 'pending_calls.request_id')
      assert.deepEqual(await db.selectFrom('pending_calls').select('request_id').execute(), [])
      await insertCalls(db, [])
    })

    test('replace those that are there, in a transaction too, and are found by lists of any length', async () => {
      const { db } = await open()
      const rows = Array.from({ length: 3000 }, (_, index) => ({ id: `"${index}"`, owner_id: 'o', name: 'old' }))
      await db.transaction().execute(async (transaction) => {
        await insertAlgorithms(transaction, rows)
        await insertAlgorithms(transaction, [{ id: '"7"', owner_id: 'other', name: 'new' }])
      })
      const ids = rows.slice(5, 2500).map(({ id }) => id)
      const found = await db.selectFrom('usage_algorithms').selectAll().where('id', 'in', eachOf(db, ids)).execute()
      assert.equal(found.length, 2495)
      const changed = found.filter(({ name }) => name === 'new').map((row) => ({ ...row }))
      assert.deepEqual(changed, [{ id: '"7"', owner_id: 'o', name: 'new' }])
      assert.deepEqual(
        await db.selectFrom('usage_algorithms').select('id').where('id', 'in', eachOf(db, [])).execute(),
        [],
      )
    })
  })
}
