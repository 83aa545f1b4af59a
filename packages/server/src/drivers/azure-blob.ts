/**
 * Azure Blob Storage behind a SAS token for one container (platform.md 3.2): a path is the name of a blob. Folders are what
 * names have in common; one that is empty is a blob of no bytes whose name ends with a slash.
 *
 * The SDK is loaded when a driver is made. It gets the token and a `fetch`, and asks neither environment nor metadata servers.
 */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { BlockBlobClient, ContainerListBlobHierarchySegmentResponse } from '@azure/storage-blob'
import { abortableStream } from './abortable-stream.ts'
import { asAzureError, azureAnswer } from './azure-errors.ts'
import { createAzureHttpClient } from './azure-http-client.ts'
import { checkNewName, invalidName, prefixOf } from './azure-names.ts'
import { type Block, inBlocks } from './blocks.ts'
import { checkedBody } from './checked-body.ts'
import { type Driver, DriverError, type FileEntry, type FileStat, type ReadOptions, type Stat } from './driver.ts'
import { listFoldersFirst, type StoragePage } from './folders-first.ts'
import { translatingErrors } from './provider-errors.ts'
import { type RetryOptions, retryingFetch } from './retrying-fetch.ts'

export interface AzureBlobOptions {
  /** Of the blob service, such as `https://ACCOUNT.blob.core.windows.net`. */
  readonly storageUri: string
  /** As the portal shows it, with or without the question mark. */
  readonly sasToken: string
  readonly containerName: string
  /** Through which every request goes; it limits how long a connection takes and how long it may be silent. */
  readonly fetch: typeof globalThis.fetch
  readonly retry?: RetryOptions | undefined
  /** Most names asked for at once, 5,000 at most; only tests want fewer. */
  readonly pageSize?: number
}

/** Azure takes 50,000 blocks for one blob: 390 GiB. */
const BLOCK_BYTES = 8 * 2 ** 20
const MAX_BLOCKS = 50_000

/**
 * Makes a driver for one container; asks the container nothing yet.
 *
 * @throws DriverError denied for a storage URI that is none
 */
