/** SQL that adds to usage. */
import { sql } from 'kysely'
import type { Database } from '../db/schema.ts'
import type { UsageAlgorithmsTable, UsageDaysTable, UsageSumsTable } from '../db/usage-tables.ts'
import { type MEASURES, SUMMED } from './measures.ts'

/** Rows of one statement: databases limit its parameters. */
const CHUNK = 200

/** Notes that a writer writes this group, as part of the transaction that does. False: it is written already. */
export async function claimGroup(
  transaction: Database,
  { id, number }: { readonly id: string; readonly number: number },
): Promise<boolean> {
  const written_at = new Date().toISOString()
  const claimed = await transaction
    .insertInto('usage_writers')
    .values({ id, number, written_at })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ number, written_at }).where('usage_writers.number', '<', number),
    )
    .returning('id')
    .executeTakeFirst()
  return claimed !== undefined
}

export async function deleteWritersBefore(db: Database, at: string): Promise<void> {
  await db.deleteFrom('usage_writers').where('written_at', '<', at).execute()
}

export async function noteAlgorithms(transaction: Database, rows: readonly UsageAlgorithmsTable[]): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    await transaction
      .insertInto('usage_algorithms')
      .values(chunk)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          owner_id: ref('excluded.owner_id'),
          name: ref('excluded.name'),
        })),
      )
      .execute()
  }
}

export async function addToDays(transaction: Database, rows: readonly UsageDaysTable[]): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    await transaction
      .insertInto('usage_days')
      .values(chunk)
      .onConflict((conflict) =>
        conflict.columns(['caller_id', 'algorithm_id', 'version', 'day']).doUpdateSet(added('usage_days')),
      )
      .execute()
  }
}

export async function addToSums(transaction: Database, rows: readonly UsageSumsTable[]): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    await transaction
      .insertInto('usage_sums')
      .values(chunk)
      .onConflict((conflict) =>
        conflict.columns(['kind', 'scope_id', 'item_id', 'day']).doUpdateSet(added('usage_sums')),
      )
      .execute()
  }
}

/** What is there and what comes, added up. */
function added(table: 'usage_days' | 'usage_sums') {
  const there = (name: (typeof MEASURES)[number]) => sql.ref<number>(`${table}.${name}`)
  const coming = (name: (typeof MEASURES)[number]) => sql.ref<number>(`excluded.${name}`)
  const sums = SUMMED.map((name) => [name, sql<number>`${there(name)} + ${coming(name)}`])
  const peak = 'peak_memory_bytes'
  const highest = sql<number>`case when ${coming(peak)} > ${there(peak)} then ${coming(peak)} else ${there(peak)} end`
  return Object.fromEntries([...sums, [peak, highest]])
}

/** Groups of rows in the order in which they were given. */
function chunksOf<Row extends object>(rows: readonly Row[]): Row[][] {
  const chunks: Row[][] = []
  for (let start = 0; start < rows.length; start += CHUNK) chunks.push(rows.slice(start, start + CHUNK))
  return chunks
}
