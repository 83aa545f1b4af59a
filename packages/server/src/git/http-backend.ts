/**
 * Git over HTTP for `/git/OWNER/NAME.git`: git's own smart backend behind our authentication (rest-api.md X22,
 * runtime.md 1.4). It streams both ways, bounds size, time and number, and gives every push a line to the server.
 * Who may do what, and what a push causes, is decided by the functions it is given.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex, Readable, Writable } from 'node:stream'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Logger } from 'pino'
import type { Caller } from '../caller.ts'
import { forwardCgiReply } from './cgi.ts'
import { type GitRequest, parseBasic, parseGitTarget } from './git-target.ts'
import { endGroup, gitCommand, gitEnvironment, spawnOptions } from './process.ts'
import { listenToPush, type PushConversation } from './push-line.ts'
import type { Repositories, RepositoryRef } from './repositories.ts'
import { requireUntouched } from './untouched.ts'

/** Finds the repository and decides; throws ApiError (404 for what the caller may not know of). */
export type AuthorizeGit = (
  caller: Caller,
  request: { readonly owner: string; readonly name: string; readonly action: 'read' | 'write' },
) => RepositoryRef

export interface GitHostOptions {
  readonly repositories: Repositories
  readonly log: Logger
  /** Account of a Basic user and password; throws NotAuthenticated. */
  /** @param address of the client */
  readonly authenticateBasic: (user: string, password: string, address: string) => Promise<Caller>
  readonly authorize: AuthorizeGit
  /** Called once per push, after its refs are updated and before the pusher's command returns. */
  readonly onPush: (push: PushConversation & { repository: RepositoryRef; caller: Caller }) => Promise<void>
  /** Called when a push ended without having been able to tell what it updated. */
  readonly onLostPush: (repository: RepositoryRef) => Promise<void>
  readonly limits?: Partial<GitLimits>
}

export interface GitLimits {
  /** Largest pack or request that is taken in. */
  readonly maxInputBytes: number
  /** Longest a clone or push may take. */
  readonly timeoutMs: number
  /** Git processes at a time; more are told to come back. */
  readonly maxConcurrent: number
}

const defaultLimits: GitLimits = { maxInputBytes: 1024 * 1024 * 1024, timeoutMs: 30 * 60_000, maxConcurrent: 32 }

export interface GitHost {
  /** Serves one request; `rawPath` is the request target as sent, beginning with `/git/`. */
  handle(request: IncomingMessage, response: ServerResponse, rawPath: string): Promise<void>
  /** True while a push to this repository is going on. */
  isPushing(repositoryId: string): boolean
  /** Ends what is running. */
  close(): void
}

