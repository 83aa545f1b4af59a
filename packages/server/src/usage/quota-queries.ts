/** SQL of quotas. */
import type { Database } from '../db/schema.ts'
import type { AccountQuotasTable } from '../db/usage-tables.ts'

export function selectQuotas(db: Database): Promise<AccountQuotasTable[]> {
  return db.selectFrom('account_quotas').selectAll().execute()
}

export async function upsertQuotas(db: Database, row: AccountQuotasTable): Promise<void> {
  const { account_id, ...limits } = row
  await db
    .insertInto('account_quotas')
    .values(row)
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(limits))
    .execute()
}

export async function deleteQuotas(db: Database, accountId: string): Promise<void> {
  await db.deleteFrom('account_quotas').where('account_id', '=', accountId).execute()
}
