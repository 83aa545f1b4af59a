/**
 * Writes a bundle: a tar file whose entries are followed, after every thousand at most, by a list of their SHA-256 sums in
 * the form of `sha256sum`. A list names the list before it too, and the last list comes last, so nothing can be missing or
 * changed without being noticed, and neither writer nor reader keeps more than a thousand names.
 */
import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ApiError } from '@algorist/contract/errors.ts'
import { isErrno, syncFolder } from '../atomic-file.ts'
import { createTarWriter, type TarWriter } from './tar-writer.ts'

export const ENTRIES_PER_LIST = 1000

export interface BundleWriter {
  /** A JSON document. */
  addJson(name: string, value: unknown): Promise<void>
  /** @param sizeBytes of the body, where it is known before */
  add(
    entry: { readonly name: string; readonly sizeBytes?: number; readonly modifiedAt?: Date },
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void>
}

/**
 * Makes a new file that only its owner can read, has `write` fill it, and makes it durable. It has its name only then; when
 * that fails no file stays, and when the process dies one that ends in `.partial`.
 *
 * @throws ApiError InvalidRequest for a file that is there already or cannot be written, and what `write` throws
 */
export async function writeBundle(path: string, write: (bundle: BundleWriter) => Promise<void>): Promise<void> {
  if (await isThere(path)) throw new ApiError('InvalidRequest', `There is a file ${path} already; name another`)
  const partial = `${path}.${randomBytes(6).toString('hex')}.partial`
  const file = await create(path, partial)
  try {
    await fill(createTarWriter(file), write)
    await file.sync()
    await rename(partial, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(partial, { force: true })
    if (!['ENOSPC', 'EDQUOT', 'EFBIG'].some((code) => isErrno(error, code))) throw error
    throw new ApiError('InvalidRequest', `${path} cannot be written: ${(error as Error).message}`)
  } finally {
    await file.close()
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

async function create(path: string, partial: string): Promise<FileHandle> {
  try {
    return await open(partial, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
  } catch (error) {
    throw new ApiError('InvalidRequest', `${path} cannot be written: ${(error as Error).message}`)
  }
}

async function fill(tar: TarWriter, write: (bundle: BundleWriter) => Promise<void>): Promise<void> {
  const startedAt = new Date()
  let sums: string[] = []
  let entries = 0
  let lists = 0

  const add: BundleWriter['add'] = async ({ name, modifiedAt = startedAt, ...rest }, body) => {
    if (sums.length >= ENTRIES_PER_LIST) await addList()
    const hash = createHash('sha256')
    await tar.add({ name, modifiedAt, ...rest }, hashed(body, hash))
    sums.push(sumLine(hash.digest('hex'), name))
    entries++
  }

  async function addList(): Promise<void> {
    const name = listName(++lists)
    const text = Buffer.from(sums.join(''))
    const hash = createHash('sha256').update(text).digest('hex')
    await tar.add({ name, modifiedAt: startedAt, sizeBytes: text.length }, [text])
    sums = [sumLine(hash, name)]
    entries++
  }

  const addJson: BundleWriter['addJson'] = (name, value) =>
    add({ name }, [Buffer.from(`${JSON.stringify(value, null, 1)}\n`)])

  await write({ add, addJson })
  if (sums.length >= ENTRIES_PER_LIST) await addList()
  await addJson('end.json', { entries: entries + 1 })
  await addList()
  await tar.end()
}

async function* hashed(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    hash.update(chunk)
    yield chunk
  }
}

/** @param number from 1 on */
export function listName(number: number): string {
  return `sums/${String(number).padStart(6, '0')}`
}

/** As `sha256sum` writes and checks it: names with a line end or a backslash are escaped, and marked at the front. */
export function sumLine(digest: string, name: string): string {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  return `${escaped === name ? '' : '\\'}${digest}  ${escaped}\n`
}
