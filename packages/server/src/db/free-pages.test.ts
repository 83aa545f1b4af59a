import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { test } from 'node:test'
import { sql } from 'kysely'
import { createDatabase } from './database.ts'
import { giveBackPages } from './free-pages.ts'
import { testDatabases } from './testing.ts'

const [sqlite] = testDatabases()

test('what deleted rows took in the SQLite file is given back to the disk', async () => {
  assert.ok(sqlite)
  const options = await sqlite.create()
  const { db, close } = await createDatabase(options)
  try {
    const value = 'x'.repeat(3000)
    const rows = Array.from({ length: 2000 }, (_, at) => ({ name: `n${at}`, value, created_at: '', updated_at: '' }))
    for (let at = 0; at < rows.length; at += 100) {
      await db
        .insertInto('frontend_entries')
        .values(rows.slice(at, at + 100))
        .execute()
    }
    const sizeBytes = async () => {
      await sql`pragma wal_checkpoint(truncate)`.execute(db)
      return (await stat(options.sqlitePath)).size
    }
    const full = await sizeBytes()
    await db.deleteFrom('frontend_entries').execute()
    assert.equal(await sizeBytes(), full)
    let bytes = 0
    for await (const step of giveBackPages(db, 0)) bytes += step
    assert.ok(bytes > 5_000_000, `${bytes} bytes were given back`)
    assert.ok((await sizeBytes()) <= full - bytes)
  } finally {
    await close()
  }
})
