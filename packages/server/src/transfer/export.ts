/**
 * Writes everything of one owner into a bundle (docs/moving.md) while the server goes on: accounts, keys and algorithms as they
 * are when it is their turn, and of each file the content that it has then.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import { BUNDLE_VERSION, type BundleManifest } from '@algorist/contract/shapes/owner-bundle.ts'
import { logOfBuild } from '../builds/records.ts'
import type { AccountEntry } from '../caller.ts'
import type { FilesTable } from '../db/hosted-tables.ts'
import { commitsAmong, writeGitBundle } from '../git/bundle.ts'
import type { OrganizationProfile } from '../organizations/organizations.ts'
import type { Services } from '../services.ts'
import { serverVersion } from '../version.ts'
import { type BundleWriter, writeBundle } from './bundle-writer.ts'
import {
  accountDocument,
  algorithmDocument,
  collectionsDocument,
  connectorsDocument,
  keysDocument,
  secretsDocument,
} from './documents.ts'
import * as names from './entry-names.ts'
import * as queries from './queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'repositories' | 'objects'>

export interface ExportOptions {
  readonly owner: string
  /** Absolute; a file that is not there yet. */
  readonly path: string
  /** With the hash of the password, so that a user can sign in as before. */
  readonly withLogin: boolean
}

/** What a bundle has. */
export interface Exported {
  readonly name: string
  readonly algorithms: number
  readonly versions: number
  readonly collections: number
  readonly files: number
  readonly bytes: number
  readonly keys: number
}

/** @throws ApiError UserNotFound; InvalidRequest when the file cannot be made; StorageFailed for a damaged file */
export async function exportOwner(services: Uses, { owner: name, path, withLogin }: ExportOptions): Promise<Exported> {
  const owner = services.directory.byName(name)
  if (!owner || owner.isClosed) throw new ApiError('UserNotFound', `There is no user or organization ${name}`)
  const counts = { name: owner.name, algorithms: 0, versions: 0, collections: 0, files: 0, bytes: 0, keys: 0 }
  await writeBundle(path, async (bundle) => {
    await bundle.addJson(names.MANIFEST, manifestOf(owner))
    counts.keys = await addAccount(services.db, bundle, owner, withLogin)
    const collections = await queries.selectCollections(services.db, owner.id)
    await bundle.addJson(names.COLLECTIONS, collectionsDocument(collections))
    for (const id of await queries.selectAlgorithmIds(services.db, owner.id)) {
      const versions = await addAlgorithm(services, bundle, { id, ownerId: owner.id })
      if (versions === undefined) continue
      counts.algorithms++
      counts.versions += versions
    }
    for (const { id, name: collection, algorithm } of collections) {
      const folder = names.folderOf({ name: collection, algorithm: algorithm ?? undefined })
      const sums = await addFiles(services, bundle, { id, folder })
      counts.collections++
      counts.files += sums.files
      counts.bytes += sums.bytes
    }
  })
  return counts
}

function manifestOf({ kind, name }: AccountEntry): BundleManifest {
  const created_at = new Date().toISOString()
  return {
    format: 'algorist-owner',
    version: BUNDLE_VERSION,
    created_at,
    server_version: serverVersion,
    owner: { kind, name },
  }
}

/** @returns how many keys there are */
function addAccount(
  db: Services['db'],
  bundle: BundleWriter,
  { id }: AccountEntry,
  withLogin: boolean,
): Promise<number> {
  return readTogether(db, async (transaction) => {
    const row = await queries.selectOwner(transaction, id)
    const typeId = (JSON.parse(row.organization ?? '{}') as Partial<OrganizationProfile>).type_id
    return {
      account: accountDocument(row, {
        members: await queries.selectMembers(transaction, id),
        type: typeId === undefined ? undefined : await queries.selectTypeName(transaction, typeId),
        withLogin,
      }),
      keys: keysDocument(await queries.selectStandardKeys(transaction, id)),
      connectors: connectorsDocument(await queries.selectConnectors(transaction, id)),
      secrets: secretsDocument(await queries.selectSecretNames(transaction, id)),
    }
  }).then(async ({ account, keys, connectors, secrets }) => {
    await bundle.addJson(names.ACCOUNT, account)
    await bundle.addJson(names.KEYS, keys)
    await bundle.addJson(names.CONNECTORS, connectors)
    await bundle.addJson(names.SECRETS, secrets)
    return keys.length
  })
}

