/**
 * Data in a storage with real folders: what a connector shows (rest-api.md 5.3). Who may is asked path by path; there are
 * no acls, so one that clients send with every new directory is ignored and a change of one is refused.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Driver, Stat } from '../drivers/driver.ts'
import { deleteTree } from './delete-tree.ts'
import type { DataPlace, FoundDirectory, FoundFile } from './place.ts'
import { withStorageErrors } from './storage-errors.ts'

/** The largest page (rest-api.md 1.5). */
const PAGE_ENTRIES = 1000

export interface DriverPlaceOptions {
  readonly driver: Driver
  /** @throws ApiError NotAuthorized with the reason */
  readonly requireRight: (path: string, act: 'read' | 'write') => void
}

/** The driver stays open; whoever opened it closes it. */
export function createDriverPlace({ driver, requireRight }: DriverPlaceOptions): DataPlace {
  return {
    find: (path, signal) => withStorageErrors(() => find(path, signal)),
    put: (path, body, options) => withStorageErrors(() => put(path, body, options)),
    createDirectory: (parent, name) => withStorageErrors(() => createDirectory(parent, name)),
    async setAcl(path) {
      requireWritable(path)
      throw new ApiError('InputValidationError', 'Only collections of data:// have an acl')
    },
    delete: (path, options) => withStorageErrors(() => remove(path, options)),
  }

  async function find(path: string, signal?: AbortSignal): Promise<FoundFile | FoundDirectory> {
    requireRight(path, 'read')
    const stat = await requireStat(path, signal)
    return stat.kind === 'file'
      ? { ...stat, read: (options) => withStorageErrors(() => driver.read(path, options)) }
      : {
          kind: 'directory',
          acl: undefined,
          list: (marker, signal) => withStorageErrors(() => list(path, marker, signal)),
        }
  }

  async function list(path: string, marker: string | undefined, signal?: AbortSignal) {
    return driver.list(path, { marker, limit: PAGE_ENTRIES, signal })
  }

  async function put(...[path, body, options = {}]: Parameters<DataPlace['put']>) {
    requireWritable(path)
    const { precondition, ...rest } = options
    const stat = await driver.stat(path, rest.signal)
    if (stat?.kind === 'folder') throw new ApiError('InvalidDataPath', 'There is a directory of this name')
    precondition?.(stat)
    return driver.write(path, body, rest)
  }

  async function createDirectory(parent: string, name: string): Promise<void> {
    const path = parent === '' ? name : `${parent}/${name}`
    requireWritable(path)
    const above = await requireStat(parent)
    if (above.kind === 'file') throw new ApiError('InvalidDataPath', 'There is a file where the directory should be')
    if (await driver.stat(path)) throw new ApiError('InputValidationError', 'There is something of this name already')
    await driver.createFolder(path)
  }

  async function remove(...[path, { force, precondition }]: Parameters<DataPlace['delete']>): Promise<number> {
    requireWritable(path)
    const stat = await requireStat(path)
    precondition?.(stat.kind === 'file' ? stat : undefined)
    if (stat.kind === 'file') return removeFile(path)
    if (force) return deleteTree(driver, path, { requireWritable })
    // An empty directory that is deleted without force counts for nothing (rest-api.md 5.11).
    if (!(await driver.deleteFolder(path))) throw new ApiError('DataNotFound')
    return 0
  }

  async function removeFile(path: string): Promise<number> {
    if (!(await driver.delete(path))) throw new ApiError('DataNotFound')
    return 1
  }

  async function requireStat(path: string, signal?: AbortSignal): Promise<Stat> {
    const stat = await driver.stat(path, signal)
    if (!stat) throw new ApiError('DataNotFound')
    return stat
  }

  /** @throws ApiError InvalidDataPath for the root, NotAuthorized */
  function requireWritable(path: string): void {
    if (path === '') throw new ApiError('InvalidDataPath', 'The root of a connector cannot be changed')
    requireRight(path, 'write')
  }
}
