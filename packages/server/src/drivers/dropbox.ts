/**
 * Files of a Dropbox account (platform.md 3.2), paths from its root. Dropbox tells names apart by neither case nor the way
 * accents are composed, and keeps the case of the first that was there: `A/b` finds what was written as `a/B`.
 */
import { type Driver, DriverError, type DriverProblem } from './driver.ts'
import { type Ask, download, upload } from './dropbox-content.ts'
import { connectionError, refusalError } from './dropbox-errors.ts'
import { createDropboxFetch, DROPBOX_URLS, type DropboxFetchOptions } from './dropbox-fetch.ts'
import { type Entry, listingOf, statOf } from './dropbox-listing.ts'

export interface DropboxDriverOptions extends Omit<DropboxFetchOptions, 'urls' | 'timeoutMs'> {
  /** Dropbox's own unless given. */
  readonly urls?: DropboxFetchOptions['urls']
  /** For one request, of which a large upload takes many; for a download until its first byte. 2 minutes unless given. */
  readonly timeoutMs?: number
}

/** Most that Dropbox gives at once. */
const SCAN_ENTRIES = 2000
/** Each of which somebody else must have come between. */
const DELETE_TRIES = 3

export async function createDropboxDriver(options: DropboxDriverOptions): Promise<Driver> {
  const { urls = DROPBOX_URLS, timeoutMs = 120_000 } = options
  const sdk = await import('dropbox')
  const fetch = createDropboxFetch({ ...options, urls, timeoutMs })
  // Without tokens: it would get new ones before every request.
  const dropbox = new sdk.Dropbox({ fetch })

  const ask: Ask = async (signal, send) => {
    try {
      signal?.throwIfAborted()
      return (await send({ ...(signal ? { signal } : {}), timeout: timeoutMs })).result
    } catch (error) {
      signal?.throwIfAborted()
      throw error instanceof sdk.DropboxResponseError ? refusalError(error) : connectionError(error)
    }
  }

  /** Undefined: there is nothing. */
  async function find(path: string, signal?: AbortSignal): Promise<Entry | undefined> {
    const arg = { path: located(path) }
    const entry = await orUndefined(
      ask<Entry>(signal, (limits) => dropbox.filesGetMetadata(arg, limits)),
      'not-found',
    )
    return entry?.['.tag'] === 'deleted' ? undefined : entry
  }

  /** What is in a folder, in no order. */
  async function* scan(folder: string, signal: AbortSignal | undefined): AsyncGenerator<readonly Entry[]> {
    // What cannot be downloaded, such as documents of other services, is no file to us.
    const arg = { path: located(folder), limit: SCAN_ENTRIES, include_non_downloadable_files: false }
    let page = await ask(signal, (limits) => dropbox.filesListFolder(arg, limits))
    for (;;) {
      yield page.entries
      if (!page.has_more) return
      const { cursor } = page
      page = await ask(signal, (limits) => dropbox.filesListFolderContinue({ cursor }, limits))
    }
  }

  async function isEmpty(folder: string, signal: AbortSignal | undefined): Promise<boolean> {
    for await (const entries of scan(folder, signal)) if (entries.length > 0) return false
    return true
  }

  return {
    async stat(path, signal) {
      signal?.throwIfAborted()
      if (path === '') return { kind: 'folder' }
      const entry = await find(path, signal)
      return entry?.['.tag'] === 'file' ? { kind: 'file', ...statOf(entry) } : entry && { kind: 'folder' }
    },
    async read(path, readOptions = {}) {
      if (path === '') throw new DriverError('not-found', 'The root is a folder, not a file')
      return download(fetch, located(path), readOptions, timeoutMs)
    },
    async write(path, body, writeOptions = {}) {
      return statOf(await upload({ dropbox, ask }, located(path), body, writeOptions))
    },
    async delete(path, signal) {
      for (let tries = 1; ; tries++) {
        const entry = path === '' ? undefined : await find(path, signal)
        if (entry?.['.tag'] !== 'file') return false
        // Of this revision alone, since without it Dropbox deletes a folder, and all in it, as readily as a file.
        const arg = { path: located(path), parent_rev: entry.rev }
        const deletion = ask(signal, (limits) => dropbox.filesDeleteV2(arg, limits))
        const isGone = await deletion.then(
          () => true,
          (error: unknown) => rethrowUnlessReplaced(error, tries),
        )
        if (isGone) return true
      }
    },
    async list(folder, listOptions) {
      return listingOf(folder, scan(folder, listOptions.signal), listOptions)
    },
    async createFolder(path, signal) {
      if (path === '') return
      const arg = { path: located(path) }
      const creation = ask(signal, (limits) => dropbox.filesCreateFolderV2(arg, limits))
      await creation.catch(async (error: unknown) => {
        const isThere = isProblem(error, 'invalid-path') && (await find(path, signal))?.['.tag'] === 'folder'
        if (!isThere) throw error
      })
    },
    /** Dropbox cannot delete only what is empty: a file that somebody writes at this very moment goes with the folder. */
    async deleteFolder(path, signal) {
      const entry = path === '' ? undefined : await find(path, signal)
      if (entry?.['.tag'] !== 'folder') return false
      if (!(await isEmpty(path, signal))) throw new DriverError('not-empty', `There is something in '${path}'`)
      const deletion = ask(signal, (limits) => dropbox.filesDeleteV2({ path: located(path) }, limits))
      return (await orUndefined(deletion, 'not-found')) !== undefined
    },
    async close() {},
  }
}

/** As Dropbox writes paths; it knows no `//`. */
function located(path: string): string {
  return path === '' ? '' : `/${path}`
}

function isProblem(error: unknown, problem: DriverProblem): boolean {
  return error instanceof DriverError && error.problem === problem
}

async function orUndefined<T>(work: Promise<T>, problem: DriverProblem): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (isProblem(error, problem)) return undefined
    throw error
  })
}

/** False: look again, since somebody replaced the file or deleted it before us. */
function rethrowUnlessReplaced(error: unknown, tries: number): false {
  const isReplaced = isProblem(error, 'not-found') || isProblem(error, 'invalid-path')
  if (isReplaced && tries < DELETE_TRIES) return false
  throw error
}
