/** The endpoints of the Dropbox double: what each takes, checked as strictly as Dropbox does, and answers. */
import { randomBytes } from 'node:crypto'
import { type Account, contentHash, EndpointError, type Metadata, type Tagged } from './dropbox-double-files.ts'

export interface State {
  readonly account: Account
  /** Content of upload sessions so far. */
  readonly sessions: Map<string, Buffer[]>
  /** What is left of listings. */
  readonly cursors: Map<string, Metadata[]>
}

interface Call {
  readonly state: State
  readonly argument: object
  readonly content: Buffer
  readonly range: string | undefined
}

interface Reply {
  readonly status?: number
  readonly headers?: { readonly [name: string]: string | number }
  readonly result?: unknown
  readonly content?: Buffer
}

export interface Endpoint {
  /** The argument is the body, and not a header. */
  readonly isRpc: boolean
  /** Content types that it takes. */
  readonly types: readonly (string | undefined)[]
  /** What is wrong with an argument. */
  check(argument: object): string | undefined
  run(call: Call): Reply
}

type Shape = { readonly [member: string]: 'string' | 'number' | 'boolean' | 'object' }

const JSON_TYPES = ['application/json', 'application/json; charset=utf-8']
const UPLOAD_TYPES = ['application/octet-stream', 'text/plain; charset=dropbox-cors-hack']
const DOWNLOAD_TYPES = [undefined, '', 'text/plain', 'text/plain; charset=utf-8', 'application/octet-stream']
const MAX_REQUEST_BYTES = 150 * 2 ** 20
/** Dropbox may give less than asked for, and nothing at all while there is more. */
const PAGE_ENTRIES = 300

const COMMIT: Shape = {
  path: 'string',
  mode: 'object',
  autorename: 'boolean',
  client_modified: 'string',
  mute: 'boolean',
  strict_conflict: 'boolean',
}

const inPath = (error: Tagged): Tagged => ({ '.tag': 'path', path: error })
/** Of `upload`, whose error has more to say. */
const asUploadError = (reason: Tagged): Tagged => ({ '.tag': 'path', reason, upload_session_id: 'none' })

export const ENDPOINTS: { readonly [path: string]: Endpoint } = {
  '/2/files/get_metadata': rpc(['path'], { path: 'string', include_deleted: 'boolean' }, ({ state, argument }) => ({
    result: state.account.metadata(text(argument, 'path'), inPath),
  })),
  '/2/files/list_folder': rpc(
    ['path'],
    {
      path: 'string',
      limit: 'number',
      recursive: 'boolean',
      include_deleted: 'boolean',
      include_non_downloadable_files: 'boolean',
    },
    ({ state, argument }) => {
      const entries = state.account.entries(text(argument, 'path'), inPath)
      return entries.length > PAGE_ENTRIES ? page(state, [], entries) : page(state, entries, [])
    },
  ),
  '/2/files/list_folder/continue': rpc(['cursor'], { cursor: 'string' }, ({ state, argument }) => {
    const left = state.cursors.get(text(argument, 'cursor'))
    if (!left) throw new EndpointError({ '.tag': 'reset' })
    return page(state, left.slice(0, PAGE_ENTRIES), left.slice(PAGE_ENTRIES))
  }),
  '/2/files/create_folder_v2': rpc(['path'], { path: 'string', autorename: 'boolean' }, ({ state, argument }) => {
    const { '.tag': _, ...metadata } = state.account.createFolder(text(argument, 'path'), inPath)
    return { result: { metadata } }
  }),
  '/2/files/delete_v2': rpc(['path'], { path: 'string', parent_rev: 'string' }, ({ state, argument }) => {
    const rev = member(argument, 'parent_rev')
    return { result: { metadata: state.account.remove(text(argument, 'path'), rev as string | undefined) } }
  }),
  '/2/files/upload': upload(['path'], { ...COMMIT, content_hash: 'string' }, ({ state, argument, content }) => {
    const hash = member(argument, 'content_hash')
    if (hash !== undefined && hash !== contentHash(content))
      throw new EndpointError({ '.tag': 'content_hash_mismatch' })
    return { result: state.account.put(text(argument, 'path'), content, asUploadError) }
  }),
  '/2/files/upload_session/start': upload([], { close: 'boolean' }, ({ state, content }) => {
    const id = `session-${randomBytes(12).toString('hex')}`
    state.sessions.set(id, [content])
    return { result: { session_id: id } }
  }),
  '/2/files/upload_session/append_v2': upload(['cursor'], { cursor: 'object', close: 'boolean' }, (call) => {
    session(call, (error) => error).push(call.content)
    return { result: null }
  }),
  '/2/files/upload_session/finish': upload(['cursor', 'commit'], { cursor: 'object', commit: 'object' }, (call) => {
    const commit = member(call.argument, 'commit') as object
    const problem = mismatch(commit, ['path'], COMMIT)
    if (problem) throw new Error(`commit: ${problem}`)
    const parts = session(call, (error) => ({ '.tag': 'lookup_failed', lookup_failed: error }))
    const metadata = call.state.account.put(text(commit, 'path'), Buffer.concat([...parts, call.content]), inPath)
    call.state.sessions.delete(text(member(call.argument, 'cursor') as object, 'session_id'))
    return { result: metadata }
  }),
  '/2/files/download': {
    isRpc: false,
    types: DOWNLOAD_TYPES,
    check: (argument) => mismatch(argument, ['path'], { path: 'string' }),
    run: download,
  },
}

