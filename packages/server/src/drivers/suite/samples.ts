/** What the cases of the suite share: bytes to write, ways to send them, and assertions. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { type Driver, DriverError, type DriverProblem, type Listing, type ReadOptions } from '../driver.ts'

/** Where a case works: nothing is in the folder, and it may not be there. */
export interface Ground {
  readonly driver: Driver
  readonly folder: string
}

/** By what they show, as a sentence. */
export type Cases = Readonly<Record<string, (ground: Ground) => Promise<void>>>

export const MIB = 2 ** 20

/** Bytes that no driver can guess, so that a mix of two shows. */
export function sample(sizeBytes: number): Buffer {
  return randomBytes(sizeBytes)
}

/** A body in chunks of uneven lengths, as they come from a network. */
export async function* inChunks(content: Uint8Array, chunkBytes = 65_521): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += chunkBytes) yield content.subarray(start, start + chunkBytes)
}

/** A body that sends this and then fails. */
export async function* failingAfter(content: Uint8Array, error: Error): AsyncGenerator<Uint8Array> {
  yield* inChunks(content)
  throw error
}

/** A body that sends this, calls back, and then sends nothing more and never ends. */
export async function* hangingAfter(content: Uint8Array, hangs: () => void): AsyncGenerator<Uint8Array> {
  yield* inChunks(content)
  hangs()
  await new Promise(() => undefined)
}

export async function write(driver: Driver, path: string, content: Uint8Array | string): Promise<void> {
  const bytes = Buffer.from(content)
  await driver.write(path, inChunks(bytes), { sizeBytes: bytes.length })
}

export async function read(driver: Driver, path: string, options?: ReadOptions): Promise<Buffer> {
  return buffer(await driver.read(path, options))
}

/** Without the megabytes of difference that assert would print. */
export function assertSameBytes(actual: Buffer, expected: Buffer): void {
  assert.equal(actual.length, expected.length)
  assert.ok(actual.equals(expected), 'other bytes than expected, though as many')
}

export async function assertRejects(promise: Promise<unknown>, problem: DriverProblem): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof DriverError, `not a DriverError: ${String(error)}`)
    assert.equal(error.problem, problem, error.message)
    assert.ok(error.message.length > 10, 'the message helps nobody')
    return true
  })
}

/** Neither a stat nor a read finds anything. */
export async function assertNothingAt(driver: Driver, path: string): Promise<void> {
  assert.equal(await driver.stat(path), undefined)
  await assertRejects(read(driver, path), 'not-found')
}

/** All pages, one after the other. */
export async function listPages(driver: Driver, folder: string, limit: number): Promise<Listing[]> {
  const pages: Listing[] = []
  let marker: string | undefined
  do {
    const page = await driver.list(folder, { marker, limit })
    pages.push(page)
    marker = page.marker
    assert.ok(pages.length <= 1000, 'the listing does not end')
  } while (marker !== undefined)
  return pages
}

/** Names of one page, folders with a slash. */
export function namesOf({ folders, files }: Listing): string[] {
  return [...folders.map((name) => `${name}/`), ...files.map(({ name }) => name)]
}

/** Names of the files in a folder that fits one page. */
export async function fileNames(driver: Driver, folder: string): Promise<string[]> {
  const { files } = await driver.list(folder, { limit: 1000 })
  return files.map(({ name }) => name)
}

export function sortedAsUtf8(names: readonly string[]): string[] {
  return names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}
