/**
 * Google Cloud Storage with the key of a service account (platform.md 3.2): the first part of a path is the bucket. Folders
 * are what names have in common; one that is empty is an object of no bytes whose name ends with a slash. Buckets are made
 * and deleted elsewhere (rest-api.md 5.3).
 *
 * It speaks the JSON API itself; why not Google's package is in docs/decisions/0055-azure-and-google.md.
 */
import { Readable } from 'node:stream'
import { abortableStream } from './abortable-stream.ts'
import { inBlocks } from './blocks.ts'
import { checkedBody } from './checked-body.ts'
import { type Driver, DriverError, type FileStat, type ReadOptions, type Stat } from './driver.ts'
import { listFoldersFirst, type StoragePage } from './folders-first.ts'
import { createGoogleApi, OBJECT_FIELDS, type ObjectsPage, parseObject, parseObjectsPage } from './google-api.ts'
import { isBucket, isBucketName, objectAt, parseFolder, parseNewName } from './google-names.ts'
import { createGoogleTokens, type ServiceAccount } from './google-token.ts'
import { upload } from './google-upload.ts'
import { asConnectionError, translatingErrors } from './provider-errors.ts'
import { type RetryOptions, retryingFetch } from './retrying-fetch.ts'

export interface GoogleStorageOptions extends ServiceAccount {
  /** Google's own unless given. */
  readonly apiEndpoint?: string | undefined
  readonly tokenUri?: string | undefined
  /** Through which every request goes; it limits how long a connection takes and how long it may be silent. */
  readonly fetch: typeof globalThis.fetch
  readonly retry?: RetryOptions | undefined
  /** Most names asked for at once, 1,000 at most; only tests want fewer. */
  readonly pageSize?: number
}

const SERVICE = 'Google Cloud Storage'
/** A multiple of 256 KiB, as resumable uploads want it. */
const BLOCK_BYTES = 8 * 2 ** 20

/**
 * Makes a driver for all buckets of a service account; asks Google nothing yet.
 *
 * @throws DriverError denied for a private key or an endpoint that is none
 */