function rpc(required: readonly string[], shape: Shape, run: Endpoint['run']): Endpoint {
  return { isRpc: true, types: JSON_TYPES, check: (argument) => mismatch(argument, required, shape), run }
}

function upload(required: readonly string[], shape: Shape, run: Endpoint['run']): Endpoint {
  const within: Endpoint['run'] = (call) => {
    if (call.content.length > MAX_REQUEST_BYTES) throw new EndpointError({ '.tag': 'payload_too_large' })
    const { result } = run(call)
    // Dropbox answers uploads without the tag that tells files and folders apart.
    const { '.tag': _, ...rest } = (result ?? {}) as Record<string, unknown>
    return { result: result === null ? null : rest }
  }
  return { isRpc: false, types: UPLOAD_TYPES, check: (argument) => mismatch(argument, required, shape), run: within }
}

function mismatch(argument: object, required: readonly string[], shape: Shape): string | undefined {
  const missing = required.find((name) => member(argument, name) === undefined)
  if (missing) return `missing required field '${missing}'`
  for (const [name, value] of Object.entries(argument)) {
    if (!shape[name]) return `unknown field '${name}'`
    if (typeof value !== shape[name]) return `${name}: expected ${shape[name]}`
  }
  const path = member(argument, 'path')
  const isPath = path === undefined || path === '' || /^\/./s.test(String(path))
  return isPath ? undefined : `path: '${path}' did not match pattern '(/(.|[\\r\\n])*)?'`
}

function session({ state, argument }: Call, wrap: (error: Tagged) => Tagged): Buffer[] {
  const cursor = member(argument, 'cursor') as object
  const parts = state.sessions.get(text(cursor, 'session_id'))
  if (!parts) throw new EndpointError(wrap({ '.tag': 'not_found' }))
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0)
  if (member(cursor, 'offset') !== sizeBytes) {
    throw new EndpointError(wrap({ '.tag': 'incorrect_offset', correct_offset: sizeBytes }))
  }
  return parts
}

function page(state: State, entries: Metadata[], left: Metadata[]): Reply {
  const cursor = `cursor-${randomBytes(12).toString('hex')}`
  state.cursors.set(cursor, left)
  return { result: { entries, cursor, has_more: left.length > 0 } }
}

function download({ state, argument, range }: Call): Reply {
  const { metadata, content } = state.account.content(text(argument, 'path'), inPath)
  const { '.tag': _, ...result } = metadata
  const headers = { 'Content-Type': 'application/octet-stream', 'Dropbox-API-Result': escaped(result) }
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
  if (first === undefined) return { headers: { ...headers, 'Content-Length': content.length }, content }
  const part = content.subarray(Number(first), Number(last) + 1)
  const contentRange = `bytes ${first}-${Number(first) + part.length - 1}/${content.length}`
  return {
    status: 206,
    headers: { ...headers, 'Content-Length': part.length, 'Content-Range': contentRange },
    content: part,
  }
}

function escaped(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function member(value: object, name: string): unknown {
  return (value as Record<string, unknown>)[name]
}

function text(value: object, name: string): string {
  return String(member(value, name))
}
