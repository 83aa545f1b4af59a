/** The kinds of requests of a soak, how often each is made, and what its answer must be. */
import type { Account } from '../../conformance/lib/accounts.ts'
import type { Json } from '../../conformance/lib/curl.ts'
import type { Farm } from './farm.ts'
import type { LaterCalls } from './later-calls.ts'
import type { Answer, Send } from './request.ts'
import type { Verdict } from './tally.ts'

export interface Kind {
  readonly name: string
  /** Of a thousand requests. */
  readonly share: number
  make(caller: Account, count: number): Promise<Verdict>
}

const MIB = 1024 * 1024
const JSON_TYPE = { 'Content-Type': 'application/json' }

export interface KindsOptions {
  readonly url: string
  readonly farm: Farm
  readonly send: Send
  readonly later: LaterCalls
}

export function kindsOf({ url, farm, send, later }: KindsOptions): readonly Kind[] {
  const work = `${farm.work.owner.username}/Work`
  const large = JSON.stringify('x'.repeat(MIB))

  interface Call {
    readonly key: string
    readonly input: unknown
    readonly to?: string
    readonly query?: string
    readonly headers?: Readonly<Record<string, string>>
  }

  function call({ key, input, to = farm.work.callUrl, query = '', headers = {} }: Call): Promise<Answer> {
    const body = typeof input === 'string' ? input : JSON.stringify(input)
    return send({ method: 'POST', url: `${to}${query}`, key, headers: { ...JSON_TYPE, ...headers }, body })
  }

  /** Calls and compares the result. */
  async function gives(asked: Call, expected: unknown): Promise<Verdict> {
    return judge(await call(asked), ({ result }) => JSON.stringify(result) === JSON.stringify(expected))
  }

  /** Calls and looks at the error, which is to come with any of the words. */
  async function fails(asked: Call, words: RegExp): Promise<Verdict> {
    return judge(await call(asked), ({ error }) => words.test(error?.message ?? ''))
  }

  async function acceptedForLater({ key }: Account, count: number): Promise<Verdict> {
    const text = `later ${count}`
    const answer = await call({ key, input: [text], headers: { Prefer: 'respond-async' } })
    return judge(answer, (reply) => {
      if (answer.status !== 202) return false
      later.acknowledged({ requestId: reply.request_id, key, text })
      return true
    })
  }

  async function file({ key }: Account, count: number): Promise<Verdict> {
    const address = `${url}/v1/data/.my/soak/${count}.txt`
    const text = `file ${count} `.repeat(500)
    const put = await send({ method: 'PUT', url: address, key, body: text })
    if (put.status !== 200) return judge(put, () => false)
    const got = await send({ method: 'GET', url: address, key })
    if (got.status !== 200 || got.body.toString() !== text) return judge(got, () => false)
    return judge(await send({ method: 'DELETE', url: address, key }), ({ result }) => result?.deleted === 1)
  }

  /** Wants three workers. */
  async function threeAtOnce({ key }: Account): Promise<Verdict> {
    const asked = { key, input: { do: 'sleep', seconds: 0.2 }, to: farm.large.callUrl }
    const verdicts = await Promise.all([gives(asked, 'slept'), gives(asked, 'slept'), gives(asked, 'slept')])
    return verdicts.find((verdict) => verdict !== 'right') ?? 'right'
  }

  const inner = (count: number) => ({ do: 'call', algorithm: work, input: count })

  return [
    { name: 'small, Python', share: 470, make: ({ key }, count) => gives({ key, input: { count } }, { count }) },
    {
      name: 'small, JavaScript',
      share: 150,
      make: ({ key }, count) => gives({ key, input: { count }, to: farm.echo.callUrl }, { count }),
    },
    {
      name: '1 MiB',
      share: 25,
      make: async ({ key }) => judge(await call({ key, input: large }), ({ result }) => result?.length === MIB),
    },
    { name: 'for later', share: 90, make: acceptedForLater },
    {
      name: 'void',
      share: 30,
      make: async ({ key }, count) =>
        judge(await call({ key, input: count, query: '?output=void' }), (reply) => reply.async === 'void'),
    },
    {
      name: 'nested',
      share: 40,
      make: async ({ key }, count) =>
        judge(await call({ key, input: inner(count) }), ({ result }) => {
          if (isKill(result?.error?.message)) return 'killed'
          return result?.result === count
        }),
    },
    { name: 'three at once, large', share: 10, make: threeAtOnce },
    { name: 'file', share: 60, make: file },
    {
      name: 'file from inside',
      share: 20,
      make: ({ key }, count) =>
        gives({ key, input: { do: 'keep', name: `inside${count % 100}.txt`, text: 'kept' } }, 'kept'),
    },
    {
      name: 'once, by idempotency key',
      share: 20,
      make: ({ key }, count) => gives({ key, input: count, headers: { 'Idempotency-Key': `soak-${count}` } }, count),
    },
    { name: 'prints', share: 20, make: ({ key }) => gives({ key, input: { do: 'print' } }, 'printed') },
    {
      name: 'raises',
      share: 40,
      make: ({ key }) => fails({ key, input: { do: 'raise' } }, /as it was told/),
    },
    { name: 'exits', share: 4, make: ({ key }) => fails({ key, input: { do: 'exit' } }, /exited with code 3/) },
    {
      name: 'times out',
      share: 3,
      make: ({ key }) => fails({ key, input: { do: 'sleep', seconds: 30 }, query: '?timeout=1' }, /timed-out/),
    },
    {
      name: 'wrong key',
      share: 10,
      make: async () => judge(await call({ key: 'simWrong', input: 1 }), ({ error }) => error !== undefined),
    },
    {
      name: 'unknown algorithm',
      share: 8,
      make: async ({ key }) =>
        judge(await call({ key, input: 1, to: `${url}/v1/algo/nobody/Nothing` }), ({ error }) => error !== undefined),
    },
  ]
}

/** @param isRight looks at an answer that is neither a refusal nor the end of a killed worker */
export function judge(answer: Answer, isRight: (reply: Json) => boolean | 'killed'): Verdict {
  const { status, body } = answer
  if (status === 429 || status === 503) return 'refused'
  const text = body.toString()
  const reply = parse(text)
  if (isKill(reply?.error?.message)) return 'killed'
  if (isInnerRefusal(reply?.error?.message)) return 'refused'
  const right = reply === undefined ? false : isRight(reply)
  if (right === 'killed') return 'killed'
  return right ? 'right' : { surprise: `${status} ${text}` }
}

/**
 * Node reports the end by a signal so; a nested call's failure has it in its words. Whose relay was killed may still say that
 * its connection ended before it ends itself.
 */
function isKill(message: unknown): boolean {
  return typeof message === 'string' && /exited with code -99|^Remote end closed connection/.test(message)
}

/** What an algorithm says whose own call was told to come back later. */
function isInnerRefusal(message: unknown): boolean {
  return typeof message === 'string' && /^HTTP Error (429|503):/.test(message)
}

function parse(text: string): Json {
  try {
    return JSON.parse(text === '' ? 'null' : text) ?? {}
  } catch {
    return undefined
  }
}
