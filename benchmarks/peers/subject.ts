/** Whatever is measured: Algorist, a peer, an engine or the ruler. */
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'
import { type Case, WORKLOAD, WORKLOADS, type WorkloadName } from './workloads.ts'

export type Language = 'Python' | 'JavaScript'

/** Engines have no platform around them, and the ruler does nothing at all: both are shown as what is possible. */
export type Group = 'algorist' | 'peer' | 'engine' | 'ruler'

/** How one workload is asked of one server: `POST` of JSON. */
export interface Call {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  bodyOf(input: Case['input']): string
  resultOf(reply: string): unknown
}

export interface Running {
  /** The first of its processes, which has the others below it; null where its memory says nothing. */
  readonly pid: number | null
  /** Without the workloads that it has no answer to. */
  readonly calls: Partial<Readonly<Record<WorkloadName, Call>>>
  close(): Promise<void>
}

export interface Subject {
  /** What `--only` takes. */
  readonly id: string
  readonly name: string
  readonly version: string
  readonly group: Group
  readonly language: Language
  /** How it is run. */
  readonly setting: string
  /** Puts it on this machine where it is not there yet. @throws Error when it cannot be had */
  install(): Promise<void>
  /** @throws Error when it does not start or gives a wrong answer */
  start(): Promise<Running>
}

const REPLY_TIMEOUT_MS = 60_000

/** Inputs are sent as they are, and results come as the member `result` of an object. */
export function plainCall(url: string, headers: Readonly<Record<string, string>> = {}): Call {
  return {
    url,
    headers: { 'Content-Type': 'application/json', ...headers },
    bodyOf: (input) => JSON.stringify(input),
    resultOf: (reply) => JSON.parse(reply).result,
  }
}

/** @throws Error when one of the answers is wrong */
export async function checkAnswers({ calls }: Pick<Running, 'calls'>): Promise<void> {
  for (const workload of WORKLOADS) {
    const call = calls[workload]
    if (call) for (const each of WORKLOAD[workload].cases) await checkAnswer(workload, call, each)
  }
}

async function checkAnswer(workload: WorkloadName, call: Call, { input, expected }: Case): Promise<void> {
  const { status, text } = await ask(call, call.bodyOf(input))
  if (status !== 200) throw new Error(`${workload}: status ${status}: ${text.slice(0, 300)}`)
  if (isDeepStrictEqual(call.resultOf(text), expected)) return
  throw new Error(`${workload}: wrong answer to ${call.bodyOf(input).slice(0, 100)}: ${text.slice(0, 300)}`)
}

/**
 * One request, on a connection of its own: servers close idle ones when they like.
 * @throws Error when there is no complete answer
 */
export function ask({ url, headers }: Call, body: string): Promise<{ status: number; text: string }> {
  return new Promise((settle, fail) => {
    const signal = AbortSignal.timeout(REPLY_TIMEOUT_MS)
    const length = { 'Content-Length': Buffer.byteLength(body) }
    const options = { method: 'POST', headers: { ...headers, ...length }, agent: false, signal }
    const asked = request(url, options, (reply) => {
      text(reply).then((text) => settle({ status: reply.statusCode ?? 0, text }), fail)
    })
    asked.once('error', fail)
    asked.end(body)
  })
}
