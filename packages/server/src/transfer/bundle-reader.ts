/**
 * Reads a bundle and believes nothing of it before its sum was seen: whoever reads it to its end knows that it is whole. What
 * was read before that may be wrong, so a reader changes nothing that counts until then.
 */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { ApiError } from '@algorist/contract/errors.ts'
import { BundleEnd } from '@algorist/contract/shapes/owner-bundle.ts'
import { validateMember } from '@algorist/contract/validate.ts'
import { badBundle } from './bad-bundle.ts'
import { ENTRIES_PER_LIST, listName, sumLine } from './bundle-writer.ts'
import { type ReadTarEntry, readTar } from './tar-reader.ts'

export interface BundleEntry extends Pick<ReadTarEntry, 'name' | 'sizeBytes' | 'modifiedAt' | 'body'> {
  /** The whole content as parsed JSON, in which nothing is checked but that databases take its texts. @throws ApiError */
  json(): Promise<unknown>
}

/** Documents are in memory as a whole. */
const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024

/** Opens a bundle for {@link readBundle}. @throws ApiError InvalidRequest when there is no such file */
export async function openBundle(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if ((await file.stat()).isFile()) return file
    await file.close()
  } catch (error) {
    throw new ApiError('InvalidRequest', `${path} cannot be read: ${(error as Error).message}`)
  }
  throw new ApiError('InvalidRequest', `${path} is no file`)
}

/**
 * All entries but the lists of sums, in order. An entry is read by its reader or not at all, and before the next one is
 * asked for.
 *
 * @throws ApiError InvalidRequest
 */
export async function* readBundle(file: FileHandle): AsyncGenerator<BundleEntry, void, undefined> {
  let unlisted: string[] = []
  let entries = 0
  let lists = 0
  let isAtEnd = false
  for await (const { name, sizeBytes, modifiedAt, body } of readTar(file)) {
    entries++
    const hash = createHash('sha256')
    const content = hashed(body, hash)
    if (name === listName(lists + 1)) {
      lists++
      const text = await textOf({ name, sizeBytes, body: content })
      if (text !== unlisted.join('')) throw badBundle('an entry is not what it was when it was written; copy it again')
      unlisted = [sumLine(hash.digest('hex'), name)]
      continue
    }
    if (isAtEnd || unlisted.length >= ENTRIES_PER_LIST) throw badBundle('an entry comes without a sum')
    const entry = entryOf({ name, sizeBytes, modifiedAt, body: content })
    if (name === 'end.json') isAtEnd = validateMember(BundleEnd, await entry.json(), name).entries === entries
    else yield entry
    for await (const _ of content);
    unlisted.push(sumLine(hash.digest('hex'), name))
  }
  if (!isAtEnd || unlisted.length !== 1) throw badBundle('it was cut off')
}

async function* hashed(
  body: AsyncIterable<Buffer>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of body) {
    hash.update(chunk)
    yield chunk
  }
}

function entryOf(entry: Omit<BundleEntry, 'json'>): BundleEntry {
  return { ...entry, json: async () => parse(entry.name, await textOf(entry)) }
}

async function textOf({ name, sizeBytes, body }: Pick<BundleEntry, 'name' | 'sizeBytes' | 'body'>): Promise<string> {
  if (sizeBytes > MAX_DOCUMENT_BYTES) throw badBundle(`${name} is too large`)
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
  } catch {
    throw badBundle(`${name} is not UTF-8`)
  }
}

/** Texts that a database would refuse are none. */
function parse(name: string, text: string): unknown {
  const isText = (value: unknown) => typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'))
  try {
    return JSON.parse(text, (_, value: unknown) => {
      if (!isText(value)) throw new Error('a text is not Unicode, or has a NUL')
      return value
    })
  } catch (error) {
    throw badBundle(`${name} is not JSON: ${(error as Error).message.slice(0, 200)}`)
  }
}
