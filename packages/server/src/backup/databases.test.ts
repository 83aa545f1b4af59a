import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { createDatabase, type DatabaseOptions } from '../db/database.ts'
import { MIGRATIONS } from '../db/migrate.ts'
import { testDatabases } from '../db/testing.ts'
import { openRestoreDatabase } from './restore-database.ts'
import { openSnapshot, type Snapshot } from './snapshot.ts'
import { createLineReader, linesOf } from './table-lines.ts'

const AT = '2026-01-01T00:00:00.000Z'
const BODY = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 256))

async function withDatabase<T>(
  options: DatabaseOptions,
  use: (db: Awaited<ReturnType<typeof createDatabase>>['db']) => Promise<T>,
): Promise<T> {
  const database = await createDatabase(options)
  try {
    return await use(database.db)
  } finally {
    await database.close()
  }
}

/** Rows of each kind of value, and one that refers to another. */
async function fill(options: DatabaseOptions, name = 'Ada Č 🍵 "\\\n'): Promise<void> {
  await withDatabase(options, async (db) => {
    const account = { id: 'a1', kind: 'user', name, name_lower: 'ada', email: 'a@b', email_lower: 'a@b' } as const
    await db
      .insertInto('accounts')
      .values({
        ...account,
        full_name: null,
        company_name: null,
        company_role: null,
        organization: null,
        is_admin: 1,
        password_hash: null,
        host_uid: 2 ** 40,
        created_at: AT,
      })
      .execute()
    await db
      .insertInto('api_keys')
      .values({
        id: 'k1',
        account_id: 'a1',
        kind: 'ManagementKey',
        label: '',
        digest: 'd',
        sealed: 's',
        mask: 'm',
        rights: '{}',
        created_at: AT,
      })
      .execute()
    const call = {
      account_id: 'a',
      algorithm_id: 'b',
      build_id: 'c',
      identity: '{}',
      content_type: 'json',
      timeout_ms: 1,
    }
    for (let number = 0; number < 450; number++) {
      await db
        .insertInto('pending_calls')
        .values({ ...call, request_id: `r${number}`, body: BODY, state: 'accepted', accepted_at: AT })
        .execute()
    }
    for (const target of ['one', 'two']) {
      await db
        .insertInto('audit_log')
        .values({ at: AT, action: 'x', account_name: 'ada', login: 'key', target, status: 200 } as never)
        .execute()
    }
  })
}

async function contentsOf(snapshot: Snapshot): Promise<Record<string, unknown[]>> {
  const tables: Record<string, unknown[]> = {}
  for (const table of snapshot.tables) {
    const rows: string[] = []
    for await (const row of snapshot.rows(table, await snapshot.columns(table))) {
      rows.push(
        JSON.stringify(row.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value))),
      )
    }
    tables[table] = rows.sort()
  }
  return tables
}

/** All tables through lines cut at odd places. */
async function copy(
  snapshot: Snapshot,
  target: DatabaseOptions,
  options: { restoreId: string; isCutOff?: boolean },
): Promise<void> {
  const database = await openRestoreDatabase({
    database: target,
    schema: snapshot.schema,
    restoreId: options.restoreId,
  })
  try {
    for (const table of snapshot.tables) {
      const columns = await snapshot.columns(table)
      const reader = createLineReader()
      for await (const lines of linesOf({ table, columns }, snapshot.rows(table, columns), () => {})) {
        for (let at = 0; at < lines.length; at += 70_001) {
          const read = reader.push(lines.subarray(at, at + 70_001))
          if (read) await database.load(read.head, read.rows)
        }
      }
      reader.end()
    }
    if (options.isCutOff) return
    await database.settle()
    await database.finish()
  } finally {
    await database.close()
  }
}

const ENGINES = testDatabases()
for (const from of ENGINES) {
  for (const to of ENGINES) {
    describe(`from ${from.engine} to ${to.engine}`, { timeout: 120_000 }, () => {
      test('every row is the same, and the next server goes on from there', async () => {
        const [source, target] = [await from.create(), await to.create()]
        await fill(source)
        const snapshot = await openSnapshot(source)
        const before = await contentsOf(snapshot)
        await copy(snapshot, target, { restoreId: 'one' })
        await snapshot.close()
        const restored = await openSnapshot(target)
        assert.deepEqual(await contentsOf(restored), before)
        assert.equal(restored.schema, MIGRATIONS.length)
        await restored.close()
        await withDatabase(target, async (db) => {
          await db
            .insertInto('audit_log')
            .values({ at: AT, action: 'x', account_name: 'ada', login: 'key', target: 'three', status: 200 } as never)
            .execute()
          const numbers = await db.selectFrom('audit_log').select('number').orderBy('number').execute()
          assert.deepEqual(
            numbers.map(({ number }) => Number(number)),
            [1, 2, 3],
          )
          const { request_id, body } = await db
            .selectFrom('pending_calls')
            .selectAll()
            .where('request_id', '=', 'r7')
            .executeTakeFirstOrThrow()
          assert.deepEqual([request_id, Buffer.from(body)], ['r7', BODY])
        })
      })
    })
  }
}

for (const { engine, create } of ENGINES) {
  test(`a snapshot of ${engine} does not see what is written after it, and holds up no writer`, {
    timeout: 60_000,
  }, async () => {
    const options = await create()
    await fill(options)
    const snapshot = await openSnapshot(options)
    const before = await contentsOf(snapshot)
    await withDatabase(options, async (db) => {
      await db.deleteFrom('pending_calls').execute()
      await db.updateTable('accounts').set({ name: 'other' }).execute()
    })
    assert.deepEqual(await contentsOf(snapshot), before)
    await snapshot.close()
  })
}

for (const { create } of ENGINES.filter(({ engine }) => engine === 'postgres')) {
  test('a PostgreSQL database that is in use is refused, and one where a restore was cut off is filled anew', async () => {
    const [source, target] = [await create(), await create()]
    await fill(source, 'with\tcontrol\u0001')
    const snapshot = await openSnapshot(source)
    await copy(snapshot, target, { restoreId: 'one', isCutOff: true })
    await assert.rejects(copy(snapshot, target, { restoreId: 'two' }), /not empty/)
    await copy(snapshot, target, { restoreId: 'one' })
    await assert.rejects(copy(snapshot, target, { restoreId: 'one' }), /not empty/)
    await snapshot.close()
    await withDatabase(target, async (db) => {
      const { rows } = await sql<{ name: string }>`select name from accounts`.execute(db)
      assert.deepEqual(rows, [{ name: 'with\tcontrol\u0001' }])
    })
  })
}

test('NUL, which PostgreSQL cannot keep, becomes a replacement character and is counted', {
  timeout: 60_000,
}, async () => {
  const [sqlite, postgres] = ENGINES
  assert.ok(sqlite && postgres)
  const source = await sqlite.create()
  await fill(source, 'a\0b')
  const snapshot = await openSnapshot(source)
  const database = await openRestoreDatabase({
    database: await postgres.create(),
    schema: snapshot.schema,
    restoreId: 'one',
  })
  const columns = await snapshot.columns('accounts')
  await database.load({ table: 'accounts', columns }, [...(snapshot.rows('accounts', columns) as Iterable<never>)])
  assert.equal(database.replacedNuls(), 1)
  await database.undo()
  await database.close()
  await snapshot.close()
})
