/** Hosted data as a place for one caller: the paths of rest-api.md 5.2, each verb the rules of its kind of path. */
import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Caller } from '../caller.ts'
import type { CollectionsTable, FilesTable } from '../db/hosted-tables.ts'
import { isUniqueViolation } from '../db/violations.ts'
import type { ReadOptions } from '../drivers/driver.ts'
import type { Services } from '../services.ts'
import {
  type AccessUses,
  type Collection,
  findCollection,
  findOwner,
  requireDataRight,
  requireOwnData,
} from './access.ts'
import { DEFAULT_ACL, parseAcl, wireAcl } from './acl.ts'
import { type CollectionPath, type HostedPath, parseHostedPath, requireCollectionName } from './hosted-path.ts'
import { listFiles, listOwner, listRoot } from './listing.ts'
import type { StoredObject } from './objects.ts'
import type { DataPlace, FoundDirectory, FoundFile, WireAcl } from './place.ts'
import { type PutUses, putFile, statOf } from './put-file.ts'
import {
  addUsage,
  deleteCollectionRow,
  deleteFileRow,
  hasFiles,
  holdCollection,
  holdData,
  insertCollection,
  NAMED,
  selectFile,
  selectNamedObjects,
  updateAcl,
} from './queries.ts'

export type HostedUses = AccessUses & PutUses & Pick<Services, 'reclaimer' | 'log'>

type DeleteOptions = Parameters<DataPlace['delete']>[1]

export function createHostedPlace(services: HostedUses, caller: Caller): DataPlace {
  return {
    find: async (path) => find(services, caller, parseHostedPath(path)),
    async put(path, body, options = {}) {
      const { collection, name } = requireFile(parseHostedPath(path))
      const found = await findCollection(services, caller, collection, 'write')
      return putFile(services, { collection: found, name, body }, options)
    },
    createDirectory: async (parent, name, acl) => createCollection(services, caller, { parent, name, acl }),
    setAcl: async (path, acl) => setAcl(services, caller, path, acl),
    async delete(path, options) {
      const target = parseHostedPath(path)
      if (target.kind === 'file') return deleteFile(services, caller, target, options)
      if (target.kind === 'collection') return deleteCollection(services, caller, target.collection, options)
      throw new ApiError('InvalidDataPath', 'Only files and collections can be deleted')
    },
  }
}

async function find(services: HostedUses, caller: Caller, path: HostedPath): Promise<FoundFile | FoundDirectory> {
  switch (path.kind) {
    case 'root':
      requireDataRight(caller, 'read')
      return directory(listRoot(services, caller))
    case 'owner':
      requireDataRight(caller, 'read')
      return directory(listOwner(services, caller, findOwner(services, caller, path.owner)))
    case 'collection': {
      const { row, scope } = await findCollection(services, caller, path.collection, 'read')
      return directory(listFiles(services, row), row && scope === NAMED ? wireAcl(row.acl) : undefined)
    }
    case 'file': {
      const { row } = await findCollection(services, caller, path.collection, 'read')
      const file = row && (await selectFile(services.db, row.id, path.name))
      if (!file) throw new ApiError('DataNotFound')
      return foundFile(services, file)
    }
  }
}

function directory(list: FoundDirectory['list'], acl?: WireAcl): FoundDirectory {
  return { kind: 'directory', acl, list }
}

function foundFile(services: HostedUses, file: FilesTable): FoundFile {
  const object = { id: file.object_id, sizeBytes: file.size_bytes, crc32: file.crc32 }
  return { kind: 'file', ...statOf(file), read: (options) => readObject(services, object, options) }
}

async function readObject(
  { db, objects, log }: HostedUses,
  object: StoredObject,
  options: ReadOptions | undefined,
): Promise<Readable> {
  try {
    return await objects.read(object, options)
  } catch (error) {
    const isGone = error instanceof ApiError && error.error === 'DataNotFound'
    // Replaced or deleted since the row was read, as it should be, unless the row is there still.
    if (!isGone || !(await selectNamedObjects(db, [object.id])).has(object.id)) throw error
    log.error({ object: object.id }, 'the content of a file is missing in the storage')
    throw new ApiError('StorageFailed', 'The content of the file is missing', { cause: error })
  }
}

