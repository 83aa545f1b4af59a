/**
 * Who is calling: from the `Authorization` header (rest-api.md 1.3), or from the socket for a running algorithm.
 * In memory and synchronous for all but a token that is seen for the first time, so that a call costs no wait here.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import type { CallIdentity } from '@algorist/runner/types.ts'
import type { AccountDirectory } from '../accounts/directory.ts'
import type { Sessions } from '../accounts/sessions.ts'
import { type Caller, FULL_RIGHTS } from '../caller.ts'
import type { KeyRing, RingDigest } from '../keys/key-ring.ts'
import type { TokenLogin, Tokens } from '../tokens/tokens.ts'
import { isReadableOnTheWay } from './arrival.ts'
import type { PlatformConnections } from './platform-connections.ts'
import type { RequestHead } from './request-head.ts'
import { mayCountCookies } from './same-origin.ts'
import type { SessionCookie } from './session-cookie.ts'

/** At once for all but the first request with a token; what is thrown comes the same way as the caller would. */
export type Authenticate = (request: RequestHead) => Caller | Promise<Caller>

export interface AuthenticateOptions {
  readonly keyRing: KeyRing
  readonly directory: AccountDirectory
  readonly connections: PlatformConnections
  /** Public base URL: the origin of this server's own pages. */
  readonly url: string
  /** Browser sessions; null where cookies never count: calls, data and git (design.md 7). */
  readonly browser: { readonly sessions: Pick<Sessions, 'lookup'>; readonly cookie: SessionCookie } | null
  /** Tokens of an identity provider; null where none are accepted. */
  readonly tokens: Tokens | null
}

/** Form of a token; no key has two dots (rest-api.md 1.3). */
const TOKEN = /^[\w=-]+\.[\w=-]+\.[\w+/=-]*$/

const anonymous: Caller = { kind: 'anonymous' }

/**
 * Makes the authenticator. It throws NotAuthenticated for credentials that nobody has, and NotAuthorized for an admin
 * key that arrives over plain HTTP from another machine or from inside an algorithm.
 */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { keyRing, directory, connections, url, browser, tokens } = options
  const digests = new WeakMap<RequestHead, RingDigest>()

  return (request) => {
    const known = request.comesAgain ? digests.get(request) : undefined
    if (known !== undefined) return withKey(request, known)
    const key = credentialsOf(request.headers.authorization)
    if (key === '') return withoutCredentials(request)
    if (tokens && TOKEN.test(key)) return withToken(request, tokens.lookup(key))
    const digest = keyRing.digest(key)
    if (request.comesAgain) digests.set(request, digest)
    return withKey(request, digest)
  }

  /** Looked up for every request, so that a key that is revoked is not good for one more. */
  function withKey(request: RequestHead, digest: RingDigest): Caller {
    const entry = keyRing.find(digest)
    const account = entry && directory.byId(entry.accountId)
    if (!entry || !account) throw new ApiError('NotAuthenticated')
    if (entry.kind !== 'admin') return { kind: 'key', login: 'key', account, keyId: entry.id, rights: entry.rights }
    refuseExposedAdminKey(request)
    return { kind: 'admin', account, keyId: entry.id }
  }

  function withToken(request: RequestHead, login: TokenLogin | Promise<TokenLogin>): Caller | Promise<Caller> {
    if (login instanceof Promise) return login.then((known) => withToken(request, known))
    const account = directory.byId(login.accountId)
    if (!account || account.isClosed) throw new ApiError('NotAuthenticated', 'The account of this token was deleted')
    const caller = { kind: 'key', login: 'token', keyId: login.id, rights: FULL_RIGHTS } as const
    const isAdmin = account.isAdmin || login.isAdministrator
    if (connections.isOfWorker(request.socket)) {
      // What a program was given by its caller is no person at work.
      return { ...caller, account: { ...account, isAdmin: false, isViewer: false } }
    }
    if (isAdmin) refuseReadable(request, 'Tokens of administrators')
    return { ...caller, account: isAdmin === account.isAdmin ? account : { ...account, isAdmin } }
  }

  function withoutCredentials(request: RequestHead): Caller | Promise<Caller> {
    if (!connections.isOfWorker(request.socket)) return withCookiesAtMost(request)
    const call = connections.callOf(request.socket)
    return call instanceof Promise ? call.then(asAlgorithm) : asAlgorithm(call)
  }

  function asAlgorithm(call: CallIdentity | null): Caller {
    const account = call && directory.byId(call.callerId)
    if (!account) throw new ApiError('NotAuthenticated', 'No call is running in this worker')
    return { kind: 'algorithm', account, call }
  }

  function withCookiesAtMost(request: RequestHead): Caller {
    if (request.headers.cookie !== undefined && !mayCountCookies(request, url)) {
      throw new ApiError('NotAuthenticated', `Cookies count in requests of pages of ${url} only; use an API key`)
    }
    const session = browser?.sessions.lookup(browser.cookie.read(request.headers.cookie) ?? '')
    const account = session && directory.byId(session.accountId)
    if (!session || !account || account.isClosed) return anonymous
    return { kind: 'key', login: 'session', account, keyId: session.id, rights: FULL_RIGHTS }
  }

  function refuseExposedAdminKey(request: RequestHead): void {
    if (connections.isOfWorker(request.socket)) {
      throw new ApiError('NotAuthorized', 'Admin keys are not accepted from inside an algorithm')
    }
    refuseReadable(request, 'Admin keys')
  }

  function refuseReadable(request: RequestHead, what: string): void {
    if (!isReadableOnTheWay(request, url)) return
    throw new ApiError('NotAuthorized', `${what} are accepted over TLS or from the server itself only; use https`)
  }
}

/** Strips one leading `Simple ` or `Bearer `; empty means anonymous. */
export function credentialsOf(header: string | undefined): string {
  return header === undefined ? '' : header.replace(/^\s*(?:simple|bearer)(?:\s+|$)/i, '').trim()
}
