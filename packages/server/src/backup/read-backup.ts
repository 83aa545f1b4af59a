/** Reads a backup part by part and compares every byte with its checksums. */
import { createHash } from 'node:crypto'
import {
  BackupError,
  type BackupHeader,
  type BackupManifest,
  HEADER_PATH,
  indexLine,
  indexPath,
  MANIFEST_PATH,
  PARTS_PER_INDEX,
  type Part,
  readHeader,
  readManifest,
} from './format.ts'
import type { Source } from './source.ts'

export interface WholeBackup {
  readonly header: BackupHeader
  readonly manifest: BackupManifest
}

/** Told each part but the header before its checksum is compared: what it makes of it counts only once all is read. */
export type PartVisitor = (part: Part, header: BackupHeader) => Promise<void>

/** @throws BackupError that names the first part that is missing or was changed, and what the visitor throws */
export async function readBackup(source: Source, visit?: PartVisitor): Promise<WholeBackup> {
  const checks = createChecks()
  let header: BackupHeader | undefined
  let manifest: BackupManifest | undefined
  for await (const part of source.parts()) {
    if (manifest) throw new BackupError('The backup was changed: something follows its manifest')
    if (part.path === MANIFEST_PATH) {
      manifest = readManifest(part.bytes)
      checks.end(manifest)
    } else if (checks.isIndex(part)) {
      checks.compare(part)
    } else {
      checks.note(part)
      if (!header) header = requireHeader(part)
      else await visit?.(part, header)
    }
  }
  if (!header || !manifest) {
    throw new BackupError(`The backup is not whole: ${MANIFEST_PATH} is missing, which is written last`)
  }
  if (header.id !== manifest.id) throw new BackupError('The backup was put together from two')
  return { header, manifest }
}

function requireHeader(part: Part): BackupHeader {
  if (part.path !== HEADER_PATH) throw new BackupError(`Not a backup: expected ${HEADER_PATH} first, got ${part.path}`)
  return readHeader(part.bytes)
}

/** Compares each index with the parts that came before it. */
function createChecks() {
  const indexed = createHash('sha256')
  let lines: string[] = []
  let indexes = 0
  let count = 0
  let bytes = 0

  return {
    isIndex: ({ path }: Part) => path === indexPath(indexes + 1),
    note(part: Part): void {
      if (lines.length === PARTS_PER_INDEX) throw new BackupError(`The backup was changed: ${part.path} is in no index`)
      lines.push(indexLine(part))
      count++
      bytes += part.bytes.length
    },
    compare(index: Part): void {
      const expected = index.bytes.toString('latin1').split('\n').slice(0, -1)
      const wrong = lines.findIndex((line, at) => line !== `${expected[at]}\n`)
      if (wrong >= 0) throw new BackupError(`The backup was changed: ${pathOf(lines[wrong])} is not what was written`)
      if (Buffer.from(lines.join('')).compare(index.bytes) !== 0) {
        throw new BackupError(`The backup was changed: ${index.path} is not what was written`)
      }
      indexed.update(index.bytes)
      indexes++
      lines = []
    },
    end({ parts }: BackupManifest): void {
      const isSame =
        lines.length === 0 &&
        parts.count === count &&
        parts.bytes === bytes &&
        parts.indexes === indexes &&
        parts.sha256 === indexed.digest('hex')
      if (!isSame) throw new BackupError('The backup was changed: parts are missing, or an index is')
    },
  }
}

function pathOf(line: string | undefined): string {
  return line?.slice(66).trimEnd() ?? 'a part'
}
