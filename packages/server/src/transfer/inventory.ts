/**
 * Reads a bundle from one end to the other, checks all of it that can be checked without keeping anything, and remembers what
 * is in it but for repositories and files.
 */
import type { FileHandle } from 'node:fs/promises'
import {
  BUNDLE_VERSION,
  BundleAccount,
  BundleAlgorithm,
  BundleCollections,
  BundleConnectors,
  BundleKeys,
  BundleManifest,
  BundleSecrets,
} from '@algorist/contract/shapes/owner-bundle.ts'
import { validateMember } from '@algorist/contract/validate.ts'
import { badBundle } from './bad-bundle.ts'
import { type BundleEntry, readBundle } from './bundle-reader.ts'
import { checkAlgorithm, checkAlgorithms, checkCollections } from './consistency.ts'
import * as names from './entry-names.ts'

export interface Inventory {
  readonly account: BundleAccount
  readonly keys: BundleKeys
  readonly connectors: BundleConnectors
  readonly secrets: BundleSecrets
  readonly collections: BundleCollections
  readonly algorithms: readonly BundleAlgorithm[]
  readonly files: FileSums
}

interface FileSums {
  readonly count: number
  readonly bytes: number
  readonly largestBytes: number
}

const DOCUMENTS = {
  [names.ACCOUNT]: BundleAccount,
  [names.KEYS]: BundleKeys,
  [names.CONNECTORS]: BundleConnectors,
  [names.SECRETS]: BundleSecrets,
  [names.COLLECTIONS]: BundleCollections,
} as const

/** All of them are in memory until the end. */
const MAX_DOCUMENTS_BYTES = 512 * 1024 * 1024

/** @throws ApiError InvalidRequest, InputValidationError that says what is wrong */
export async function takeInventory(file: FileHandle): Promise<Inventory> {
  const documents = new Map<string, unknown>()
  const algorithms = new Map<string, BundleAlgorithm>()
  const repositories = new Set<string>()
  const files = createFileCheck()
  let left = MAX_DOCUMENTS_BYTES
  let isFirst = true

  const documentOf = async ({ name, sizeBytes, json }: BundleEntry) => {
    left -= sizeBytes
    if (left < 0) throw badBundle('its documents are larger than this server takes')
    if (documents.has(name)) throw badBundle(`${name} comes twice`)
    const document = await json()
    documents.set(name, document)
    return document
  }

  for await (const entry of readBundle(file)) {
    if (isFirst) checkManifest(entry.name === names.MANIFEST ? await documentOf(entry) : undefined)
    else if (Object.hasOwn(DOCUMENTS, entry.name)) await documentOf(entry)
    else {
      const named = names.parseName(entry.name)
      if (named?.kind === 'file') files.add(named, entry.sizeBytes)
      else if (named?.kind === 'algorithm') {
        const algorithm = validateMember(BundleAlgorithm, await documentOf(entry), entry.name)
        documents.set(entry.name, null)
        checkAlgorithm(algorithm, named.algorithm)
        algorithms.set(named.algorithm, algorithm)
      } else if (named?.kind === 'repository') repositories.add(named.algorithm)
      else if (!named) throw badBundle(`${entry.name} is no part of a bundle`)
    }
    isFirst = false
  }

  const get = <Name extends keyof typeof DOCUMENTS>(name: Name) => {
    if (!documents.has(name)) throw badBundle(`${name} is missing`)
    return validateMember(DOCUMENTS[name], documents.get(name), name)
  }
  const inventory: Inventory = {
    account: get(names.ACCOUNT),
    keys: get(names.KEYS),
    connectors: get(names.CONNECTORS),
    secrets: get(names.SECRETS),
    collections: get(names.COLLECTIONS),
    algorithms: [...algorithms.values()],
    files: files.sums(),
  }
  checkAlgorithms(inventory, repositories)
  checkCollections(inventory, files.folders())
  return inventory
}

function checkManifest(document: unknown): void {
  if (document === undefined) throw badBundle('it does not begin with manifest.json')
  const { version } = validateMember(BundleManifest, document, names.MANIFEST)
  if (version <= BUNDLE_VERSION) return
  throw badBundle(
    `it has format version ${version}, and this server reads versions up to ${BUNDLE_VERSION}; import it into a newer server`,
  )
}

/** Files of a folder come together and in order, so none can come twice. */
function createFileCheck() {
  const folders = new Set<string>()
  let folder: string | undefined
  let last = ''
  let [count, bytes, largestBytes] = [0, 0, 0]
  return {
    add(file: { readonly folder: string; readonly name: string }, sizeBytes: number): void {
      if (file.folder !== folder && folders.has(file.folder)) throw badBundle(`${file.folder} comes twice`)
      const isLater = file.folder !== folder || Buffer.compare(Buffer.from(file.name), Buffer.from(last)) > 0
      if (!isLater) throw badBundle(`the files of ${file.folder} are not in order, or one comes twice`)
      folder = file.folder
      last = file.name
      folders.add(folder)
      count++
      bytes += sizeBytes
      largestBytes = Math.max(largestBytes, sizeBytes)
    },
    sums: (): FileSums => ({ count, bytes, largestBytes }),
    folders: (): ReadonlySet<string> => folders,
  }
}
