/** SQL that adds to usage. */
import { createInsert, type InsertRows, replacing } from '../db/many-rows.ts'
import type { Database } from '../db/schema.ts'
import type { UsageAlgorithmsTable, UsageDaysTable, UsageMeasures, UsageSumsTable } from '../db/usage-tables.ts'
import { SUMMED } from './measures.ts'

/** Rows of one statement, so that no other waits long for the database. */
const CHUNK = 1000

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

const measures = {
  calls: 'integer',
  errors: 'integer',
  rounded_seconds: 'integer',
  rounded_error_seconds: 'integer',
  wait_us: 'integer',
  start_us: 'integer',
  run_us: 'integer',
  error_run_us: 'integer',
  cpu_us: 'integer',
  input_bytes: 'integer',
  answer_bytes: 'integer',
  peak_memory_bytes: 'integer',
} as const satisfies Record<keyof UsageMeasures, 'integer'>

export const noteAlgorithms = inChunks(
  createInsert<UsageAlgorithmsTable>({
    table: 'usage_algorithms',
    columns: { id: 'text', owner_id: 'text', name: 'text' },
    onConflict: `(id) do update set ${replacing(['owner_id', 'name'])}`,
  }),
)

export const addToDays = inChunks(
  createInsert<UsageDaysTable>({
    table: 'usage_days',
    columns: {
      ...{ caller_id: 'text', algorithm_id: 'text', version: 'text', day: 'text' },
      ...{ owner_id: 'text', machine_type: 'text' },
      ...measures,
    },
    onConflict: `(caller_id, algorithm_id, version, day) do update set ${adding('usage_days')}`,
  }),
)

export const addToSums = inChunks(
  createInsert<UsageSumsTable>({
    table: 'usage_sums',
    columns: { kind: 'text', scope_id: 'text', item_id: 'text', day: 'text', ...measures },
    onConflict: `(kind, scope_id, item_id, day) do update set ${adding('usage_sums')}`,
  }),
)

/** What is there and what comes, added up. */
function adding(table: 'usage_days' | 'usage_sums'): string {
  const sums = SUMMED.map((name) => `${name} = ${table}.${name} + excluded.${name}`)
  const [there, coming] = [`${table}.peak_memory_bytes`, 'excluded.peak_memory_bytes']
  return [...sums, `peak_memory_bytes = case when ${coming} > ${there} then ${coming} else ${there} end`].join(', ')
}

/** In the order in which they were given. */
function inChunks<Row>(insert: InsertRows<Row>): InsertRows<Row> {
  return async (db, rows) => {
    for (let start = 0; start < rows.length; start += CHUNK) await insert(db, rows.slice(start, start + CHUNK))
  }
}