export async function createAzureBlobDriver(options: AzureBlobOptions): Promise<Driver> {
  const { containerName, sasToken, pageSize = 5000 } = options
  const { ContainerClient, AnonymousCredential, newPipeline } = await import('@azure/storage-blob')
  const httpClient = createAzureHttpClient(retryingFetch(options.fetch, options.retry))
  const pipeline = newPipeline(new AnonymousCredential(), { httpClient, retryOptions: { maxTries: 1 } })
  const container = new ContainerClient(containerUrl(options), pipeline)
  const place = { container: containerName, expiresAt: expiryOf(sasToken) }

  /** @throws DriverError invalid-path for dots, with which a path would leave the container */
  function blobAt(path: string): BlockBlobClient {
    if (path.split('/').some((segment) => segment === '.' || segment === '..')) throw invalidName()
    return container.getBlockBlobClient(path)
  }

  /** Runs one request, its errors made ours. */
  async function ask<Answer>(signal: AbortSignal | undefined, request: () => Promise<Answer>): Promise<Answer> {
    signal?.throwIfAborted()
    try {
      return await request()
    } catch (error) {
      signal?.throwIfAborted()
      throw asAzureError(error, place)
    }
  }

  /** Like `ask`; undefined where there is no such blob. */
  function look<Answer>(signal: AbortSignal | undefined, request: () => Promise<Answer>): Promise<Answer | undefined> {
    return ask(signal, () => request().catch(undefinedIfNoBlob))
  }

  async function stat(path: string, signal?: AbortSignal): Promise<Stat | undefined> {
    if (path === '') return { kind: 'folder' }
    const found = await look(signal, () => blobAt(path).getProperties(abortable(signal)))
    // What says that it is a folder was made by tools for file systems on top of blobs.
    const isFolder = found ? found.metadata?.hdi_isfolder === 'true' : (await namesBelow(path, 1, signal)).length > 0
    if (isFolder) return { kind: 'folder' }
    return found && { kind: 'file', ...fileStat({ ...found, sizeBytes: found.contentLength ?? 0 }) }
  }

  /** Whole names of the first blobs in a folder, its placeholder among them. */
  async function namesBelow(folder: string, limit: number, signal: AbortSignal | undefined): Promise<string[]> {
    const pages = container.listBlobsFlat({ prefix: prefixOf(folder), ...abortable(signal) })
    return ask(signal, async () => {
      const names: string[] = []
      // A page may be empty though it is not the last.
      for await (const { segment } of pages.byPage({ maxPageSize: limit })) {
        names.push(...segment.blobItems.map(({ name }) => name))
        if (names.length >= limit) break
      }
      return names
    })
  }

  async function fetchPage(folder: string, token: string | undefined, signal?: AbortSignal): Promise<StoragePage> {
    const prefix = prefixOf(folder)
    const pages = container
      .listBlobsByHierarchy('/', { prefix, ...abortable(signal) })
      .byPage({ maxPageSize: pageSize, ...(token !== undefined && { continuationToken: token }) })
    const page: ContainerListBlobHierarchySegmentResponse = (await ask(signal, () => pages.next())).value
    const { blobPrefixes = [], blobItems } = page.segment
    const named = (name: string): string => name.slice(prefix.length)
    return {
      folders: blobPrefixes.map(({ name }) => named(name).slice(0, -1)).filter((name) => name !== ''),
      files: blobItems
        .filter(({ name }) => name !== prefix)
        .map((item) => fileEntry(named(item.name), item.properties)),
      next: page.continuationToken || undefined,
    }
  }

  async function read(path: string, { range, signal }: ReadOptions = {}): Promise<Readable> {
    if (path === '') throw notAFile()
    const { first, lengthBytes } = range
      ? { first: range.first, lengthBytes: range.last - range.first + 1 }
      : { first: 0, lengthBytes: undefined }
    const { readableStreamBody } = await ask(signal, () =>
      blobAt(path).download(first, lengthBytes, { ...abortable(signal), maxRetryRequests: 2 }),
    )
    const source = Readable.from(readableStreamBody ?? [])
    const chunks = translatingErrors(source, (error) => signal?.reason ?? asAzureError(error, place))
    return abortableStream(Readable.from(chunks, { objectMode: false }), signal)
  }

  /** What fits one block is put at once. */
  async function put(path: string, blocks: AsyncIterable<Block>, signal?: AbortSignal): Promise<FileStat> {
    const blob = blobAt(path)
    const write = randomUUID()
    const ids: string[] = []
    let sizeBytes = 0
    for await (const { bytes, isLast } of blocks) {
      sizeBytes += bytes.byteLength
      if (isLast && ids.length === 0) {
        const written = await ask(signal, () => blob.upload(bytes, bytes.byteLength, abortable(signal)))
        return fileStat({ ...written, sizeBytes })
      }
      if (ids.length === MAX_BLOCKS) throw new DriverError('wrong-size', 'Azure takes no file of this size this way')
      const id = Buffer.from(`${write}-${String(ids.length).padStart(5, '0')}`).toString('base64')
      await ask(signal, () => blob.stageBlock(id, bytes, bytes.byteLength, abortable(signal)))
      ids.push(id)
    }
    const written = await ask(signal, () => blob.commitBlockList(ids, abortable(signal)))
    return fileStat({ ...written, sizeBytes })
  }

  return {
    stat,
    read,

    /** Blocks of a write that failed are seen by nobody, and Azure forgets them after a week. */
    async write(path, body, writeOptions = {}) {
      checkNewName(path)
      writeOptions.signal?.throwIfAborted()
      return put(path, inBlocks(checkedBody(body, writeOptions), BLOCK_BYTES), writeOptions.signal)
    },

    async delete(path, signal) {
      if (path === '') return false
      return (await look(signal, () => blobAt(path).delete(abortable(signal)))) !== undefined
    },

    async list(folder, { marker, limit, signal }) {
      const listing = await listFoldersFirst(folder, { marker, limit }, (token) => fetchPage(folder, token, signal))
      const isEmpty = listing.folders.length === 0 && listing.files.length === 0
      if (isEmpty && folder !== '' && (await namesBelow(folder, 1, signal)).length === 0) {
        throw new DriverError('not-found', `There is no folder of this name in the container ${containerName}`)
      }
      return listing
    },

    async createFolder(path, signal) {
      if (path === '') return
      checkNewName(path)
      if ((await namesBelow(path, 1, signal)).length > 0) return
      await ask(signal, () => blobAt(prefixOf(path)).upload('', 0, abortable(signal)))
    },

    async deleteFolder(path, signal) {
      const names = await namesBelow(path, 2, signal)
      if (names.some((name) => name !== prefixOf(path))) {
        throw new DriverError('not-empty', 'The folder is not empty; delete what is in it first')
      }
      if (names.length === 0) return false
      const placeholder = blobAt(prefixOf(path))
      return (await look(signal, () => placeholder.delete(abortable(signal)))) !== undefined
    },

    close: async () => {},
  }
}

/** @throws DriverError denied */
function containerUrl({ storageUri, containerName, sasToken }: AzureBlobOptions): string {
  const url = URL.parse(storageUri)
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    const message =
      'The storage URI of the connector is none; expected one such as https://ACCOUNT.blob.core.windows.net'
    throw new DriverError('denied', message)
  }
  const path = `${url.pathname.replace(/\/+$/, '')}/${encodeURIComponent(containerName)}`
  return `${url.origin}${path}?${sasToken.replace(/^\?/, '')}`
}

function expiryOf(sasToken: string): Date | undefined {
  const expiry = new Date(new URLSearchParams(sasToken).get('se') ?? '')
  return Number.isNaN(expiry.getTime()) ? undefined : expiry
}

/** As the SDK's options want it, which take no undefined. */
function abortable(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {}
}

/** A missing container is not a missing file. @throws whatever else it is */
function undefinedIfNoBlob(error: unknown): undefined {
  const { status, code } = azureAnswer(error) ?? {}
  // HEAD has no body, and its code is not on every answer.
  if (status === 404 && (code === 'BlobNotFound' || code === '')) return undefined
  throw error
}

function notAFile(): DriverError {
  return new DriverError('not-found', 'The container itself is no file; name a file in it')
}

interface Written {
  readonly etag?: string | undefined
  readonly lastModified?: Date | undefined
  readonly sizeBytes: number
}

function fileStat({ etag, lastModified, sizeBytes }: Written): FileStat {
  return { sizeBytes, modifiedAt: lastModified ?? new Date(0), etag: (etag ?? '').replaceAll('"', '') }
}

function fileEntry(
  name: string,
  { etag, lastModified, contentLength }: { etag: string; lastModified: Date; contentLength?: number },
): FileEntry {
  return { name, ...fileStat({ etag, lastModified, sizeBytes: contentLength ?? 0 }) }
}
