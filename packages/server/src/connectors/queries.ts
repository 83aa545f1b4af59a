/** SQL of connectors. */
import type { ConnectorsTable } from '../db/connector-tables.ts'
import type { Database } from '../db/schema.ts'

export type ConnectorRow = ConnectorsTable

type Protocol = ConnectorRow['protocol']

/** Of an account, oldest first. */
export function selectConnectors(db: Database, ownerId: string): Promise<ConnectorRow[]> {
  return db
    .selectFrom('connectors')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

export function selectConnector(db: Database, ownerId: string, id: string): Promise<ConnectorRow | undefined> {
  return db.selectFrom('connectors').selectAll().where('owner_id', '=', ownerId).where('id', '=', id).executeTakeFirst()
}

/** The one with this label, in any spelling; without a label the default one. */
export function selectByAddress(
  db: Database,
  ownerId: string,
  { protocol, label }: { readonly protocol: Protocol; readonly label: string | undefined },
): Promise<ConnectorRow | undefined> {
  const ofProtocol = db
    .selectFrom('connectors')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where('protocol', '=', protocol)
  const named =
    label === undefined
      ? ofProtocol.where('is_default', '=', 1)
      : ofProtocol.where('label_lower', '=', label.toLowerCase())
  return named.executeTakeFirst()
}

/** Holds the account for the rest of the transaction, so that its connectors change one after the other; false: it is gone. */
export async function holdOwner(transaction: Database, ownerId: string): Promise<boolean> {
  // An update that changes nothing takes the row lock on both engines.
  const held = await transaction
    .updateTable('accounts')
    .set((row) => ({ name: row.ref('name') }))
    .where('id', '=', ownerId)
    .where('deleted_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return held !== undefined
}

export async function insertConnector(db: Database, row: ConnectorRow): Promise<void> {
  await db.insertInto('connectors').values(row).execute()
}

/** Undefined: it was deleted. */
export function updateConnector(
  db: Database,
  id: string,
  change: Partial<Omit<ConnectorRow, 'id' | 'owner_id' | 'protocol'>>,
): Promise<ConnectorRow | undefined> {
  return db.updateTable('connectors').set(change).where('id', '=', id).returningAll().executeTakeFirst()
}

/** After this the account has no default of this protocol. */
export async function clearDefault(db: Database, ownerId: string, protocol: Protocol): Promise<void> {
  await db
    .updateTable('connectors')
    .set({ is_default: 0 })
    .where('owner_id', '=', ownerId)
    .where('protocol', '=', protocol)
    .where('is_default', '=', 1)
    .execute()
}

/** Keeps credentials that were refreshed, unless the owner has given others since. */
export async function updateSealed(
  db: Database,
  { id, credentials_version, sealed }: Pick<ConnectorRow, 'id' | 'credentials_version' | 'sealed'>,
): Promise<void> {
  await db
    .updateTable('connectors')
    .set({ sealed })
    .where('id', '=', id)
    .where('credentials_version', '=', credentials_version)
    .execute()
}

/** False: the account has no such connector. */
export async function deleteConnector(db: Database, ownerId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('connectors')
    .where('owner_id', '=', ownerId)
    .where('id', '=', id)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Deletes all connectors of an account. */
export async function deleteOwnersConnectors(db: Database, ownerId: string): Promise<void> {
  await db.deleteFrom('connectors').where('owner_id', '=', ownerId).execute()
}
