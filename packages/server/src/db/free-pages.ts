/**
 * Pages of the SQLite file that nothing is in. SQLite goes on using them; giving them back to the disk is work in steps of
 * its own. PostgreSQL does the same by itself.
 */
import { sql } from 'kysely'
import type { Database } from './schema.ts'

/** Pages of one step; moving one takes some microseconds. */
const STEP = 128
/** `pragma auto_vacuum` of files from which pages can be given back. */
const INCREMENTAL = 2

/**
 * Gives free pages back, a step with each turn.
 * @param keptShare of the file that may stay free, since new rows will need it
 * @returns in each turn the bytes given back; nothing for a file that was made without this
 */
export async function* giveBackPages(db: Database, keptShare: number): AsyncGenerator<number, void, void> {
  if ((await pragma(db, 'auto_vacuum')) !== INCREMENTAL) return
  const pageBytes = await pragma(db, 'page_size')
  const kept = Math.ceil((await pragma(db, 'page_count')) * keptShare)
  for (let free = await pragma(db, 'freelist_count'); free > kept; ) {
    await sql`pragma incremental_vacuum(${sql.lit(Math.min(STEP, free - kept))})`.execute(db)
    const left = await pragma(db, 'freelist_count')
    if (left >= free) return
    yield (free - left) * pageBytes
    free = left
  }
  // The file itself gets shorter when what was written about it is taken over.
  await sql`pragma wal_checkpoint(passive)`.execute(db)
}

async function pragma(db: Database, name: string): Promise<number> {
  const { rows } = await sql<Record<string, number>>`pragma ${sql.raw(name)}`.execute(db)
  return Number(rows[0]?.[name] ?? 0)
}
