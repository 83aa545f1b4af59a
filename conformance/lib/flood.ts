/**
 * Offers a server many more calls than it can do: every connection sends its next call the moment the last one is
 * answered, whatever the answer was, and without the pause that `Retry-After` asks for.
 */
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { quantile } from './quantiles.ts'

/** One kind of call, and how many connections make it. */
export interface Stream {
  readonly name: string
  readonly connections: number
  readonly url: string
  /** Keys of the callers; connections are dealt out among them. */
  readonly keys: readonly string[]
  readonly body: Buffer
}

export interface StreamReport {
  readonly name: string
  readonly connections: number
  /** Answers by status; 0 stands for connections that broke. */
  readonly statuses: ReadonlyMap<number, number>
  /** Of the calls that were answered with 200. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of the calls that were refused with 429 or 503. */
  readonly refusedP99Ms: number
  /** Refusals without `Retry-After`, which there should be none of. */
  readonly withoutRetryAfter: number
}

/** The server keeps what it refuses to read short; a client that never pauses would measure its own connecting. */
const pauseAfterBreakMs = 20

/** Resolves when the time is over and every answer is in. */
export async function flood(streams: readonly Stream[], durationMs: number): Promise<StreamReport[]> {
  const endAtMs = performance.now() + durationMs
  return Promise.all(streams.map((stream) => run(stream, endAtMs)))
}

async function run(stream: Stream, endAtMs: number): Promise<StreamReport> {
  const statuses = new Map<number, number>()
  const answeredMs: number[] = []
  const refusedMs: number[] = []
  let withoutRetryAfter = 0
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const connection = async (index: number): Promise<void> => {
    const key = stream.keys[index % stream.keys.length] ?? ''
    while (performance.now() < endAtMs) {
      const sentAtMs = performance.now()
      const { status, retryAfter } = await callOnce(stream, key, agent)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const tookMs = performance.now() - sentAtMs
      if (status === 200) answeredMs.push(tookMs)
      else if (status === 429 || status === 503) {
        refusedMs.push(tookMs)
        if (retryAfter === undefined) withoutRetryAfter++
      }
      if (status === 0) await delay(pauseAfterBreakMs)
    }
  }
  await Promise.all(Array.from({ length: stream.connections }, (_, index) => connection(index)))
  agent.destroy()
  return {
    name: stream.name,
    connections: stream.connections,
    statuses,
    p50Ms: quantile(answeredMs, 0.5),
    p99Ms: quantile(answeredMs, 0.99),
    refusedP99Ms: quantile(refusedMs, 0.99),
    withoutRetryAfter,
  }
}

interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
}

/** Never rejects: a connection that breaks counts as status 0. */
function callOnce({ url, body }: Stream, key: string, agent: Agent): Promise<Answer> {
  return new Promise((settle) => {
    const broken = () => settle({ status: 0, retryAfter: undefined })
    const headers = {
      Authorization: `Simple ${key}`,
      'Content-Type': 'application/json',
      'Content-Length': body.length,
    }
    const sent = request(url, { method: 'POST', agent, headers }, (reply) => {
      reply.on('error', broken).on('close', broken)
      reply.on('end', () => settle({ status: reply.statusCode ?? 0, retryAfter: reply.headers['retry-after'] }))
      reply.resume()
    })
    // An answer that came before the whole body was sent counts; the error that follows it does not.
    sent.on('error', () => setTimeout(broken, 100))
    sent.end(body)
  })
}
