/**
 * A double of Dropbox's HTTP API for tests: a real server on loopback with the endpoints that the driver uses, strict about
 * what Dropbox documents of arguments, content types and tokens. Both of Dropbox's hosts are at its one address.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { ENDPOINTS, type Endpoint } from './dropbox-double-endpoints.ts'
import { createAccount, EndpointError, type Tagged } from './dropbox-double-files.ts'

export interface DropboxDoubleOptions {
  readonly quotaBytes?: number
  /** Of access tokens; the 4 hours of Dropbox unless given. */
  readonly tokenLifetimeMs?: number
  /** Free unless given. */
  readonly port?: number
}

/** What a request is answered with instead of being looked at. */
export interface Fault {
  readonly status: number
  readonly headers?: { readonly [name: string]: string }
  /** JSON unless it is text. */
  readonly body?: unknown
}

export interface DropboxDouble {
  readonly url: string
  /** Of the app, as the operator would have them. */
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
  /** A new one. */
  issueAccessToken(): string
  /** From now on all access tokens are told to have expired. */
  expireAccessTokens(): void
  revokeRefreshToken(): void
  /** For the next request to a path such as `/2/files/upload`. Undefined: it is never answered. */
  failNext(path: string, fault: Fault | undefined): void
  /** Paths of the requests so far. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

const DEFAULT_LIFETIME_MS = 4 * 3600 * 1000

/** Ends the request with a reply that is not of an endpoint. */
class Refused extends Error {
  readonly fault: Fault

  constructor(status: number, body: unknown) {
    super('Refused by the double')
    this.fault = { status, body }
  }
}

export async function startDropboxDouble(options: DropboxDoubleOptions = {}): Promise<DropboxDouble> {
  const { quotaBytes = 2 ** 34, tokenLifetimeMs = DEFAULT_LIFETIME_MS, port = 0 } = options
  const state = { account: createAccount({ quotaBytes }), sessions: new Map(), cursors: new Map() }
  const app = { clientId: token('key'), clientSecret: token('secret') }
  const refreshToken = token('refresh')
  const tokens = new Map<string, number>()
  const faults: (readonly [path: string, fault: Fault | undefined])[] = []
  const requests: string[] = []
  let isRevoked = false

  function issueAccessToken(): string {
    const issued = `sl.${token('access')}`
    tokens.set(issued, Date.now() + tokenLifetimeMs)
    return issued
  }

  function requireToken({ headers }: IncomingMessage): void {
    const given = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1]
    if (given === undefined) throw new Refused(400, 'Must provide HTTP header "Authorization"')
    const expiresAt = tokens.get(given)
    if (expiresAt === undefined) throw new Refused(401, failure({ '.tag': 'invalid_access_token' }))
    if (expiresAt <= Date.now()) throw new Refused(401, failure({ '.tag': 'expired_access_token' }))
  }

  async function refresh(request: IncomingMessage): Promise<Fault> {
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') throw new Refused(400, 'Not a form')
    const form = new URLSearchParams((await buffer(request)).toString())
    const isApp = form.get('client_id') === app.clientId && form.get('client_secret') === app.clientSecret
    if (!isApp) return oauthError('invalid_client', 'Invalid client_id or client_secret')
    if (form.get('grant_type') !== 'refresh_token') return oauthError('unsupported_grant_type', 'Not supported')
    const isKnown = form.get('refresh_token') === refreshToken && !isRevoked
    if (!isKnown) return oauthError('invalid_grant', 'refresh token is invalid or revoked')
    const body = { access_token: issueAccessToken(), expires_in: tokenLifetimeMs / 1000, token_type: 'bearer' }
    return { status: 200, body }
  }

  async function answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method !== 'POST') throw new Refused(405, 'Only POST')
    if (path === '/oauth2/token') return send(response, await refresh(request))
    const endpoint = ENDPOINTS[path]
    if (!endpoint) throw new Refused(404, `Unknown API function: "${path}"`)
    // The whole body is taken first, so that a refusal reaches who still sends.
    const body = await buffer(request)
    requireToken(request)
    const argument = argumentOf(endpoint, path, request, body)
    const reply = endpoint.run({ state, argument, content: body, range: request.headers.range })
    response.writeHead(reply.status ?? 200, reply.headers)
    response.end(reply.content ?? JSON.stringify(reply.result))
  }

  const server = createServer((request, response) => {
    const path = request.url ?? ''
    requests.push(path)
    const index = faults.findIndex(([of]) => of === path)
    const [planned] = index < 0 ? [] : faults.splice(index, 1)
    request.on('error', () => response.destroy())
    if (planned) {
      request.resume()
      if (planned[1]) send(response, planned[1])
      return
    }
    answer(request, response, path).catch((error: unknown) => send(response, faultOf(error)))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...app,
    refreshToken,
    issueAccessToken,
    expireAccessTokens() {
      for (const known of tokens.keys()) tokens.set(known, 0)
    },
    revokeRefreshToken() {
      isRevoked = true
    },
    failNext: (path, fault) => faults.push([path, fault]),
    requests,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function token(kind: string): string {
  return `${kind}-${randomBytes(12).toString('hex')}`
}

function argumentOf(endpoint: Endpoint, path: string, { headers }: IncomingMessage, body: Buffer): object {
  const type = headers['content-type']
  if (!endpoint.types.includes(type)) throw badCall(path, `Bad HTTP "Content-Type" header: ${type}`)
  const text = endpoint.isRpc ? body.toString() : headers['dropbox-api-arg']
  if (typeof text !== 'string') throw badCall(path, 'Must provide HTTP header "Dropbox-API-Arg" or URL parameter "arg"')
  // Node reads header bytes as Latin-1, so anything that was not escaped shows.
  if (!endpoint.isRpc && /[^\x20-\x7e]/.test(text)) throw badCall(path, 'HTTP header "Dropbox-API-Arg": not ASCII')
  const argument = parse(text)
  if (!argument) throw badCall(path, 'could not decode input as JSON')
  const problem = endpoint.check(argument)
  if (problem) throw badCall(path, problem)
  return argument
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function badCall(path: string, problem: string): Refused {
  return new Refused(400, `Error in call to API function "${path.slice('/2/'.length)}": ${problem}`)
}

function oauthError(error: string, description: string): Fault {
  return { status: 400, body: { error, error_description: description } }
}

function failure(error: Tagged): object {
  return { error_summary: `${error['.tag']}/..`, error }
}

function faultOf(error: unknown): Fault {
  if (error instanceof Refused) return error.fault
  if (error instanceof EndpointError) return { status: 409, body: failure(error.error) }
  return { status: 500, body: String(error) }
}

function send(response: ServerResponse, { status, headers = {}, body = '' }: Fault): void {
  const isText = typeof body === 'string'
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json'
  response.writeHead(status, { 'Content-Type': type, ...headers })
  response.end(isText ? body : JSON.stringify(body))
}
