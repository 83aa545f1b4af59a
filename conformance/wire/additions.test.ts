/** What we added to the API, to the byte: asynchronous calls, cancelling, `Idempotency-Key` (docs/asynchronous-calls.md). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertBuild, assertError, assertMembers, REQUEST_ID, TIME_WITH_ZONE } from '../lib/shape.ts'
import { jsonOf, send, type WireOptions, type WireReply } from '../lib/wire.ts'

covers('callAlgorithm', 'getCall', 'getCallResult', 'cancelCall', 'cancelBuild')

const NOBODY = 'req-00000000-0000-4000-8000-000000000000'
const PREFER = { Prefer: 'respond-async' }

let target: Target
let probe: Probe
let call: string
before(async () => {
  target = await startTarget()
  probe = await installProbe(target)
  call = `POST /v1/algo/${probe.owner.username}/Probe`
})
after(() => target?.close())

const asOwner = (line: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, line, { key: probe.owner.key, ...options })

async function accept(json: unknown, query = ''): Promise<string> {
  return jsonOf(await asOwner(`${call}${query}`, { headers: PREFER, json }), 202).request_id
}

async function statusOf(requestId: string, isIt: (status: string) => boolean): Promise<Json> {
  for (let tries = 0; tries < 1000; tries++) {
    const shown = jsonOf(await asOwner(`GET /v1/calls/${requestId}`))
    if (isIt(shown.status)) return shown
    await delay(25)
  }
  throw new Error(`Call ${requestId} did not get there`)
}

const hasEnded = (status: string): boolean => status !== 'queued' && status !== 'running'

function assertCall(shown: Json, members: string): void {
  assertMembers(shown, members)
  assert.match(shown.request_id, REQUEST_ID)
  for (const [name, value] of Object.entries(shown))
    if (name.endsWith('_at')) assert.match(String(value), TIME_WITH_ZONE)
}

describe('asynchronous calls', () => {
  test('an accepted call has two members and says where to look', async () => {
    const reply = await asOwner(call, { headers: PREFER, json: 'x' })
    assert.equal(reply.statusLine, 'HTTP/1.1 202 Accepted')
    const body = reply.json()
    assertMembers(body, 'async request_id')
    assert.equal(body.async, 'result')
    assert.equal(reply.header('X-Request-ID'), body.request_id)
    assert.equal(reply.header('Preference-Applied'), 'respond-async')
    assert.equal(reply.header('Location'), `/v1/calls/${body.request_id}`)
  })

  test('its status has its times, and its result is what the call would have answered', async () => {
    const id = await accept('x')
    assertCall(await statusOf(id, hasEnded), 'request_id status accepted_at started_at finished_at')
    const result = jsonOf(await asOwner(`GET /v1/calls/${id}/result`))
    assertMembers(result, 'result metadata')
    assertMembers(result.metadata, 'content_type duration')
  })

  test('a raw result has its type and length', async () => {
    const id = await accept({ do: 'bytes' }, '?output=raw')
    await statusOf(id, hasEnded)
    const reply = await asOwner(`GET /v1/calls/${id}/result`)
    assert.deepEqual([...reply.body], [0, 1, 255])
    assert.equal(reply.header('Content-Type'), 'application/octet-stream')
    assert.equal(reply.header('Content-Length'), '3')
  })

  test('a running call answers 202 for its result and 204 for its end, once', async () => {
    const id = await accept({ do: 'sleep', seconds: 30 })
    await statusOf(id, (status) => status === 'running')
    assertCall(jsonOf(await asOwner(`GET /v1/calls/${id}/result`), 202), 'request_id status accepted_at started_at')
    const cancelled = await asOwner(`DELETE /v1/calls/${id}`)
    assert.equal(cancelled.statusLine, 'HTTP/1.1 204 No Content')
    assert.equal(cancelled.header('Content-Type'), undefined)
    assert.equal((await statusOf(id, hasEnded)).status, 'cancelled')
    assertError(await asOwner(`DELETE /v1/calls/${id}`), { status: 409 })
  })

  for (const line of [`GET /v1/calls/${NOBODY}`, `GET /v1/calls/${NOBODY}/result`, `DELETE /v1/calls/${NOBODY}`]) {
    test(`${line} is 404 with code 7000`, async () => {
      assertError(await asOwner(line), { status: 404, code: 7000 })
      assertError(await send(target.url, line), { status: 401, code: 2002 })
    })
  }
})

describe('Idempotency-Key', () => {
  const withKey = (key: string, json: unknown) => asOwner(call, { headers: { 'Idempotency-Key': key }, json })

  test('the same request has the same answer to the byte, and a header that says so', async () => {
    const [first, second] = [await withKey('once', { do: 'print' }), await withKey('once', { do: 'print' })]
    assert.deepEqual([second.status, second.text], [first.status, first.text])
    assert.equal(first.header('Idempotency-Replayed'), undefined)
    assert.equal(second.header('Idempotency-Replayed'), 'true')
    assert.equal(second.header('X-Request-ID'), first.header('X-Request-ID'))
  })

  test('another request with the key is 422', async () => {
    assert.equal((await withKey('twice', 1)).status, 200)
    assertError(await withKey('twice', 2), { status: 422 })
  })
})

test('who sends neither header meets nothing of it', async () => {
  const reply = await asOwner(call, { json: 'x' })
  for (const name of ['Location', 'Preference-Applied', 'Idempotency-Replayed']) {
    assert.equal(reply.header(name), undefined)
  }
})

describe('cancelling a build', () => {
  test('one that has ended is 409, one that is not there 404', async () => {
    const path = `/v1/algorithms/${probe.owner.username}/Probe/builds`
    const [build] = jsonOf(await asOwner(`GET ${path}`)).results
    assertError(await asOwner(`DELETE ${path}/${build.build_id}`), { status: 409 })
    assertError(await asOwner(`DELETE ${path}/x`), { status: 404, code: 1010 })
    const stranger = { key: probe.stranger.key }
    assertError(await send(target.url, `DELETE ${path}/${build.build_id}`, stranger), { status: 403, code: 2001 })
  })

  test('one that runs is answered as a failed build', async () => {
    const path = `/v1/algorithms/${probe.owner.username}/Probe`
    const compiled = asOwner(`POST ${path}/compile`)
    let build: Json
    for (let tries = 0; tries < 500 && build?.status !== 'in-progress'; tries++) {
      build = jsonOf(await asOwner(`GET ${path}/builds?limit=1`)).results[0]
    }
    const reply = await asOwner(`DELETE ${path}/builds/${build.build_id}`)
    // It may have ended by itself meanwhile.
    if (reply.status !== 409) assert.equal(assertBuild(jsonOf(reply)).status, 'failed')
    jsonOf(await compiled)
  })
})
