import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Kysely, type Selectable, sql } from 'kysely'
import { createDatabase } from './database.ts'
import { MIGRATIONS, migrate } from './migrate.ts'
import { createPostgresDialect } from './postgres-dialect.ts'
import type { AccountsTable } from './schema.ts'
import { createSqliteDialect } from './sqlite-dialect.ts'
import { testDatabases } from './testing.ts'
import { isUniqueViolation, isUnstorableText, uniqueViolation } from './violations.ts'

type AccountRow = Selectable<AccountsTable>

/** A row that breaks no rule; every call has another host uid. */
function account(change: Partial<AccountRow>): AccountRow {
  hostUid += 1
  const name = change.name ?? `user${hostUid}`
  return {
    id: crypto.randomUUID(),
    kind: 'user',
    name,
    name_lower: name.toLowerCase(),
    email: `${name}@example.com`,
    email_lower: change.email_lower ?? `${hostUid}@example.com`,
    full_name: null,
    company_name: null,
    company_role: null,
    organization: null,
    is_admin: 0,
    password_hash: null,
    host_uid: hostUid,
    created_at: '2026-01-01T00:00:00.000Z',
    external_id: null,
    groups_as_of: null,
    deleted_at: null,
    is_viewer: null,
    preferences: null,
    ...change,
  }
}
let hostUid = 0

