/** Keys that are revoked one after another while a steady load goes on, of which they are a part. */
import assert from 'node:assert/strict'
import type { FilledKey } from './many-people.ts'
import { type LoadReport, startLoad } from './steady-load.ts'
import { until } from './until.ts'

export interface RevocationOptions {
  /** Where the server is, and what is called. */
  readonly url: string
  readonly callUrl: string
  readonly adminKey: string
  /** Keys that stay, used in turns. */
  readonly staying: readonly FilledKey[]
  readonly revoked: readonly FilledKey[]
  readonly callsPerSecond: number
}

export interface RevocationReport {
  readonly load: LoadReport
  readonly tookMs: readonly number[]
  /** Calls that were sent with a key after its revocation was answered; all of them were refused. */
  readonly refused: number
}

const KEPT = 40
const FRESH = 8
/** One call in so many is made with the key that is about to be revoked. */
const EVERY = 4
/** With each key, before its revocation and after. */
const CALLS = 10

interface Watched {
  readonly key: string
  repliedAtMs: number
  succeeded: number
  refusedAfter: number
}

/**
 * What else befalls the calls, such as want of workers, is in the report of the load.
 * @throws AssertionError when a call succeeds that was sent after the revoking reply, or a key that stays is refused
 */
export async function revokeUnderLoad(options: RevocationOptions): Promise<RevocationReport> {
  const { callUrl, staying, revoked, callsPerSecond } = options
  const watched = new Map(revoked.map(({ text }) => [text, newWatch(text)]))
  const wrong: string[] = []
  let calls = 0
  let current = staying[0]?.text ?? ''
  const load = startLoad({
    ...{ url: callUrl, callsPerSecond, kept: KEPT, fresh: FRESH },
    keys: () => (++calls % EVERY === 0 ? current : (staying[calls % staying.length]?.text ?? '')),
    onAnswer({ key, sentAtMs, failure }) {
      const watch = watched.get(key)
      if (watch) note(watch, sentAtMs, failure)
      else if (failure?.startsWith('401')) wrong.push(`a key that stays is refused: ${failure}`)
    },
  })

  function note(watch: Watched, sentAtMs: number, failure: string | null): void {
    const isAfter = sentAtMs > watch.repliedAtMs
    if (isAfter && failure === null)
      wrong.push(`a call succeeded that was sent ${sentAtMs - watch.repliedAtMs} ms later`)
    else if (isAfter && failure?.startsWith('401')) watch.refusedAfter++
    else if (failure === null) watch.succeeded++
  }

  const tookMs: number[] = []
  let report: LoadReport | undefined
  try {
    for (const key of revoked) {
      const watch = watched.get(key.text) ?? newWatch(key.text)
      current = key.text
      await until(`calls with key ${key.id}`, () => watch.succeeded >= CALLS, { everyMs: 5 })
      const startedAtMs = performance.now()
      await revoke(options, key)
      watch.repliedAtMs = performance.now()
      tookMs.push(watch.repliedAtMs - startedAtMs)
      await until(`refusals of key ${key.id}`, () => watch.refusedAfter >= CALLS || wrong.length > 0, { everyMs: 5 })
      assert.deepEqual(wrong, [])
    }
  } finally {
    report = await load.stop()
  }
  assert.deepEqual(wrong, [])
  const refused = [...watched.values()].reduce((sum, { refusedAfter }) => sum + refusedAfter, 0)
  return { load: report, tookMs, refused }
}

const newWatch = (key: string): Watched => ({
  ...{ key, repliedAtMs: Number.POSITIVE_INFINITY, succeeded: 0, refusedAfter: 0 },
})

async function revoke({ url, adminKey }: RevocationOptions, { username, id }: FilledKey): Promise<void> {
  const headers = { Authorization: `Simple ${adminKey}` }
  const reply = await fetch(`${url}/v1/users/${username}/keys/${id}`, { method: 'DELETE', headers })
  assert.equal(reply.status, 204, await reply.text())
}
