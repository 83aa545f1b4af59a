/** Asynchronous results, cancelling and idempotency keys: additions to the API, see docs/asynchronous-calls.md. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createKey, FULL_RIGHTS } from './lib/accounts.ts'
import { createAlgorithm, pushGreen } from './lib/algorithms.ts'
import { type CurlReply, curl, type Json } from './lib/curl.ts'
import { installProbe, type Probe } from './lib/probe.ts'
import { startTarget, type Target } from './lib/server.ts'
import { untilFound } from './lib/until.ts'

/** Starts a call that runs later, waits for its result, and looks at another call that it is told of. */
const ASKER = `import json
import os
import time
import urllib.error
import urllib.request


def send(method, path, body=None, headers={}):
    url = os.environ["ALGORITHMIA_API"] + path
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, None


def apply(input):
    headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
    status, accepted = send("POST", "/v1/algo/" + input["call"], b'"inner"', headers)
    path = "/v1/calls/" + accepted["request_id"] + "/result"
    result = send("GET", path)
    while result[0] == 202:
        time.sleep(0.05)
        result = send("GET", path)
    return {"accepted": status, "result": result[1]["result"], "other": send("GET", "/v1/calls/" + input["other"])[0]}
`

const UNKNOWN = 'req-00000000-0000-4000-8000-000000000000'