/** What one reading says fits together. */
function readTogether<T>(db: Services['db'], read: (transaction: Services['db']) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel('repeatable read').execute(read)
}

/** @returns how many versions it has; undefined when it was deleted meanwhile */
async function addAlgorithm(
  { db, repositories }: Uses,
  bundle: BundleWriter,
  repository: { readonly id: string; readonly ownerId: string },
): Promise<number | undefined> {
  const document = await readTogether(db, async (transaction) => {
    const row = await queries.selectAlgorithm(transaction, repository.id)
    const builds = await queries.selectNeededBuilds(transaction, repository.id)
    return row && algorithmDocument(row, builds, await queries.selectVersions(transaction, repository.id))
  })
  if (!document) return undefined
  const { name, builds, versions } = document
  await bundle.addJson(names.algorithm(name), document)
  for (const { id, number } of builds) {
    await bundle.add({ name: names.buildLog(name, number) }, [Buffer.from((await logOfBuild(db, id)) ?? '')])
  }
  const known = await commitsAmong(
    repositories,
    repository,
    builds.map(({ commit }) => commit),
  )
  const commits = builds.filter(({ commit }) => known.has(commit))
  const named = new Map(commits.map(({ number, commit }) => [String(number), commit]))
  await bundle.add({ name: names.repository(name) }, writeGitBundle(repositories, repository, named))
  return versions.length
}

const PAGE_FILES = 500
/** Somebody may be putting the same file again and again. */
const MAX_TRIES = 10

async function addFiles(
  services: Uses,
  bundle: BundleWriter,
  { id, folder }: { readonly id: string; readonly folder: string },
): Promise<{ files: number; bytes: number }> {
  const sums = { files: 0, bytes: 0 }
  for (let after = ''; ; ) {
    const page = await queries.selectFiles(services.db, id, after, PAGE_FILES)
    for (const row of page) {
      const sizeBytes = await addFile(services, bundle, { folder, row })
      if (sizeBytes === undefined) continue
      sums.files++
      sums.bytes += sizeBytes
    }
    const last = page.at(-1)
    if (page.length < PAGE_FILES || !last) return sums
    after = last.name
  }
}

/** @returns its size; undefined when it was deleted meanwhile */
async function addFile(
  { db, objects }: Uses,
  bundle: BundleWriter,
  { folder, row }: { readonly folder: string; readonly row: FilesTable },
): Promise<number | undefined> {
  let current: FilesTable | undefined = row
  for (let tries = 1; current; tries++) {
    const { name, size_bytes: sizeBytes, modified_at } = current
    const body = await openContent(objects, current)
    if (body) {
      await bundle.add({ name: `${folder}${name}`, sizeBytes, modifiedAt: new Date(modified_at) }, body)
      return sizeBytes
    }
    const next: FilesTable | undefined = await queries.selectFile(db, row)
    if (next?.object_id === current.object_id || tries === MAX_TRIES) {
      throw new ApiError('StorageFailed', `The content of ${folder}${name} is not there`)
    }
    current = next
  }
  return undefined
}

/** Undefined when it is not there: it was replaced or deleted before it could be opened. */
async function openContent(objects: Uses['objects'], { object_id: id, size_bytes: sizeBytes, crc32 }: FilesTable) {
  try {
    return await objects.read({ id, sizeBytes, crc32 })
  } catch (error) {
    if (error instanceof ApiError && error.error === 'DataNotFound') return undefined
    throw error
  }
}
