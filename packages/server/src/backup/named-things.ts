/** What the rows of a snapshot name outside the database. */
import type { Snapshot } from './snapshot.ts'

export interface NamedFile {
  readonly objectId: string
  readonly sizeBytes: number
  readonly crc32: number
}

export interface NamedRepository {
  readonly algorithmId: string
  /** Offset of its owner in the range of host uids; undefined for an owner without a row. */
  readonly hostUid: number | undefined
}

export interface NamedThings {
  readonly repositories: readonly NamedRepository[]
  readonly artifacts: readonly string[]
  readonly files: readonly NamedFile[]
}

/** Deleted collections, whose objects may be gone before their rows are. */
const RETIRED = 'retired:'

export async function readNamedThings(snapshot: Snapshot): Promise<NamedThings> {
  const hostUids = await uidsOfOwners(snapshot)
  const repositories: NamedRepository[] = []
  for await (const [id, owner] of rows(snapshot, 'algorithms', ['id', 'owner_id'])) {
    repositories.push({ algorithmId: String(id), hostUid: hostUids.get(String(owner)) })
  }
  const artifacts: string[] = []
  for await (const [artifact] of rows(snapshot, 'builds', ['artifact'])) {
    if (artifact !== null) artifacts.push(String(artifact))
  }
  return { repositories, artifacts, files: await readFiles(snapshot) }
}

async function uidsOfOwners(snapshot: Snapshot): Promise<Map<string, number>> {
  const uids = new Map<string, number>()
  for await (const [id, hostUid] of rows(snapshot, 'accounts', ['id', 'host_uid']))
    uids.set(String(id), Number(hostUid))
  return uids
}

async function readFiles(snapshot: Snapshot): Promise<NamedFile[]> {
  const retired = new Set<string>()
  for await (const [id, scope] of rows(snapshot, 'collections', ['id', 'scope'])) {
    if (String(scope).startsWith(RETIRED)) retired.add(String(id))
  }
  const files: NamedFile[] = []
  for await (const [collection, id, size, crc32] of rows(snapshot, 'files', FILE_COLUMNS)) {
    if (retired.has(String(collection))) continue
    files.push({ objectId: String(id), sizeBytes: Number(size), crc32: Number(crc32) })
  }
  return files
}

const FILE_COLUMNS = ['collection_id', 'object_id', 'size_bytes', 'crc32']

/** Older schemas lack some tables. */
async function* rows(snapshot: Snapshot, table: string, columns: readonly string[]) {
  if (snapshot.tables.includes(table)) yield* snapshot.rows(table, columns)
}
