/** SQL of configuration entries and pictures. */
import type { FrontendEntriesTable, PicturesTable } from '../db/people-tables.ts'
import type { Database } from '../db/schema.ts'

export type EntryRow = FrontendEntriesTable
export type Picture = Pick<PicturesTable, 'bytes' | 'content_type' | 'updated_at'>
export type PictureName = PicturesTable['name']

export function selectEntries(
  db: Database,
  { afterName, limit }: { afterName: string; limit: number },
): Promise<EntryRow[]> {
  return db
    .selectFrom('frontend_entries')
    .selectAll()
    .where('name', '>', afterName)
    .orderBy('name')
    .limit(limit)
    .execute()
}

export function selectEntry(db: Database, name: string): Promise<EntryRow | undefined> {
  return db.selectFrom('frontend_entries').selectAll().where('name', '=', name).executeTakeFirst()
}

/** Keeps the time of creation of one that is there. */
export function upsertEntry(db: Database, row: EntryRow): Promise<EntryRow> {
  return db
    .insertInto('frontend_entries')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet((old) => ({ value: old.ref('excluded.value'), updated_at: old.ref('excluded.updated_at') })),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** False when there is none. */
export async function deleteEntry(db: Database, name: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('frontend_entries').where('name', '=', name).executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

export function selectPicture(db: Database, name: PictureName): Promise<Picture | undefined> {
  return db
    .selectFrom('pictures')
    .select(['bytes', 'content_type', 'updated_at'])
    .where('name', '=', name)
    .executeTakeFirst()
}

export async function upsertPicture(db: Database, row: Picture & { readonly name: PictureName }): Promise<void> {
  const { content_type, updated_at, bytes } = row
  await db
    .insertInto('pictures')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ content_type, updated_at, bytes }))
    .execute()
}

export async function deletePicture(db: Database, name: PictureName): Promise<void> {
  await db.deleteFrom('pictures').where('name', '=', name).execute()
}
