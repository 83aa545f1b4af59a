/**
 * What a backup consists of. It is a sequence of parts, each a file of at most {@link PART_BYTES}: in a folder, or in a tar
 * file in the same order. What is longer (a table, a repository, an artifact, a hosted file) is cut into several parts.
 *
 * `header.json` first; after every thousand parts and at the end `index/NNNNNN.sha256` with the checksums of the parts
 * before it, as `sha256sum` prints them; `manifest.json` last. A backup without its manifest is none.
 */
import { createHash } from 'node:crypto'

/** Raised when an older `restore` could not read it. */
export const BACKUP_FORMAT = 1
/** A part is in memory as a whole. */
export const PART_BYTES = 8 * 1024 * 1024
export const PARTS_PER_INDEX = 1000
export const HEADER_PATH = 'header.json'
export const MANIFEST_PATH = 'manifest.json'
export const KEYS_STREAM = 'keys.json'

/** Something is wrong that an operator can understand and mend; the message says what. */
export class BackupError extends Error {}

export interface BackupHeader {
  readonly format: number
  readonly id: string
  readonly startedAt: string
  /** Of the program that wrote it. */
  readonly serverVersion: string
  readonly engine: 'sqlite' | 'postgres'
  /** Number of the last migration of the database. */
  readonly schema: number
  /** Null: the content of hosted files is in the backup; else the bucket that it stays in. */
  readonly contentStaysIn: string | null
  readonly hasKeys: boolean
}

export interface PartSums {
  readonly count: number
  readonly bytes: number
  readonly indexes: number
  /** Of all indexes, one after the other. */
  readonly sha256: string
}

export interface BackupManifest {
  readonly id: string
  readonly finishedAt: string
  /** Rows of each table. */
  readonly tables: { readonly [name: string]: number }
  readonly repositories: number
  readonly artifacts: number
  readonly files: number
  readonly fileBytes: number
  /** What the database names and the server itself has not, or has damaged; the first few by name. */
  readonly problems: { readonly count: number; readonly first: readonly string[] }
  readonly parts: PartSums
}

export interface Part {
  readonly path: string
  readonly bytes: Buffer
}

const DIGITS = 6

export function partPath(stream: string, number: number): string {
  return `${stream}.${String(number).padStart(DIGITS, '0')}`
}

/** What a part is a piece of. */
export function streamOf(path: string): string {
  return path.slice(0, -(DIGITS + 1))
}

export function indexPath(number: number): string {
  return `index/${String(number).padStart(DIGITS, '0')}.sha256`
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function indexLine({ path, bytes }: Part): string {
  return `${sha256(bytes)}  ${path}\n`
}

/** Paths of the parts that an index names. @throws BackupError */
export function pathsIn(index: Buffer): string[] {
  const lines = index.toString('latin1').split('\n').slice(0, -1)
  return lines.map((line) => {
    const [, path = ''] = /^[0-9a-f]{64} {2}([\w.-]+(?:\/[\w.-]+)*)$/.exec(line) ?? []
    if (path === '' || path.split('/').includes('..')) throw new BackupError('An index of the backup was changed')
    return path
  })
}

/** @throws BackupError for a format that this program does not know */
export function readHeader(bytes: Buffer): BackupHeader {
  const header = parse(bytes, HEADER_PATH) as unknown as BackupHeader
  if (header.format === BACKUP_FORMAT) return header
  throw new BackupError(
    `The backup was written by a newer Algorist: expected format ${BACKUP_FORMAT}, got ${header.format}`,
  )
}

/** With a checksum of its own, since no index names it. */
export function manifestBytes(manifest: BackupManifest): Buffer {
  return jsonBytes({ ...manifest, sha256: sha256(JSON.stringify(manifest)) })
}

/** @throws BackupError when a byte of it was changed */
export function readManifest(bytes: Buffer): BackupManifest {
  const { sha256: _, ...manifest } = parse(bytes, MANIFEST_PATH) as unknown as BackupManifest & { sha256: string }
  if (!manifestBytes(manifest).equals(bytes)) throw new BackupError(`${MANIFEST_PATH} of the backup was changed`)
  return manifest
}

export function jsonBytes(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
}

function parse(bytes: Buffer, path: string): object {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Said below.
  }
  throw new BackupError(`${path} of the backup was changed: it is not JSON`)
}
