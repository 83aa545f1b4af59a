/** Copies what the rows of a snapshot name into a backup. What is not there is told and left out. */
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { isErrno } from '../atomic-file.ts'
import type { Config } from '../config.ts'
import { keyOf } from '../data/objects.ts'
import { RepositoryTouched, requireUntouched } from '../git/untouched.ts'
import { PART_BYTES } from './format.ts'
import type { NamedFile, NamedRepository } from './named-things.ts'
import type { PartWriter } from './part-writer.ts'
import { archive } from './programs.ts'

export interface CopyOptions {
  readonly config: Pick<Config, 'home' | 'sandbox'>
  readonly parts: PartWriter
  /** Told what the database names and cannot be copied. */
  readonly problem: (text: string) => void
}

const READ_BYTES = 1024 * 1024
/** Locks and what is half received; a restored repository has none of its own. */
const UNFINISHED = ['*.lock', 'objects/incoming-*', 'objects/tmp_*', 'objects/pack/tmp_*']
/** What git keeps at the top besides, in the order in which it is to be read. */
const KEPT = ['HEAD', 'config', 'description', 'shallow', 'packed-refs', 'refs', 'objects']

/** @returns how many */
export async function copyRepositories(
  { config, parts, problem }: CopyOptions,
  repositories: readonly NamedRepository[],
): Promise<number> {
  let count = 0
  for (const { algorithmId, hostUid } of repositories) {
    const folder = join(config.home, 'git', `${algorithmId}.git`)
    if (!(await isSound(folder, problem))) continue
    const there = await readdir(folder)
    const tree = {
      folder,
      // Refs before objects: what a copied ref names was there before it, whatever is pushed meanwhile.
      names: KEPT.filter((name) => there.includes(name)),
      excluded: UNFINISHED,
      uid: uidOf(config, hostUid),
      mayChange: true,
    }
    await parts.addStream(`git/${algorithmId}.tar`, archive(tree))
    count++
  }
  return count
}

/** Its owner's processes could have written there: then it is not served, and not copied either. */
async function isSound(folder: string, problem: CopyOptions['problem']): Promise<boolean> {
  try {
    await requireUntouched(folder)
    return true
  } catch (error) {
    if (error instanceof RepositoryTouched) problem(error.message)
    else if (isErrno(error, 'ENOENT')) problem(`${folder} is missing`)
    else throw error
    return false
  }
}

/** With its rights it is read, so that a link put there leads nowhere else. */
function uidOf({ sandbox }: CopyOptions['config'], hostUid: number | undefined): number | undefined {
  return sandbox.uidBase === null || hostUid === undefined ? undefined : sandbox.uidBase + hostUid
}

/** @returns how many */
export async function copyArtifacts(
  { config, parts, problem }: CopyOptions,
  artifacts: readonly string[],
): Promise<number> {
  let count = 0
  for (const artifact of artifacts) {
    const folder = join(config.home, 'runner/artifacts', artifact)
    const isThere = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    )
    if (isThere) {
      await parts.addStream(`artifacts/${artifact}.tar`, archive({ folder, names: ['.'] }))
      count++
    } else problem(`${folder} is missing`)
  }
  return count
}

/** @returns how many, and their length in all */
export async function copyFiles(
  { config, parts, problem }: CopyOptions,
  files: readonly NamedFile[],
): Promise<{ count: number; bytes: number }> {
  let [count, bytes] = [0, 0]
  for (const file of files) {
    const path = join(config.home, 'data', keyOf(file.objectId))
    const sum = { crc32: 0, bytes: 0 }
    try {
      await parts.addStream(`data/${keyOf(file.objectId)}`, summed(contentOf(path, file.sizeBytes), sum))
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error
      problem(`${path} is missing`)
      continue
    }
    if (sum.crc32 !== file.crc32 || sum.bytes !== file.sizeBytes) problem(`${path} is damaged`)
    count++
    bytes += sum.bytes
  }
  return { count, bytes }
}

async function* contentOf(path: string, sizeBytes: number): AsyncGenerator<Buffer> {
  if (sizeBytes <= PART_BYTES) {
    yield await readFile(path)
    return
  }
  const file = await open(path)
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES))
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

async function* summed(chunks: AsyncIterable<Buffer>, sum: { crc32: number; bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    sum.crc32 = crc32(chunk, sum.crc32)
    sum.bytes += chunk.length
    yield chunk
  }
}