describe('asynchronous calls', { timeout: 180_000 }, () => {
  let target: Target
  let probe: Probe

  before(async () => {
    target = await startTarget()
    probe = await installProbe(target)
  })
  after(() => target?.close())

  interface Options {
    readonly query?: string
    readonly key?: string
    readonly prefer?: string
    readonly idempotencyKey?: string
  }

  function call(json: unknown, options: Options = {}): Promise<CurlReply> {
    const { query = '', key = probe.owner.key, prefer, idempotencyKey } = options
    const headers = [
      ...(prefer === undefined ? [] : [`Prefer: ${prefer}`]),
      ...(idempotencyKey === undefined ? [] : [`Idempotency-Key: ${idempotencyKey}`]),
    ]
    const body = JSON.stringify(json)
    return curl('POST', `${probe.shop.callUrl}${query}`, { key, body, contentType: 'application/json', headers })
  }

  /** The whole reply to a text; curl would need it as an argument. */
  async function post(headers: Record<string, string>, body: string): Promise<string> {
    return (await fetch(probe.shop.callUrl, { method: 'POST', headers, body })).text()
  }

  const callAsync = (json: unknown, options: Options = {}) => call(json, { prefer: 'respond-async', ...options })

  function ask(method: string, path: string, key = probe.owner.key): Promise<CurlReply> {
    return curl(method, `${target.url}/v1/calls/${path}`, { key })
  }

  const idOf = (reply: CurlReply): string => JSON.parse(reply.text).request_id
  const errorOf = (reply: CurlReply): string => JSON.parse(reply.text).error.message

  async function waitFor(requestId: string, isIt: (status: string) => boolean): Promise<Json> {
    return untilFound(`what call ${requestId} waits for`, async () => {
      const call = JSON.parse((await ask('GET', requestId)).text)
      return isIt(call.status) ? call : undefined
    })
  }

  const finished = (requestId: string) => waitFor(requestId, (status) => status !== 'queued' && status !== 'running')

  test('a call that prefers to be asynchronous is accepted, and its result is what it would have answered', async () => {
    const accepted = await callAsync([1.0, 'two'])
    assert.equal(accepted.status, 202)
    assert.match(accepted.text, /^\{"async":"result","request_id":"req-[0-9a-f-]{36}"\}$/)
    assert.equal(accepted.headers.get('preference-applied'), 'respond-async')
    assert.equal(accepted.headers.get('location'), `/v1/calls/${idOf(accepted)}`)
    const status = await finished(idOf(accepted))
    assert.deepEqual(Object.keys(status), ['request_id', 'status', 'accepted_at', 'started_at', 'finished_at'])
    assert.equal(status.status, 'succeeded')
    const result = await ask('GET', `${idOf(accepted)}/result`)
    assert.equal(result.status, 200)
    assert.equal(result.headers.get('content-type'), 'application/json')
    assert.match(result.text, /^\{"result":\[1,"two"\],"metadata":\{"content_type":"json","duration":[0-9.e-]+\}\}$/)
  })

  test('results keep the form that was asked for: raw bytes, errors and printed output', async () => {
    const [raw, rawError, error, printed] = await Promise.all([
      callAsync({ do: 'bytes' }, { query: '?output=raw' }),
      callAsync({ do: 'typed' }, { query: '?output=raw' }),
      callAsync({ do: 'typed' }),
      callAsync({ do: 'print' }, { query: '?stdout=true', prefer: 'wait=1, Respond-Async' }),
    ])
    for (const reply of [raw, rawError, error, printed]) await finished(idOf(reply))
    const bytes = await ask('GET', `${idOf(raw)}/result`)
    assert.equal(bytes.headers.get('content-type'), 'application/octet-stream')
    assert.deepEqual([...bytes.body], [0, 1, 255])
    const failed = await ask('GET', `${idOf(rawError)}/result`)
    assert.deepEqual([failed.status, JSON.parse(failed.text).error.error_type], [400, 'InputError'])
    const shown = await ask('GET', `${idOf(error)}/result`)
    assert.deepEqual([shown.status, JSON.parse(shown.text).error.error_type], [200, 'InputError'])
    assert.equal((await finished(idOf(error))).status, 'failed')
    const { metadata } = JSON.parse((await ask('GET', `${idOf(printed)}/result`)).text)
    assert.match(metadata.stdout, /to stdout/)
  })

  test('a call that has not finished answers 202 with its status, and one that runs can be cancelled', async () => {
    const id = idOf(await callAsync({ do: 'sleep', seconds: 60 }))
    const running = await waitFor(id, (status) => status === 'running')
    assert.ok(running.started_at && !running.finished_at)
    const early = await ask('GET', `${id}/result`)
    assert.deepEqual([early.status, JSON.parse(early.text)], [202, running])
    assert.equal((await ask('DELETE', id)).status, 204)
    assert.equal((await finished(id)).status, 'cancelled')
    assert.match((await ask('GET', `${id}/result`)).text, /^\{"error":\{"message":"The call was cancelled"/)
    const again = await ask('DELETE', id)
    assert.deepEqual([again.status, errorOf(again)], [409, 'The call has finished already'])
  })

  test('a call that waits behind others can be cancelled and never runs', async () => {
    const sleepers = await Promise.all(Array.from({ length: 17 }, () => callAsync({ do: 'sleep', seconds: 30 })))
    const states = await Promise.all(sleepers.map((reply) => ask('GET', idOf(reply))))
    const queued = states.map(({ text }) => JSON.parse(text)).find(({ status }) => status === 'queued')
    assert.ok(queued, 'an account runs 16 at a time')
    assert.equal((await ask('DELETE', queued.request_id)).status, 204)
    const ended = await finished(queued.request_id)
    assert.deepEqual([ended.status, ended.started_at], ['cancelled', undefined])
    const others = sleepers.map(idOf).filter((id) => id !== queued.request_id)
    const replies = await Promise.all(others.map((id) => ask('DELETE', id)))
    assert.deepEqual([...new Set(replies.map(({ status }) => status))], [204])
  })

  test('nobody else sees a call: other accounts, keys without the right, admin keys, and the key of nobody', async () => {
    const id = idOf(await callAsync(1))
    await finished(id)
    const { username } = probe.owner
    const noCalls = await createKey(target, username, { ...FULL_RIGHTS, allow_algo: false })
    const others = await createKey(target, username, { ...FULL_RIGHTS, algo_acl: ['algo://demo/*'] })
    for (const key of [probe.stranger.key, noCalls, others]) {
      for (const [method, path] of [
        ['GET', id],
        ['GET', `${id}/result`],
        ['DELETE', id],
      ] as const) {
        assert.equal((await ask(method, path, key)).status, 404, `${method} ${path}`)
      }
    }
    assert.equal((await ask('GET', id, target.adminKey)).status, 403)
    assert.equal((await ask('GET', id, 'nonsense')).status, 401)
    for (const path of [UNKNOWN, 'x', `${UNKNOWN}/result`]) assert.equal((await ask('GET', path)).status, 404)
    assert.equal((await ask('DELETE', UNKNOWN)).status, 404)
    assert.equal(JSON.parse((await ask('GET', UNKNOWN)).text).error.code, 7000)
  })

  test('a running algorithm can fetch results of its own session, and sees no other call of its caller', async () => {
    const other = idOf(await callAsync('secret'))
    await finished(other)
    const { shop } = await createAlgorithm(target, probe.owner, { name: 'Asker', language: 'python3' })
    const sha = await pushGreen(shop, { 'src/Asker.py': ASKER, 'requirements.txt': '' })
    const body = JSON.stringify({ call: `${probe.owner.username}/Probe`, other })
    const { key } = probe.owner
    const reply = await curl('POST', `${shop.callUrl}/${sha}`, { key, body, contentType: 'application/json' })
    assert.deepEqual(JSON.parse(reply.text).result, { accepted: 202, result: 'inner', other: 404 }, reply.text)
  })

  test('void calls keep no result, and pages of browsers are answered at once', async () => {
    const accepted = await callAsync(1, { query: '?output=void' })
    assert.deepEqual([accepted.status, JSON.parse(accepted.text).async], [200, 'void'])
    assert.equal((await ask('GET', idOf(accepted))).status, 404)
    const body = { key: probe.owner.key, body: '1', contentType: 'application/json' }
    const headers = ['Prefer: respond-async', 'Origin: https://example.com']
    const fromPage = await curl('POST', probe.shop.callUrl, { ...body, headers })
    assert.deepEqual([fromPage.status, JSON.parse(fromPage.text).result], [200, 1])
  })

  describe('with an Idempotency-Key', () => {
    test('the same request gets the same answer, and a different one is refused', async () => {
      const options = { query: '?timing=true', idempotencyKey: 'order 4711' }
      const first = await call({ a: 1 }, options)
      assert.equal(first.headers.get('idempotency-replayed'), undefined)
      const second = await call({ a: 1 }, options)
      assert.equal(second.headers.get('idempotency-replayed'), 'true')
      assert.equal(second.text, first.text)
      assert.equal(second.headers.get('x-request-id'), first.headers.get('x-request-id'))
      for (const other of [call({ a: 2 }, options), call({ a: 1 }, { idempotencyKey: 'order 4711' })]) {
        const reply = await other
        assert.equal(reply.status, 422)
        assert.match(errorOf(reply), /Idempotency-Key was sent with a different request/)
      }
      const stranger = await call({ a: 2 }, { ...options, key: probe.stranger.key })
      assert.deepEqual([stranger.status, stranger.headers.get('idempotency-replayed')], [200, undefined])
    })

    test('who repeats a request while it runs waits for the same answer', async () => {
      const options = { query: '?timing=true', idempotencyKey: 'while-running' }
      const replies = await Promise.all(Array.from({ length: 5 }, () => call({ do: 'sleep', seconds: 0.4 }, options)))
      assert.equal(new Set(replies.map(({ text }) => text)).size, 1)
      assert.equal(replies.filter(({ headers }) => headers.get('idempotency-replayed') === 'true').length, 4)
    })

    test('a long answer is whole for who reads it when the others have had it', async () => {
      const text = 'long '.repeat(1_600_000)
      const headers = { Authorization: `Simple ${probe.owner.key}`, 'Idempotency-Key': 'long' }
      const slow = request(probe.shop.callUrl, { method: 'POST', headers }).end(text)
      const others = Promise.all(Array.from({ length: 3 }, () => post(headers, text)))
      const [reply] = (await once(slow, 'response')) as [IncomingMessage]
      const answers = new Set(await others)
      // Whatever memory is free by now is used again.
      await Promise.all(
        Array.from({ length: 4 }, () => post({ ...headers, 'Idempotency-Key': '' }, text.toUpperCase())),
      )
      answers.add(await textOf(reply))
      assert.deepEqual(
        [...answers].map((answer) => JSON.parse(answer).result === text),
        [true],
      )
    })

    test('failures of the algorithm are answers too', async () => {
      const options = { query: '?output=raw', idempotencyKey: 'fails' }
      const [first, second] = [await call({ do: 'typed' }, options), await call({ do: 'typed' }, options)]
      assert.deepEqual([first.status, second.status, second.text], [400, 400, first.text])
      assert.equal(second.headers.get('idempotency-replayed'), 'true')
    })

    test('asynchronous and void calls are accepted once', async () => {
      const ways: Options[] = [{ query: '?output=void' }, { prefer: 'respond-async' }]
      for (const [index, way] of ways.entries()) {
        const options = { ...way, idempotencyKey: `later-${index}` }
        const [first, second] = [await call(7, options), await call(7, options)]
        await delay(300)
        const third = await call(7, options)
        assert.deepEqual([second.status, second.text, third.text], [first.status, first.text, first.text])
        assert.equal(third.headers.get('idempotency-replayed'), 'true')
        assert.equal((await call(7, { idempotencyKey: `later-${index}` })).status, 422)
      }
    })

    test('a key that cannot be one is refused', async () => {
      for (const idempotencyKey of ['k'.repeat(256), 'ключ']) {
        assert.equal((await call(1, { idempotencyKey })).status, 400)
      }
      assert.equal((await call(1, { idempotencyKey: 'k'.repeat(255) })).status, 200)
    })
  })
})