export async function createGoogleStorageDriver(options: GoogleStorageOptions): Promise<Driver> {
  const { email, apiEndpoint: endpoint = 'https://storage.googleapis.com', pageSize = 1000 } = options
  const fetch = retryingFetch(options.fetch, options.retry)
  const api = createGoogleApi({ endpoint, tokens: createGoogleTokens({ ...options, fetch }), fetch })

  async function stat(path: string, signal?: AbortSignal): Promise<Stat | undefined> {
    signal?.throwIfAborted()
    if (path === '') return { kind: 'folder' }
    const file = await statFile(path, signal)
    if (file) return { kind: 'file', ...file }
    return (await isFolder(path, signal)) ? { kind: 'folder' } : undefined
  }

  async function statFile(path: string, signal: AbortSignal | undefined): Promise<FileStat | undefined> {
    const object = objectAt(path)
    if (!object) return undefined
    const response = await api.send(object, { query: { fields: OBJECT_FIELDS }, accepts: [404], signal })
    if (response.status === 404) return discard(response)
    const { sizeBytes, modifiedAt, etag } = parseObject(await response.json())
    return { sizeBytes, modifiedAt, etag }
  }

  async function isFolder(path: string, signal: AbortSignal | undefined): Promise<boolean> {
    const names = await namesBelow(path, 1, signal)
    return names !== undefined && (names.length > 0 || isBucket(path))
  }

  /** Whole names of the first objects in a folder, its placeholder among them; undefined where there is no such bucket. */
  async function namesBelow(
    folder: string,
    limit: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly string[] | undefined> {
    const names: string[] = []
    let token: string | undefined
    // A page may be empty though it is not the last.
    do {
      const page = await fetchObjects(folder, { maxResults: String(limit), ...pageToken(token) }, signal)
      if (!page) return undefined
      names.push(...page.objects.map(({ name }) => name))
      token = page.next
    } while (token !== undefined && names.length < limit)
    return names
  }

  async function fetchObjects(
    folder: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<ObjectsPage | undefined> {
    const { bucket, prefix } = parseFolder(folder)
    if (!isBucketName(bucket)) return undefined
    const fields = `items(${OBJECT_FIELDS}),prefixes,nextPageToken`
    const response = await api.send(`/storage/v1/b/${bucket}/o`, {
      query: { ...query, prefix, fields },
      accepts: [404],
      signal,
    })
    return response.status === 404 ? discard(response) : parseObjectsPage(await response.json())
  }

  async function fetchPage(folder: string, token: string | undefined, signal?: AbortSignal): Promise<StoragePage> {
    const query = { delimiter: '/', maxResults: String(pageSize), ...pageToken(token) }
    const page = await fetchObjects(folder, query, signal)
    if (!page) throw noFolder()
    const { prefix } = parseFolder(folder)
    const { objects, prefixes, next } = page
    return {
      folders: prefixes.map((name) => name.slice(prefix.length, -1)).filter((name) => name !== ''),
      files: objects
        .filter(({ name }) => name !== prefix)
        .map((object) => ({ ...object, name: object.name.slice(prefix.length) })),
      next,
    }
  }

  /** Buckets belong to projects, and the project of an account is in its address. */
  async function fetchBuckets(token: string | undefined, signal?: AbortSignal): Promise<StoragePage> {
    const [, project] = email.match(/@([^@]+)\.iam\.gserviceaccount\.com$/) ?? []
    if (project === undefined) {
      throw new DriverError(
        'denied',
        'The e-mail address of the service account names no project; name a bucket instead',
      )
    }
    const query = { project, maxResults: String(pageSize), fields: 'items(name),nextPageToken', ...pageToken(token) }
    const response = await api.send('/storage/v1/b', { query, signal })
    const { items = [], nextPageToken } = Object(await response.json())
    const folders = [...items].map((item) => String(Object(item).name))
    return { folders, files: [], next: nextPageToken ? String(nextPageToken) : undefined }
  }

  async function read(path: string, { range, signal }: ReadOptions = {}): Promise<Readable> {
    signal?.throwIfAborted()
    const object = objectAt(path)
    if (!object) throw new DriverError('not-found', 'A bucket is no file; name a file in it')
    const headers = range && { Range: `bytes=${range.first}-${range.last}` }
    const response = await api.send(object, { query: { alt: 'media' }, ...(headers && { headers }), signal })
    await refuseUnpacked(response)
    const source = response.body ? Readable.fromWeb(response.body) : Readable.from([])
    const chunks = translatingErrors(source, (error) => signal?.reason ?? asConnectionError(error, SERVICE))
    return abortableStream(Readable.from(chunks, { objectMode: false }), signal)
  }

  return {
    stat,
    read,

    async write(path, body, writeOptions = {}) {
      writeOptions.signal?.throwIfAborted()
      const { bucket, name } = parseNewName(path)
      const blocks = inBlocks(checkedBody(body, writeOptions), BLOCK_BYTES)
      return upload(api, { bucket, name, blocks, signal: writeOptions.signal })
    },

    async delete(path, signal) {
      signal?.throwIfAborted()
      const object = objectAt(path)
      return object !== undefined && deleteObject(object, signal)
    },

    async list(folder, { marker, limit, signal }) {
      const fetchNext = (token: string | undefined) =>
        folder === '' ? fetchBuckets(token, signal) : fetchPage(folder, token, signal)
      const listing = await listFoldersFirst(folder, { marker, limit }, fetchNext)
      const isEmpty = listing.folders.length === 0 && listing.files.length === 0
      if (isEmpty && folder !== '' && !(await isFolder(folder, signal))) throw noFolder()
      return listing
    },

    async createFolder(path, signal) {
      signal?.throwIfAborted()
      if (path === '' || (await isFolder(path, signal))) return
      if (isBucket(path)) throw new DriverError('invalid-path', 'Buckets are not created here; create it with Google')
      const { bucket, name } = parseNewName(`${path}/`)
      await upload(api, { bucket, name, blocks: inBlocks(Readable.from([]), BLOCK_BYTES), signal })
    },

    async deleteFolder(path, signal) {
      signal?.throwIfAborted()
      const names = await namesBelow(path, 2, signal)
      if (names === undefined) return false
      const { prefix } = parseFolder(path)
      if (names.some((name) => name !== prefix)) {
        throw new DriverError('not-empty', 'The folder is not empty; delete what is in it first')
      }
      if (isBucket(path)) throw new DriverError('invalid-path', 'Buckets are not deleted here; delete it with Google')
      const placeholder = objectAt(`${path}/`)
      return names.length > 0 && placeholder !== undefined && deleteObject(placeholder, signal)
    },

    close: async () => {},
  }

  async function deleteObject(object: string, signal: AbortSignal | undefined): Promise<boolean> {
    const response = await api.send(object, { method: 'DELETE', accepts: [404], signal })
    await discard(response)
    return response.status !== 404
  }
}

async function discard(response: Response): Promise<undefined> {
  await response.body?.cancel()
}

/** Google unpacks what was stored packed, unless asked otherwise, and then its size is another one. */
async function refuseUnpacked(response: Response): Promise<void> {
  const { headers } = response
  if (headers.get('x-goog-stored-content-encoding') !== 'gzip' || headers.has('content-encoding')) return
  await discard(response)
  const advice = 'upload it again without Content-Encoding: gzip'
  throw new DriverError(
    'unavailable',
    `${SERVICE} hands this file out unpacked, in another size than it says; ${advice}`,
  )
}

function pageToken(token: string | undefined): { pageToken?: string } {
  return token === undefined ? {} : { pageToken: token }
}

function noFolder(): DriverError {
  return new DriverError('not-found', 'There is no bucket or folder of this name')
}