for (const { engine, create, open } of testDatabases()) {
  describe(`the database on ${engine}`, { timeout: 120_000 }, () => {
    test('gives back what was written, in the same types', async () => {
      const { db } = await open()
      const written = account({ name: 'Ada', full_name: 'Ada Č 🍵', host_uid: 2 ** 40, is_admin: 1 })
      await db.insertInto('accounts').values(written).execute()
      assert.deepEqual({ ...(await db.selectFrom('accounts').selectAll().executeTakeFirst()) }, written)
      const call = { request_id: 'r', account_id: 'a', algorithm_id: 'b', build_id: 'c', identity: '{}' }
      const body = new Uint8Array([0, 255, 1])
      await db
        .insertInto('pending_calls')
        .values({ ...call, content_type: 'json', body, timeout_ms: 1, state: 'accepted', accepted_at: '' })
        .execute()
      const read = await db.selectFrom('pending_calls').select('body').executeTakeFirstOrThrow()
      assert.deepEqual(new Uint8Array(read.body), body)
    })

    test('says which unique index a statement broke', async () => {
      const { db } = await open()
      const insert = (row: AccountRow) => db.insertInto('accounts').values(row).execute()
      const first = account({ name: 'ada', email_lower: 'ada@example.com' })
      await insert(first)
      await assert.rejects(insert(account({ name: 'ADA' })), (e) => isUniqueViolation(e, 'accounts.name_lower'))
      await assert.rejects(insert(account({ id: first.id })), (e) => uniqueViolation(e) === 'accounts.id')
      await assert.rejects(insert(account({ email_lower: 'ada@example.com' })), (e) =>
        isUniqueViolation(e, 'accounts.email_lower'),
      )
      await insert(account({ kind: 'organization', email_lower: 'ada@example.com' }))
      const member = { organization_id: first.id, user_id: first.id, role: 'member', created_at: '' } as const
      await db.insertInto('organization_members').values(member).execute()
      await assert.rejects(db.insertInto('organization_members').values(member).execute(), (e) =>
        isUniqueViolation(e, 'organization_members.organization_id,user_id'),
      )
      await assert.rejects(sql`select * from nothing`.execute(db), (e) => uniqueViolation(e) === undefined)
    })

    test('keeps a text with a zero byte, or says that it cannot', async () => {
      const { db } = await open()
      const written = db
        .insertInto('accounts')
        .values(account({ name: 'a\0b' }))
        .execute()
      await (engine === 'sqlite' ? written : assert.rejects(written, isUnstorableText))
      await assert.rejects(sql`select * from nothing`.execute(db), (e) => !isUnstorableText(e))
    })

    test('enforces foreign keys and cascades', async () => {
      const { db } = await open()
      const owner = account({})
      const key = { id: 'k', kind: 'AlgorithmKey', label: '', digest: 'd', sealed: '', mask: '', rights: '' } as const
      const insertKey = () =>
        db
          .insertInto('api_keys')
          .values({ ...key, account_id: owner.id, created_at: '' })
          .execute()
      await assert.rejects(insertKey(), /foreign key/i)
      await db.insertInto('accounts').values(owner).execute()
      await insertKey()
      await db.deleteFrom('accounts').where('id', '=', owner.id).execute()
      assert.deepEqual(await db.selectFrom('api_keys').selectAll().execute(), [])
    })

    test('orders text by bytes', async () => {
      const { db } = await open()
      const names = ['B', 'a', '_b', 'é', 'Z', 'ab', 'a_']
      await db
        .insertInto('accounts')
        .values(names.map((name) => account({ name })))
        .execute()
      const rows = await db.selectFrom('accounts').select('name').orderBy('name').execute()
      assert.deepEqual(
        rows.map(({ name }) => name),
        names.toSorted(),
      )
    })

    test('lets exactly one of 32 parallel inserts of one name win', async () => {
      const { db } = await open()
      const attempts = Array.from({ length: 32 }, () =>
        db
          .insertInto('accounts')
          .values(account({ name: 'ada' }))
          .execute(),
      )
      const results = await Promise.allSettled(attempts)
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
      for (const result of results) {
        if (result.status === 'rejected') assert.ok(isUniqueViolation(result.reason, 'accounts.name_lower'))
      }
    })

    test('keeps 32 parallel read-then-write transactions apart', async () => {
      const { db } = await open()
      const counter = account({ host_uid: 0 })
      await db.insertInto('accounts').values(counter).execute()
      const increment = () =>
        db.transaction().execute(async (transaction) => {
          const query = transaction.selectFrom('accounts').select('is_admin').where('id', '=', counter.id)
          const locking = engine === 'postgres' ? query.forUpdate() : query
          const { is_admin: value } = await locking.executeTakeFirstOrThrow()
          await transaction
            .updateTable('accounts')
            .set({ is_admin: value + 1 })
            .where('id', '=', counter.id)
            .execute()
        })
      await Promise.all(Array.from({ length: 32 }, increment))
      const { is_admin: value } = await db.selectFrom('accounts').select('is_admin').executeTakeFirstOrThrow()
      assert.equal(value, 32)
    })

    test('undoes a transaction that throws, and nothing that runs beside it', async () => {
      const { db } = await open()
      const inside = account({ name: 'inside' })
      const failing = db.transaction().execute(async (transaction) => {
        await transaction.insertInto('accounts').values(inside).execute()
        throw new Error('no')
      })
      const beside = db
        .insertInto('accounts')
        .values(account({ name: 'beside' }))
        .execute()
      await assert.rejects(failing, /no/)
      await beside
      const rows = await db.selectFrom('accounts').select('name').execute()
      assert.deepEqual(
        rows.map(({ name }) => name),
        ['beside'],
      )
    })

    test('counts the rows that a statement changed', async () => {
      const { db } = await open()
      await db
        .insertInto('accounts')
        .values([account({}), account({})])
        .execute()
      const updated = await db.updateTable('accounts').set({ is_admin: 1 }).executeTakeFirstOrThrow()
      assert.equal(updated.numUpdatedRows, 2n)
    })

    test('is migrated once when opened again, and by servers that start together', async () => {
      const options = await create()
      const together = await Promise.all([createDatabase(options), createDatabase(options)])
      const again = await createDatabase(options)
      const rows = await sql<{ number: number }>`select number from migrations`.execute(again.db)
      assert.deepEqual(
        rows.rows.map(({ number }) => number),
        MIGRATIONS.map((_, index) => index + 1),
      )
      for (const database of [...together, again]) await database.close()
    })

    test('every migration can run a second time', async () => {
      const { db } = await open()
      await db.insertInto('accounts').values(account({})).execute()
      await sql`delete from migrations`.execute(db)
      await migrate(db, engine)
      assert.equal((await db.selectFrom('accounts').select('id').execute()).length, 1)
    })

    test('no migration takes away what a server of before may use', async () => {
      const { url, sqlitePath } = await create()
      const dialect =
        url === null
          ? createSqliteDialect(sqlitePath, () => {})
          : createPostgresDialect({ url, maxConnections: 1, onConnectionLost: () => {} })
      const db = new Kysely<unknown>({ dialect })
      const columns = async () =>
        new Set(
          (await db.introspection.getTables()).flatMap((table) =>
            table.columns.map((column) => `${table.name}.${column.name}`),
          ),
        )
      try {
        for (let number = 1, before = new Set<string>(); number <= MIGRATIONS.length; number++) {
          await migrate(db, engine, MIGRATIONS.slice(0, number))
          const now = await columns()
          assert.deepEqual([...before.difference(now)], [], `migration ${number}`)
          before = now
        }
      } finally {
        await db.destroy()
      }
    })

    test('a migration that fails changes nothing', async () => {
      const { db } = await open()
      const failing = {
        name: 'fails',
        async up(transaction: Parameters<(typeof MIGRATIONS)[0]['up']>[0]) {
          await transaction.schema.createTable('half').addColumn('id', 'text').execute()
          throw new Error('stopped half way')
        },
      }
      await assert.rejects(migrate(db, engine, [...MIGRATIONS, failing]), /half way/)
      await assert.rejects(sql`select * from half`.execute(db))
      await migrate(db, engine)
    })

    test('refuses a database that a newer server has changed', async () => {
      const options = await create()
      const { db, close } = await createDatabase(options)
      await sql`insert into migrations (number, name, applied_at) values (99, 'future', '')`.execute(db)
      await close()
      const { length } = MIGRATIONS
      await assert.rejects(createDatabase(options), {
        message:
          `The database was changed by a newer server: expected migration ${length} or lower, got 99. ` +
          'Run that version of the server, or restore the backup that was made before its upgrade',
      })
    })

    test('says that it cannot be opened', async () => {
      const options = await create()
      const missing = {
        ...options,
        sqlitePath: '/nowhere/at/all.sqlite',
        url: options.url && 'postgres://localhost:1/x',
      }
      await assert.rejects(createDatabase(missing), /unable to open|ECONNREFUSED/)
    })
  })
}