/** Makes the git host. It answers its own errors as plain text, which git shows to its user. */
export function createGitHost(options: GitHostOptions): GitHost {
  const { log } = options
  const limits = { ...defaultLimits, ...options.limits }
  const running = new Set<ChildProcess>()
  /** How many pushes to a repository are going on. */
  const pushes = new Map<string, number>()

  return {
    isPushing: (repositoryId) => pushes.has(repositoryId),
    async handle(request, response, rawPath) {
      try {
        await serveGit(request, response, rawPath)
      } catch (error) {
        refuse(request, response, error, log)
      }
    },
    close() {
      for (const child of running) endGroup(child.pid)
    },
  }

  async function serveGit(request: IncomingMessage, response: ServerResponse, rawPath: string): Promise<void> {
    const credentials = parseBasic(request.headers.authorization)
    if (!credentials) throw new ApiError('NotAuthenticated', 'Give an account name and its password or an API key')
    const caller = await options.authenticateBasic(
      credentials.user,
      credentials.password,
      request.socket.remoteAddress ?? '',
    )
    if (caller.kind === 'admin') {
      throw new ApiError('NotAuthorized', 'Admin keys are not accepted for git; use a standard API key or the password')
    }
    const wanted = parseGitTarget(request.method ?? '', rawPath)
    if (!wanted) throw new ApiError('PathNotFound', 'There is no repository at this address')
    const repository = options.authorize(caller, wanted)
    // The client may have left while its password was checked; then nothing would ever end the process.
    if (response.destroyed) return
    if (running.size >= limits.maxConcurrent) {
      throw new ApiError('ServiceUnavailable', 'Too many clones and pushes are running; try again in a few seconds', {
        headers: { 'Retry-After': '5' },
      })
    }
    if (wanted.action === 'read') return runBackend(request, response, { wanted, repository, caller })
    pushes.set(repository.id, (pushes.get(repository.id) ?? 0) + 1)
    try {
      await runBackend(request, response, { wanted, repository, caller })
    } finally {
      const left = (pushes.get(repository.id) ?? 1) - 1
      if (left > 0) pushes.set(repository.id, left)
      else pushes.delete(repository.id)
    }
  }

  interface Work {
    readonly wanted: GitRequest
    readonly repository: RepositoryRef
    readonly caller: Caller
  }

  async function runBackend(request: IncomingMessage, response: ServerResponse, work: Work): Promise<void> {
    const isPush = work.wanted.action === 'write' && work.wanted.path === '/git-receive-pack'
    await requireUntouched(options.repositories.pathOf(work.repository))
    if (response.destroyed) return
    const child = startBackend(request, work)
    running.add(child)
    const timer = setTimeout(() => endGroup(child.pid), limits.timeoutMs)
    // A pusher who leaves half way is done with; one who sent everything may go, the push and its build stand.
    const gone = new AbortController()
    response.once('close', () => {
      gone.abort()
      if (!response.writableFinished && !(isPush && request.complete)) endGroup(child.pid)
    })
    try {
      const ended = endOf(child)
      const line = child.stdio[3] as Duplex
      const conversation = isPush ? talk(line, gone.signal, work) : line.destroy()
      feed(request, child.stdin as Writable, limits.maxInputBytes)
      ;(child.stderr as Readable).on('data', (text: Buffer) => log.warn({ git: text.toString().slice(0, 2000) }, 'git'))
      await forwardCgiReply(child.stdout as Readable, response)
      await Promise.all([ended, conversation])
    } finally {
      clearTimeout(timer)
      running.delete(child)
    }
  }

  /** Hears what was updated; when the hook could not say it, the repository is looked at instead. */
  async function talk(line: Duplex, gone: AbortSignal, { repository, caller }: Work): Promise<void> {
    const answer = async (push: PushConversation) => {
      await options.repositories.settle(repository)
      await options.onPush({ ...push, repository, caller })
    }
    const heard = await listenToPush(line, gone, answer).catch((error: unknown) => {
      log.error({ err: error, algorithmId: repository.id }, 'a push could not be recorded')
      return false
    })
    if (heard) return
    await options.repositories.settle(repository)
    await options.onLostPush(repository)
  }

  function startBackend(request: IncomingMessage, { wanted, repository, caller }: Work): ChildProcess {
    const { repositories } = options
    const header = (name: string) => String(request.headers[name] ?? '')
    const settings = {
      'core.hooksPath': repositories.hooksFolder,
      'receive.maxInputSize': String(limits.maxInputBytes),
    }
    return spawn(...gitCommand(repositories.uidOf(repository), ['http-backend']), {
      ...spawnOptions,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: {
        ...gitEnvironment(settings),
        GIT_PROJECT_ROOT: repositories.folder,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: `/${repository.id}.git${wanted.path}`,
        QUERY_STRING: wanted.query,
        REQUEST_METHOD: request.method ?? 'GET',
        REMOTE_USER: caller.kind === 'anonymous' ? 'nobody' : caller.account.name,
        REMOTE_ADDR: request.socket.remoteAddress ?? '',
        CONTENT_TYPE: header('content-type'),
        // No CONTENT_LENGTH, so that the backend reads to the end: given one, it waits for the rest for ever, at full
        // speed, when its input ends before that, as it does when this server is killed.
        HTTP_CONTENT_ENCODING: /^(x-)?gzip$/.test(header('content-encoding')) ? 'gzip' : '',
        ...(/^[a-z0-9=:]{1,64}$/.test(header('git-protocol')) ? { HTTP_GIT_PROTOCOL: header('git-protocol') } : {}),
      },
    })
  }
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
}

/** More than one chunk and what stands before the pack in a push: less, and git would see a pack cut short. */
const EXCESS_BYTES = 1024 * 1024

/** Git gets a little more than it may take, so that it is git that refuses, in words that the pusher sees. */
function feed(request: IncomingMessage, input: Writable, maxBytes: number): void {
  let sizeBytes = 0
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length
    if (sizeBytes <= maxBytes + EXCESS_BYTES) return
    request.unpipe(input)
    input.end()
    request.resume()
  })
  // Git may answer without reading everything; what it says then is the reply.
  input.on('error', () => request.resume())
  request.on('error', () => input.destroy())
  request.pipe(input)
}

function refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown, log: Logger): void {
  if (!(thrown instanceof ApiError)) log.error({ err: thrown }, 'git request failed')
  const error = thrown instanceof ApiError ? thrown : new ApiError('InternalServerError')
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = Buffer.from(`${error.message}\n`)
  response.writeHead(error.status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.length,
    ...(error.status === 401 ? { 'WWW-Authenticate': 'Basic realm="Algorist", charset="UTF-8"' } : {}),
    ...error.headers,
    ...(request.complete ? {} : { Connection: 'close' }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
  request.resume()
}
