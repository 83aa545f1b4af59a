/**
 * Server processes of one data folder that live at the same time, as they do while one hands over to another: each has a
 * socket in the folder for the others, on which they ask each other and pass requests of clients on. Whoever can open the
 * folder is the server (0700), so nobody proves anything here.
 */
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { isErrno } from '../atomic-file.ts'
import { closeServer } from '../http/close-server.ts'
import { createInnerServer } from '../http/listener.ts'
import { thisInstance } from '../instance.ts'

/** What one process asks another. The answer is yes or no. */
export type Question =
  /** Are you alive? */
  | { readonly kind: 'alive' }
  /** To the server: a build of this algorithm has begun or ended; will you read it again? */
  | { readonly kind: 'changed'; readonly algorithmId: string }
  /** To the server: I have stored asynchronous calls that I do not run; will you? */
  | { readonly kind: 'accepted' }
  /** To one that finishes: was this asynchronous call running, and is it ended now? */
  | { readonly kind: 'cancel'; readonly requestId: string }
  /** To one that finishes: was this build running, and is its end recorded now? The note becomes a line of its log. */
  | { readonly kind: 'stop build'; readonly buildId: string; readonly note: string }
  /** To one that finishes: tell me when no call with this idempotency key runs. */
  | { readonly kind: 'settle'; readonly key: string }
  /** To one that finishes: end now, as the server does. */
  | { readonly kind: 'stop' }

const KINDS: readonly Question['kind'][] = ['alive', 'changed', 'accepted', 'cancel', 'stop build', 'settle', 'stop']

export interface Peer {
  readonly instance: string
  readonly startedAt: Date
  readonly path: string
}

/** On requests between processes; what clients send under these names is dropped. */
const PURPOSE = 'x-algorist-peer'
const ORIGIN = 'x-algorist-peer-origin'
const ASK_TIMEOUT_MS = 5000

export function peerPath(folder: string, instance: string): string {
  return join(folder, `i-${instance}`)
}

export interface PeerSocketOptions {
  /** For runtime files, the server's alone. */
  readonly folder: string
  readonly answer: (question: Question) => boolean | Promise<boolean>
  /** Handles a request of a client that another process has passed on. */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void
  /** Time that such requests get to finish when this process closes. */
  readonly shutdownMs: number
}

/** Listens as this process. */
export async function listenForPeers(options: PeerSocketOptions): Promise<{ close(): Promise<void> }> {
  const path = peerPath(options.folder, thisInstance.id)
  await rm(path, { force: true })
  const server = createInnerServer(async (request, response) => {
    const isPassedOn = request.headers[PURPOSE] === 'pass on'
    if (isPassedOn) return options.onRequest(arrivedAs(request), response)
    try {
      const isYes = await options.answer(readQuestion(JSON.parse(await text(request))))
      response.end(JSON.stringify(isYes))
    } catch {
      response.writeHead(500).end()
    }
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    async close() {
      await closeServer(server, options.shutdownMs)
      await rm(path, { force: true })
    },
  }
}

/** Restores what the first process knew of the client. */
function arrivedAs(request: IncomingMessage): IncomingMessage {
  const { remoteAddress, encrypted } = JSON.parse(String(request.headers[ORIGIN]))
  for (const [name, value] of Object.entries({ remoteAddress, encrypted })) {
    Object.defineProperty(request.socket, name, { value, configurable: true })
  }
  for (const name of [PURPOSE, ORIGIN]) delete request.headers[name]
  return request
}

function readQuestion(value: unknown): Question {
  const { kind } = value as Partial<Question>
  if (!KINDS.some((each) => each === kind)) throw new Error(`a question that is none: ${kind}`)
  return value as Question
}

/** @throws Error when nobody answers */
export async function ask(path: string, question: Question, timeoutMs = ASK_TIMEOUT_MS): Promise<boolean> {
  const asking = request({ socketPath: path, method: 'POST', path: '/', headers: { [PURPOSE]: 'ask' }, agent: false })
  asking.setTimeout(timeoutMs, () => asking.destroy(new Error('No answer in time')))
  asking.end(JSON.stringify(question))
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  const answer = await text(response)
  if (response.statusCode !== 200) throw new Error(`The other server process refused: ${question.kind}`)
  return JSON.parse(answer) === true
}

/** True when the process answers the health page to a client. */
export async function isHealthy(path: string): Promise<boolean> {
  const marks = { [PURPOSE]: 'pass on', [ORIGIN]: '{}' }
  const asking = request({ socketPath: path, path: '/health', headers: { Host: 'localhost', ...marks }, agent: false })
  asking.setTimeout(ASK_TIMEOUT_MS, () => asking.destroy(new Error('No answer in time')))
  asking.end()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode === 200
}

/** Begins a request to another process with the method, target and given headers of a client's. */
export function openPassedOn(
  path: string,
  from: IncomingMessage,
  headers: Record<string, string | string[]>,
): ClientRequest {
  const { remoteAddress } = from.socket
  const encrypted = (from.socket as TLSSocket).encrypted === true
  const marks = { [PURPOSE]: 'pass on', [ORIGIN]: JSON.stringify({ remoteAddress, encrypted }) }
  const target = { method: from.method ?? 'GET', path: from.url ?? '/' }
  return request({ socketPath: path, ...target, headers: { ...headers, ...marks }, agent: false })
}

/** The other processes of the folder that are alive. Sockets of dead ones are removed. */
export async function livingPeers(folder: string): Promise<Peer[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('i-') && name !== `i-${thisInstance.id}`)
  const peers = names.map((name) => ({
    instance: name.slice(2),
    startedAt: new Date(Number.parseInt(name.split('-')[2] ?? '', 36) || 0),
    path: join(folder, name),
  }))
  const alive = await Promise.all(peers.map(({ path }) => isAlive(path)))
  return peers.filter((_, index) => alive[index])
}

async function isAlive(path: string): Promise<boolean> {
  try {
    return await ask(path, { kind: 'alive' })
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    // One that is only slow is alive.
    if (!isErrno(error, 'ECONNREFUSED')) return true
    await rm(path, { force: true })
    return false
  }
}
