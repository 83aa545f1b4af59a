/** SQL of requests to publish for everybody. */
import type { PublishRequestsTable } from '../db/people-tables.ts'
import type { Database } from '../db/schema.ts'

export async function insertRequest(db: Database, row: PublishRequestsTable): Promise<void> {
  await db.insertInto('publish_requests').values(row).execute()
}

export function selectRequest(db: Database, id: string): Promise<PublishRequestsTable | undefined> {
  return db.selectFrom('publish_requests').selectAll().where('id', '=', id).executeTakeFirst()
}

export function selectOpenRequest(db: Database, versionId: string): Promise<PublishRequestsTable | undefined> {
  return db
    .selectFrom('publish_requests')
    .selectAll()
    .where('version_id', '=', versionId)
    .where('state', '=', 'open')
    .executeTakeFirst()
}

export function selectOpenRequests(db: Database, ownerId: string): Promise<PublishRequestsTable[]> {
  return db
    .selectFrom('publish_requests')
    .innerJoin('algorithms', 'algorithms.id', 'publish_requests.algorithm_id')
    .selectAll('publish_requests')
    .where('algorithms.owner_id', '=', ownerId)
    .where('publish_requests.state', '=', 'open')
    .orderBy('publish_requests.requested_at')
    .execute()
}

/** Undefined when somebody else was faster. */
export function decideRequest(
  db: Database,
  id: string,
  decision: Pick<PublishRequestsTable, 'state' | 'decided_by' | 'decided_at'>,
): Promise<PublishRequestsTable | undefined> {
  return db
    .updateTable('publish_requests')
    .set(decision)
    .where('id', '=', id)
    .where('state', '=', 'open')
    .returningAll()
    .executeTakeFirst()
}

export async function setVersionPublic(db: Database, versionId: string): Promise<void> {
  await db.updateTable('versions').set({ callability: 'public' }).where('id', '=', versionId).execute()
}
