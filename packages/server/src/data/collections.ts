/** Rules of collections besides the data routes: list one's own, give an algorithm a default. */
import { ApiError } from '@algorist/contract/errors.ts'
import { isUuid } from '@algorist/contract/names.ts'
import { findManaged } from '../algorithms/access.ts'
import type { Caller } from '../caller.ts'
import type { CollectionsTable } from '../db/hosted-tables.ts'
import type { Services } from '../services.ts'
import { type AccessUses, accountOf, requireDataRight } from './access.ts'
import { selectAllNamed, selectNamedCollection, updateDefaultCollection } from './queries.ts'

export interface ShownCollection {
  readonly row: CollectionsTable
  readonly ownerName: string
}

/** The collections that the caller named. @throws ApiError NotAuthorized without the right to read data */
export async function listCollections({ db }: Pick<Services, 'db'>, caller: Caller): Promise<ShownCollection[]> {
  requireDataRight(caller, 'read')
  const { id, name } = accountOf(caller)
  return (await selectAllNamed(db, id)).map((row) => ({ row, ownerName: name }))
}

/**
 * Makes a collection of the algorithm's owner what its runs find at `.algo/default`, replacing the former.
 *
 * @throws ApiError DataNotFound for a collection that is not there, or another's; AlgorithmIdDoesNotExist, NotAuthorized
 */
export async function setDefaultCollection(
  services: AccessUses,
  caller: Caller,
  { id, collectionId }: { readonly id: string; readonly collectionId: string },
): Promise<void> {
  const { entry } = findManaged(services, caller, { id })
  const uuid = collectionId.replace(/^collec-/, '').toLowerCase()
  const row = isUuid(uuid) ? await selectNamedCollection(services.db, uuid) : undefined
  if (row?.owner_id !== entry.ownerId) {
    throw new ApiError('DataNotFound', 'The owner of the algorithm has no collection with this id')
  }
  await updateDefaultCollection(services.db, entry.id, row.id)
}
