/**
 * Calls at a steady rate from a bounded number of clients: each sends its next call when its time has come and the last one
 * is answered. Some keep their connection, the others open one for each call.
 */
import http from 'node:http'
import https from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { median, quantile } from './quantiles.ts'

export interface SteadyLoadOptions {
  readonly url: string
  /** Used in turns, or a function that is asked for the key of each call. */
  readonly keys: readonly string[] | (() => string)
  readonly callsPerSecond: number
  /** Clients that keep their connection, and clients that never do. */
  readonly kept: number
  readonly fresh: number
  /** Told of every call when it has ended. */
  readonly onAnswer?: (answer: Answer) => void
}

export interface Answer {
  readonly key: string
  /** By `performance.now()`, before anything of it was sent. */
  readonly sentAtMs: number
  /** Null for the right answer. */
  readonly failure: string | null
}

export interface LoadReport {
  readonly calls: number
  readonly seconds: number
  /** What went wrong, each kind with how often. */
  readonly failures: ReadonlyMap<string, number>
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly longestMs: number
  /** Connections that were opened by clients that keep theirs. */
  readonly connections: number
}

export interface SteadyLoad {
  /** Resolves when so many more calls are answered. */
  more(calls: number): Promise<void>
  /** Ends when every call is answered. */
  stop(): Promise<LoadReport>
}

const CALL_TIMEOUT_MS = 60_000
const POLL_MS = 10

/** Each call sends a text of its own and must get that text back. */
export function startLoad(options: SteadyLoadOptions): SteadyLoad {
  const { url, keys, callsPerSecond, kept, fresh, onAnswer } = options
  const failures = new Map<string, number>()
  const tookMs: number[] = []
  const sockets = new WeakSet<object>()
  const { Agent, request } = url.startsWith('https:') ? https : http
  let connections = 0
  let isStopped = false
  const startedAtMs = performance.now()
  const clients = kept + fresh
  const gapMs = (1000 * clients) / callsPerSecond

  const keyOf = (call: number): string => (typeof keys === 'function' ? keys() : (keys[call % keys.length] ?? ''))

  async function client(index: number): Promise<void> {
    const agent = index < kept ? new Agent({ keepAlive: true, maxSockets: 1 }) : undefined
    let nextAtMs = startedAtMs + (gapMs * index) / clients
    for (let count = 0; !isStopped; count++) {
      const waitMs = nextAtMs - performance.now()
      if (waitMs > 1) await delay(waitMs)
      // Nobody makes up for calls that came too late.
      nextAtMs = Math.max(nextAtMs + gapMs, performance.now() - gapMs)
      await call({ key: keyOf(index + count), agent, text: `${index}-${count}` })
    }
    agent?.destroy()
  }

  async function call({
    key,
    agent,
    text,
  }: {
    key: string
    agent: http.Agent | undefined
    text: string
  }): Promise<void> {
    const sentAtMs = performance.now()
    const failure = await send(key, agent, text)
    tookMs.push(performance.now() - sentAtMs)
    onAnswer?.({ key, sentAtMs, failure })
    if (failure !== null) failures.set(failure, (failures.get(failure) ?? 0) + 1)
  }

  function send(key: string, agent: http.Agent | undefined, text: string): Promise<string | null> {
    return new Promise((settle) => {
      const body = JSON.stringify(text)
      const headers = {
        Authorization: `Simple ${key}`,
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
      }
      const sent = request(url, { method: 'POST', headers, agent: agent ?? false }, (reply) => {
        let answer = ''
        reply.setEncoding('utf8')
        reply.on('data', (chunk: string) => {
          answer += chunk
        })
        reply.on('error', (error) => settle(`answer broke off: ${error.message}`))
        reply.on('end', () => {
          if (reply.statusCode !== 200) settle(`${reply.statusCode} ${messageIn(answer)}`)
          else settle(JSON.parse(answer).result === text ? null : `wrong answer: ${answer.slice(0, 200)}`)
        })
      })
      sent.setTimeout(CALL_TIMEOUT_MS, () => sent.destroy(new Error('no answer in a minute')))
      sent.on('socket', (socket) => {
        if (agent && !sockets.has(socket)) connections++
        sockets.add(socket)
      })
      sent.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message))
      sent.end(body)
    })
  }

  const running = Promise.all(Array.from({ length: clients }, (_, index) => client(index)))
  return {
    async more(calls) {
      for (const enough = tookMs.length + calls; tookMs.length < enough; ) await delay(POLL_MS)
    },
    async stop() {
      isStopped = true
      await running
      return {
        ...{ calls: tookMs.length, seconds: (performance.now() - startedAtMs) / 1000, failures, connections },
        failed: [...failures.values()].reduce((sum, count) => sum + count, 0),
        ...{ p50Ms: median(tookMs), p99Ms: quantile(tookMs, 0.99), longestMs: quantile(tookMs, 1) },
      }
    },
  }
}

function messageIn(answer: string): string {
  return /"message":"([^"]*)"/.exec(answer)?.[1] ?? answer.slice(0, 200)
}

export function describeLoad({
  calls,
  seconds,
  failed,
  failures,
  p50Ms,
  p99Ms,
  longestMs,
  connections,
}: LoadReport): string {
  const kinds = [...failures].map(([kind, count]) => `  ${count} × ${kind}\n`)
  return (
    `${calls} calls in ${seconds.toFixed(0)} s (${(calls / seconds).toFixed(0)}/s), ${failed} failed; ` +
    `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(0)} ms, longest ${longestMs.toFixed(0)} ms; ` +
    `${connections} connections opened by clients that keep theirs\n${kinds.join('')}`
  )
}
