/** Pages of directories (rest-api.md 5.5): the root and owners hold folders alone, collections files alone. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import type { CollectionsTable } from '../db/hosted-tables.ts'
import { formatMarker, parseMarker } from '../drivers/marker.ts'
import { readableAcls } from '../permissions.ts'
import { type AccessUses, accountOf } from './access.ts'
import type { FoundDirectory } from './place.ts'
import { statOf } from './put-file.ts'
import { selectCollections, selectFiles } from './queries.ts'
import { storageError } from './storage-errors.ts'

type List = FoundDirectory['list']

const PAGE_ENTRIES = 1000

/** The caller's own name first: clients take the first entry for it (rest-api.md 5.2). */
export function listRoot({ directory }: AccessUses, caller: Caller): List {
  const account = accountOf(caller)
  return async (marker) => {
    if (marker !== undefined) throw new ApiError('InvalidMarker')
    const organizations = directory.organizationsOf(account.id).filter(({ isClosed }) => !isClosed)
    return { folders: [account.name, ...organizations.map(({ name }) => name).sort()], files: [], marker: undefined }
  }
}

/** The collections of an owner that the caller may read. */
export function listOwner({ db, directory }: AccessUses, caller: Caller, owner: AccountEntry): List {
  accountOf(caller)
  return async (marker) => {
    const acls = readableAcls(directory, caller, owner.id)
    const rows = await selectCollections(db, owner.id, {
      acls,
      after: nameBefore(owner.id, marker),
      limit: PAGE_ENTRIES + 1,
    })
    return {
      folders: rows.slice(0, PAGE_ENTRIES).map(({ name }) => name),
      files: [],
      marker: markerAfter(owner.id, rows),
    }
  }
}

/** The files of a collection; none in one without a row yet. */
export function listFiles({ db }: AccessUses, row: CollectionsTable | undefined): List {
  const folder = row?.id ?? ''
  return async (marker) => {
    const after = nameBefore(folder, marker)
    const rows = row ? await selectFiles(db, folder, { after, limit: PAGE_ENTRIES + 1 }) : []
    const files = rows.slice(0, PAGE_ENTRIES).map((file) => ({ name: file.name, ...statOf(file) }))
    return { folders: [], files, marker: markerAfter(folder, rows) }
  }
}

/** The marker of the page after one that was read with an entry more than it has. */
function markerAfter(folder: string, rows: readonly { readonly name: string }[]): string | undefined {
  const last = rows.length > PAGE_ENTRIES ? rows[PAGE_ENTRIES - 1] : undefined
  return last && formatMarker(folder, last.name)
}

/** The name that the page begins after. @throws ApiError InvalidMarker */
function nameBefore(folder: string, marker: string | undefined): string {
  try {
    return marker === undefined ? '' : parseMarker(folder, marker)
  } catch (error) {
    throw storageError(error)
  }
}