function requireFile(path: HostedPath): Extract<HostedPath, { kind: 'file' }> {
  if (path.kind === 'file') return path
  throw new ApiError('InvalidDataPath', 'A file is put into a collection: OWNER/COLLECTION/FILE')
}

async function createCollection(
  services: HostedUses,
  caller: Caller,
  { parent, name, acl }: { parent: string; name: string; acl: WireAcl | undefined },
): Promise<void> {
  requireDataRight(caller, 'write')
  const path = parseHostedPath(parent)
  if (path.kind !== 'owner') {
    throw new ApiError('InvalidDataPath', 'Collections are created in the folder of their owner: .my or its name')
  }
  const owner = findOwner(services, caller, path.owner)
  requireOwnData(services, caller, owner.id)
  requireCollectionName(name)
  services.disk.requireRoom()
  const row: CollectionsTable = {
    id: randomUUID(),
    owner_id: owner.id,
    scope: NAMED,
    name,
    name_lower: name.toLowerCase(),
    acl: acl === undefined ? DEFAULT_ACL : parseAcl(acl),
    created_at: new Date().toISOString(),
  }
  try {
    await services.db.transaction().execute(async (transaction) => {
      if (!(await holdData(transaction, owner.id))) throw new ApiError('DataNotFound')
      await insertCollection(transaction, row)
    })
  } catch (error) {
    if (!isUniqueViolation(error, 'collections.owner_id,scope,name_lower')) throw error
    throw new ApiError('InputValidationError', `There is already a collection ${name}`)
  }
}

async function setAcl(services: HostedUses, caller: Caller, path: string, acl: WireAcl): Promise<void> {
  requireDataRight(caller, 'write')
  const found = await findCollection(services, caller, requireNamed(parseHostedPath(path)), 'write')
  const isThere = found.row !== undefined && (await updateAcl(services.db, found.row.id, parseAcl(acl)))
  if (!isThere) throw new ApiError('DataNotFound')
}

/** Collections with a name of their own alone are created, changed and deleted (rest-api.md 5.2). */
function requireNamed(path: HostedPath): CollectionPath {
  if (path.kind === 'collection' && path.collection.kind === 'named') return path.collection
  throw new ApiError('InvalidDataPath', 'Only a collection, OWNER/COLLECTION, can be changed')
}

async function deleteFile(
  services: HostedUses,
  caller: Caller,
  { collection, name }: Extract<HostedPath, { kind: 'file' }>,
  { precondition }: DeleteOptions,
): Promise<number> {
  const found = await findCollection(services, caller, collection, 'delete')
  const deleted = await services.db.transaction().execute(async (transaction) => {
    const held = await holdCollection(transaction, found)
    const file = held?.row && (await selectFile(transaction, held.row.id, name))
    if (!file) throw new ApiError('DataNotFound')
    precondition?.(statOf(file))
    await deleteFileRow(transaction, file)
    await addUsage(transaction, found.ownerId, { files: -1, bytes: -file.size_bytes })
    return file
  })
  services.objects.discard(deleted.object_id)
  return 1
}

async function deleteCollection(
  services: HostedUses,
  caller: Caller,
  path: CollectionPath,
  { force }: DeleteOptions,
): Promise<number> {
  requireDataRight(caller, 'delete')
  const found = await findCollection(services, caller, requireNamed({ kind: 'collection', collection: path }), 'delete')
  if (!found.row) throw new ApiError('DataNotFound')
  if (!force) return deleteEmpty(services, found)
  const files = await services.reclaimer.retire(found.row)
  if (files === undefined) throw new ApiError('DataNotFound')
  return Math.max(1, files)
}

async function deleteEmpty({ db }: HostedUses, collection: Collection): Promise<number> {
  await db.transaction().execute(async (transaction) => {
    const { row } = (await holdCollection(transaction, collection)) ?? {}
    if (!row) throw new ApiError('DataNotFound')
    if (await hasFiles(transaction, row.id)) {
      throw new ApiError('DirectoryNotEmpty', undefined, { members: { deleted: 0 } })
    }
    await deleteCollectionRow(transaction, row.id)
  })
  return 0
}
