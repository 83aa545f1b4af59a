/** What the entries of a bundle are called, and what a name says. Names are told from each other here and nowhere else. */

export const MANIFEST = 'manifest.json'
export const ACCOUNT = 'account.json'
export const KEYS = 'keys.json'
export const CONNECTORS = 'connectors.json'
export const SECRETS = 'secrets.json'
export const COLLECTIONS = 'collections.json'

export const algorithm = (name: string): string => `algorithms/${name}.json`
export const repository = (name: string): string => `algorithms/${name}.bundle`
export const buildLog = (name: string, number: number): string => `algorithms/${name}/build-${number}.log`

/** Of a collection; `algorithm` for those that an algorithm of the owner keeps things in for it. */
export interface CollectionName {
  readonly name: string
  readonly algorithm: string | undefined
}

/** What the names of its files begin with. */
export function folderOf({ name, algorithm: of }: CollectionName): string {
  return of === undefined ? `data/${name}/` : `algorithm-data/${of}/${name}/`
}

export type Named =
  | { readonly kind: 'algorithm' | 'repository' | 'log'; readonly algorithm: string }
  | { readonly kind: 'file'; readonly folder: string; readonly name: string }

const FILE = /^(data\/[A-Za-z]\w*\/|algorithm-data\/[A-Za-z]\w*\/(?:temp|perm)\/)([^/]+)$/s
const ALGORITHM = /^algorithms\/([A-Za-z]\w*)(\.json|\.bundle|\/build-\d{1,10}\.log)$/
const MAX_FILE_NAME_BYTES = 255

/** Undefined for what is no entry of a bundle. */
export function parseName(entry: string): Named | undefined {
  const [, of, end] = ALGORITHM.exec(entry) ?? []
  if (of !== undefined) {
    return { kind: end === '.json' ? 'algorithm' : end === '.bundle' ? 'repository' : 'log', algorithm: of }
  }
  const [, folder, name = ''] = FILE.exec(entry) ?? []
  const isFile = folder !== undefined && Buffer.byteLength(name) <= MAX_FILE_NAME_BYTES
  return isFile && name !== '.' && name !== '..' ? { kind: 'file', folder, name } : undefined
}
