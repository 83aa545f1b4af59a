/** SQL of cost rates. */
import type { Database } from '../db/schema.ts'
import type { CostRatesTable } from '../db/usage-tables.ts'

export type RateName = CostRatesTable['name']

export function selectRates(db: Database): Promise<CostRatesTable[]> {
  return db.selectFrom('cost_rates').selectAll().execute()
}

export async function upsertRates(db: Database, rows: readonly CostRatesTable[]): Promise<void> {
  if (rows.length === 0) return
  await db
    .insertInto('cost_rates')
    .values([...rows])
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet(({ ref }) => ({ ten_thousandths: ref('excluded.ten_thousandths') })),
    )
    .execute()
}
