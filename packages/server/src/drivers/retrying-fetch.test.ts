import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EgressError } from '../http/egress-gate.ts'
import { type RetryOptions, retryingFetch } from './retrying-fetch.ts'

type Outcome = Response | Error

/** A `fetch` with these outcomes, one after the other. */
function outcomes(...given: readonly Outcome[]) {
  const left = [...given]
  const fetch = async (): Promise<Response> => {
    const next = left.shift()
    if (next instanceof Response) return next
    throw next ?? new Error('asked more often than expected')
  }
  return { fetch, left }
}

const quick: RetryOptions = { maxTries: 3, firstDelayMs: 1, maxDelayMs: 100 }
const status = (code: number, headers = {}): Response => new Response(null, { status: code, headers })
const broken = new EgressError('ConnectionFailed', 'it broke')

test('what passes is tried again', async () => {
  for (const first of [status(429), status(500), status(502), status(503), status(504), status(408), broken]) {
    const { fetch, left } = outcomes(first, status(200))
    assert.equal((await retryingFetch(fetch, quick)('http://localhost')).status, 200)
    assert.equal(left.length, 0)
  }
})

test('the last try is the answer, whatever it brings', async () => {
  const busy = outcomes(status(503), broken, status(503), status(200))
  assert.equal((await retryingFetch(busy.fetch, quick)('http://localhost')).status, 503)
  assert.equal(busy.left.length, 1)
  const breaking = outcomes(broken, broken, broken, status(200))
  await assert.rejects(retryingFetch(breaking.fetch, quick)('http://localhost'), broken)
})

test('what does not pass is not tried again', async () => {
  for (const code of [200, 206, 308, 400, 401, 403, 404, 409, 412, 501]) {
    const { fetch, left } = outcomes(status(code), status(200))
    assert.equal((await retryingFetch(fetch, quick)('http://localhost')).status, code)
    assert.equal(left.length, 1)
  }
  for (const problem of ['TimedOut', 'AddressRefused', 'NameNotFound'] as const) {
    const error = new EgressError(problem, 'no')
    await assert.rejects(retryingFetch(outcomes(error).fetch, quick)('http://localhost'), error)
  }
})

test('a storage that wants a long pause gets its answer passed on', async () => {
  const { fetch, left } = outcomes(status(503, { 'Retry-After': '60' }), status(200))
  assert.equal((await retryingFetch(fetch, quick)('http://localhost')).status, 503)
  assert.equal(left.length, 1)
})

test('an abort ends the pause with its reason', async () => {
  const { fetch } = outcomes(status(503), status(200))
  const controller = new AbortController()
  const reason = new Error('nobody waits any more')
  const answer = retryingFetch(fetch, { firstDelayMs: 60_000, maxDelayMs: 60_000 })('http://localhost', {
    signal: controller.signal,
  })
  setImmediate(() => controller.abort(reason))
  await assert.rejects(answer, (error) => error === reason)
})
