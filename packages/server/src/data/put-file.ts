/**
 * Putting a file: the body becomes a new object, then one transaction makes it the content of the file, then the object it
 * replaced is deleted. Whatever fails before the end of the transaction, the file stays as it was.
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { CollectionsTable, FilesTable } from '../db/hosted-tables.ts'
import type { Database } from '../db/schema.ts'
import type { FileStat } from '../drivers/driver.ts'
import type { Services } from '../services.ts'
import type { Collection } from './access.ts'
import { DEFAULT_ACL } from './acl.ts'
import type { StoredObject } from './objects.ts'
import type { PutOptions } from './place.ts'
import {
  addUsage,
  holdCollection,
  holdData,
  insertCollection,
  NAMED,
  type Sums,
  selectFile,
  selectNamedObjects,
  selectUsage,
  upsertFile,
} from './queries.ts'
import { type LimitUses, limited, limitsOf, requireRoom, roomFor } from './quota.ts'

export type PutUses = Pick<Services, 'db' | 'objects' | 'disk' | 'sessionSpaces'> & LimitUses

export interface NewFile {
  readonly collection: Collection
  readonly name: string
  readonly body: AsyncIterable<Uint8Array>
}

/** @throws ApiError DataNotFound, PreconditionFailed, PayloadTooLarge, InsufficientStorage, and what the body throws */
export async function putFile(services: PutUses, file: NewFile, options: PutOptions): Promise<FileStat> {
  const { db, disk, objects } = services
  disk.requireRoom()
  const { collection, name, body } = file
  const current = collection.row && (await selectFile(db, collection.row.id, name))
  options.precondition?.(current && statOf(current))
  const limits = limitsOf(services, collection.ownerId)
  const room = roomFor(limits, await selectUsage(db, collection.ownerId), current)
  requireRoom(room, options.sizeBytes ?? 0)
  return objects.write(limited(body, room), options, async (object) => {
    const { row, replaced } = await makeVisible(services, file, object, options)
    if (replaced) objects.discard(replaced.object_id)
    return statOf(row)
  })
}

export function statOf({ size_bytes, object_id, modified_at }: FilesTable): FileStat {
  return { sizeBytes: size_bytes, etag: object_id, modifiedAt: new Date(modified_at) }
}

interface Visible {
  readonly row: FilesTable
  readonly replaced: FilesTable | undefined
}

async function makeVisible(
  services: PutUses,
  { collection, name }: NewFile,
  object: StoredObject,
  { precondition }: PutOptions,
): Promise<Visible> {
  try {
    return await services.db.transaction().execute(async (transaction) => {
      const held = await holdCollection(transaction, collection)
      if (!held) throw new ApiError('DataNotFound')
      const collectionId = await requireCollection(services, transaction, collection, held.row)
      const replaced = await selectFile(transaction, collectionId, name)
      precondition?.(replaced && statOf(replaced))
      requireRoom(roomFor(limitsOf(services, collection.ownerId), held.usage, replaced), object.sizeBytes)
      const row = fileRow(collectionId, name, object)
      await upsertFile(transaction, row)
      await addUsage(transaction, collection.ownerId, difference(row, replaced))
      return { row, replaced }
    })
  } catch (error) {
    await deleteUnlessNamed(services, collection.ownerId, object.id)
    throw error
  }
}

/** It may have been deleted since the body began to come; what is always there gets its row with its first file. */
async function requireCollection(
  services: PutUses,
  transaction: Database,
  collection: Collection,
  found: CollectionsTable | undefined,
): Promise<string> {
  const { ownerId, scope, name } = collection
  const sessionId = sessionOf(collection)
  if (sessionId !== undefined && !services.sessionSpaces.isOpen(sessionId)) throw new ApiError('DataNotFound')
  if (found) return found.id
  if (scope === NAMED) throw new ApiError('DataNotFound')
  const id = randomUUID()
  await insertCollection(transaction, {
    id,
    owner_id: ownerId,
    scope,
    name,
    name_lower: name,
    acl: DEFAULT_ACL,
    created_at: new Date().toISOString(),
  })
  if (sessionId !== undefined) services.sessionSpaces.noteCollection(sessionId, { id, owner_id: ownerId })
  return id
}

function sessionOf({ scope }: Collection): string | undefined {
  return scope.startsWith('session:') ? scope.slice('session:'.length) : undefined
}

function fileRow(collectionId: string, name: string, { id, sizeBytes, crc32 }: StoredObject): FilesTable {
  return {
    collection_id: collectionId,
    name,
    size_bytes: sizeBytes,
    crc32,
    object_id: id,
    modified_at: new Date().toISOString(),
  }
}

function difference(row: FilesTable, replaced: FilesTable | undefined): Sums {
  return { files: replaced ? 0 : 1, bytes: row.size_bytes - (replaced?.size_bytes ?? 0) }
}

/**
 * A transaction that failed may have been committed all the same, when the connection broke at its end. Holding the owner's
 * data waits for it; when even that fails, the object is left to the sweep.
 */
async function deleteUnlessNamed({ db, objects }: PutUses, ownerId: string, objectId: string): Promise<void> {
  try {
    const named = await db.transaction().execute(async (transaction) => {
      await holdData(transaction, ownerId)
      return selectNamedObjects(transaction, [objectId])
    })
    if (!named.has(objectId)) objects.discard(objectId)
  } catch {
    // The error of the transaction itself says more.
  }
}
