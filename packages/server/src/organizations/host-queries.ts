/** SQL of host accounts. */
import type { FunctionalIdsTable, HostInformationTable } from '../db/people-tables.ts'
import type { Database } from '../db/schema.ts'

export function selectHostInformation(db: Database, organizationId: string): Promise<HostInformationTable | undefined> {
  return db.selectFrom('host_information').selectAll().where('organization_id', '=', organizationId).executeTakeFirst()
}

export async function insertHostInformation(db: Database, row: HostInformationTable): Promise<void> {
  await db.insertInto('host_information').values(row).execute()
}

/** False when the organization has none. */
export async function updateHostInformation(
  db: Database,
  organizationId: string,
  change: Pick<HostInformationTable, 'host_username' | 'host_user_id'>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('host_information')
    .set(change)
    .where('organization_id', '=', organizationId)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

export async function deleteHostInformation(db: Database, organizationId: string): Promise<void> {
  await db.deleteFrom('host_information').where('organization_id', '=', organizationId).execute()
}

export function selectFunctionalIds(db: Database, ownerId: string): Promise<FunctionalIdsTable[]> {
  return db
    .selectFrom('functional_ids')
    .innerJoin('algorithms', 'algorithms.id', 'functional_ids.algorithm_id')
    .select(['functional_ids.algorithm_id', 'functional_ids.functional_id'])
    .where('algorithms.owner_id', '=', ownerId)
    .orderBy('functional_ids.algorithm_id')
    .execute()
}

export async function upsertFunctionalIds(db: Database, rows: readonly FunctionalIdsTable[]): Promise<void> {
  await db
    .insertInto('functional_ids')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('algorithm_id').doUpdateSet((row) => ({ functional_id: row.ref('excluded.functional_id') })),
    )
    .execute()
}

export async function deleteFunctionalId(db: Database, algorithmId: string): Promise<void> {
  await db.deleteFrom('functional_ids').where('algorithm_id', '=', algorithmId).execute()
}
