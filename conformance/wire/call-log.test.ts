/** The call log and the error logs (rest-api.md 2.7, rows 52, 53, 119 and X12; platform.md 5.4); the call log is an addition. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createAccount, createKey, FULL_RIGHTS, uniqueName } from '../lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { type EventStream, openEvents } from '../lib/events.ts'
import { createPerson } from '../lib/person.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError } from '../lib/shape.ts'
import { type Ask, jsonOf, send, sendAsAdministrator, type WireReply } from '../lib/wire.ts'

covers('listCalls', 'tailCalls', 'getCallLog')
covers('listAlgorithmErrors', 'listUserErrors', 'listOrganizationErrors')

/** Passes its input on to the probe, whatever comes of it. */
const TOP = `import json
import os
import urllib.request


def apply(input):
    url = os.environ["ALGORITHMIA_API"] + "/v1/algo/" + input["algorithm"]
    body = json.dumps(input["input"]).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))
`

let target: Target
let probe: Probe
let asOwner: Ask
let asStranger: Ask
let path = ''
before(async () => {
  target = await startTarget()
  probe = await installProbe(target)
  asOwner = (line, options = {}) => send(target.url, line, { key: probe.owner.key, ...options })
  asStranger = (line, options = {}) => send(target.url, line, { key: probe.stranger.key, ...options })
  path = `/v1/algorithms/${probe.owner.username}/Probe`
})
after(() => target?.close())

const asAdmin = sendAsAdministrator(() => target)

/** Calls the probe. @returns the request id */
async function call(ask: Ask, json: unknown, query = ''): Promise<string> {
  const reply = await ask(`POST /v1/algo/${probe.owner.username}/Probe${query}`, { json })
  return idOf(reply)
}

function idOf(reply: WireReply): string {
  assert.equal(reply.status, 200, reply.text)
  const id = reply.header('X-Request-ID')
  assert.ok(id)
  return id
}

const idsOf = ({ results }: Json): string[] => results.map((each: Json) => each.request_id)
const setFeature = async (enabled: boolean) => {
  assert.equal((await asAdmin('PUT /v1/admin/features/algorithm-errors', { json: { enabled } })).status, 204)
}

describe('the list of calls', () => {
  test('shows who called what, how it ended and where the time went, newest first', async () => {
    const good = await call(asOwner, { do: 'print' })
    const bad = await call(asStranger, { do: 'typed' })
    const page = jsonOf(await asOwner(`GET ${path}/calls`))
    assert.deepEqual(idsOf(page).slice(0, 2), [bad, good])
    assert.deepEqual([page.marker, page.next_link, page.left_out.calls], [null, null, 0])
    const [failure, success] = page.results
    const { timing, ended_at, usage, ...rest } = failure
    assert.ok(timing.run_us > 0 && timing.accept_us > 0 && timing.reply_us > 0)
    assert.ok(Date.now() - Date.parse(ended_at) < 60_000)
    assert.ok(usage === undefined || usage.cpu_us >= 0)
    assert.deepEqual(rest, {
      ...{ request_id: bad, session_id: bad, depth: 0, caller: probe.stranger.username, version: '0.1.0' },
      ...{ outcome: 'failed', error_type: 'InputError', message: 'typed', has_output: false },
      ...{ content_type: 'json', input_bytes: 14, answer_bytes: 0 },
    })
    assert.deepEqual([success.outcome, success.answer_bytes], ['succeeded', 'printed'.length])
    const { id } = jsonOf(await asOwner(`GET ${path}`))
    assert.deepEqual(jsonOf(await asOwner(`GET /v1/algorithms/${id}/calls`)).results, page.results)
  })

  test('is read page by page, by its marker and by its link', async () => {
    for (let index = 0; index < 4; index++) await call(asOwner, index)
    const every = idsOf(jsonOf(await asOwner(`GET ${path}/calls?limit=1000`)))
    const paged: string[] = []
    let line = `GET ${path}/calls?limit=2`
    for (let pages = 0; pages < 50 && line; pages++) {
      const page = jsonOf(await asOwner(line))
      paged.push(...idsOf(page))
      if (page.marker !== null) assert.ok(page.next_link.startsWith(target.url) && page.next_link.includes(page.marker))
      line = page.next_link === null ? '' : `GET ${page.next_link.slice(target.url.length)}`
    }
    assert.deepEqual(paged, every)
  })

  test('is filtered by time, outcome, version and caller, and searched', async () => {
    const failed = await call(asStranger, { do: 'juggle' })
    const { ended_at } = jsonOf(await asOwner(`GET ${path}/calls?limit=1`)).results[0]
    const find = async (query: string) => jsonOf(await asOwner(`GET ${path}/calls?${query}`))
    assert.deepEqual(idsOf(await find(`since=${ended_at}&caller=${probe.stranger.username}`)), [failed])
    assert.ok(!idsOf(await find(`until=${Date.parse(ended_at)}`)).includes(failed))
    const failures = await find('outcome=failed')
    assert.ok(idsOf(failures).includes(failed) && failures.results.every((each: Json) => each.outcome === 'failed'))
    assert.deepEqual(idsOf(await find('version=9.9.9')), [])
    const found = await find('q=CANNOT%20JUGGLE')
    assert.deepEqual(idsOf(found), [failed])
    assert.ok(found.search.looked_at >= 1 && found.search.stopped_at === null)
    assert.deepEqual(idsOf(await find(`q=${failed.slice(4, 30)}&caller=${probe.stranger.username}`)), [failed])
    assert.equal(idsOf(await find('q=to%20stderr')).length, 1)
  })

  test('says what is wrong with a question', async () => {
    for (const [query, code] of [
      ['outcome=good', 6001],
      ['since=yesterday', 6001],
      ['since=999999999999999', 6001],
      ['until=%2B012000-01-01', 6001],
      ['q=%00', 6001],
      [`q=${'x'.repeat(201)}`, 6001],
      ['limit=1001', 5003],
      ['marker=x', 5002],
    ] as const) {
      assertError(await asOwner(`GET ${path}/calls?${query}`), { status: 400, code })
    }
    assertError(await asOwner(`GET ${path}/calls?caller=nobody_here`), { status: 404, code: 3000 })
  })

  test('is for those who manage the algorithm, and for administrators', async () => {
    assertError(await asStranger(`GET ${path}/calls`), { status: 403, code: 2001 })
    const weak = await createKey(target, probe.owner.username, { ...FULL_RIGHTS, allow_algo_management: false })
    assertError(await asOwner(`GET ${path}/calls`, { key: weak }), { status: 403, code: 2001 })
    assert.ok(jsonOf(await asAdmin(`GET ${path}/calls`)).results.length > 0)
  })
})

describe('one call', () => {
  test('shows its owner all of it, whoever made it', async () => {
    const printed = await call(asStranger, { do: 'print' })
    const entry = jsonOf(await asOwner(`GET /v1/calls/${printed}/log`))
    assert.match(entry.output, /to stdout/)
    assert.match(entry.output, /to stderr/)
    assert.deepEqual([entry.input, entry.algorithm.name], ['{"do":"print"}', 'Probe'])
    const failed = await call(asStranger, { do: 'juggle' })
    assert.match(jsonOf(await asOwner(`GET /v1/calls/${failed}/log`)).stacktrace, /cannot juggle/)
    assert.match(jsonOf(await asAdmin(`GET /v1/calls/${failed}/log`)).stacktrace, /cannot juggle/)
  })

  test('shows the account that made it its timing and its error, and nobody else anything', async () => {
    const failed = await call(asStranger, { do: 'juggle' })
    const entry = jsonOf(await asStranger(`GET /v1/calls/${failed}/log`))
    assert.deepEqual(
      [entry.outcome, entry.message, entry.output, entry.stacktrace, entry.input],
      ['failed', 'cannot juggle', undefined, undefined, undefined],
    )
    assert.ok(entry.timing.run_us > 0)
    const person = await createPerson(target)
    assertError(await person.send(`GET /v1/calls/${failed}/log`), { status: 404, code: 7000 })
    const others = await createKey(target, probe.stranger.username, { ...FULL_RIGHTS, algo_acl: ['algo://demo/*'] })
    assertError(await asStranger(`GET /v1/calls/${failed}/log`, { key: others }), { status: 404, code: 7000 })
    assertError(await asOwner('GET /v1/calls/req-nothing/log'), { status: 404, code: 7000 })
  })

  test('that was refused is not there', async () => {
    const reply = await asStranger(`POST /v1/algo/${probe.owner.username}/Probe/9.9.9`, { json: 1 })
    assert.equal(reply.status, 404)
    const id = reply.header('X-Request-ID')
    assertError(await asStranger(`GET /v1/calls/${id}/log`), { status: 404, code: 7000 })
  })

  test('that ran later and failed is there as well', async () => {
    const line = `POST /v1/algo/${probe.owner.username}/Probe?output=void`
    const { request_id } = jsonOf(await asOwner(line, { json: { do: 'juggle' } }))
    for (let tries = 0; tries < 1200; tries++) {
      const reply = await asOwner(`GET /v1/calls/${request_id}/log`)
      if (reply.status === 200) return assert.equal(reply.json().message, 'cannot juggle')
      await delay(50)
    }
    assert.fail('the call does not appear')
  })

  test('says nothing of what was said when the owner wants that', async () => {
    const choose = async (keep_call_content: boolean) =>
      jsonOf(await asOwner(`PUT ${path}`, { json: { settings: { keep_call_content } } })).settings.keep_call_content
    assert.equal(await choose(false), false)
    const [printed, failed] = [await call(asOwner, { do: 'print' }), await call(asOwner, { do: 'juggle' })]
    assert.equal(await choose(true), undefined)
    const kept = await call(asOwner, { do: 'juggle' })
    for (const id of [printed, failed]) {
      const { text } = await asOwner(`GET /v1/calls/${id}/log`)
      assert.ok(!/juggle|print|to std/.test(text), text)
    }
    assert.equal(jsonOf(await asOwner(`GET /v1/calls/${failed}/log`)).error_type, 'AlgorithmError')
    assert.equal(jsonOf(await asOwner(`GET /v1/calls/${kept}/log`)).message, 'cannot juggle')
  })
})

describe('the tail', () => {
  const streams: EventStream[] = []
  after(() => {
    for (const stream of streams) stream.close()
  })
  const follow = async (key: string, headers: Record<string, string> = {}): Promise<EventStream> => {
    const stream = await openEvents(`${target.url}${path}/calls/tail`, { Authorization: `Simple ${key}`, ...headers })
    streams.push(stream)
    return stream
  }

  test('tells of each call a moment after it ended, and goes on after the last event that was read', async () => {
    const stream = await follow(probe.owner.key)
    const ids = [await call(asOwner, { do: 'print' }), await call(asStranger, 'x')]
    const [first, second] = [await stream.next(), await stream.next()]
    assert.deepEqual(
      [first, second].map(({ event }) => event),
      ['call', 'call'],
    )
    assert.deepEqual([first, second].map(({ data }) => data.request_id).toSorted(), ids.toSorted())
    assert.ok([first, second].some(({ data }) => /to stdout/.test(data.output)))
    stream.close()
    const missed = await call(asOwner, 'missed')
    const resumed = await follow(probe.owner.key, { 'Last-Event-ID': second.id })
    assert.equal((await resumed.next()).data.request_id, missed)
    const next = await call(asOwner, 'next')
    assert.equal((await resumed.next()).data.request_id, next)
    assert.match(resumed.contentType, /^text\/event-stream/)
  })

  test('ends when the right is lost, before it tells of another call', async () => {
    const { username } = probe.owner
    const key = await createKey(target, username, FULL_RIGHTS)
    const keys = jsonOf(await asAdmin(`GET /v1/users/${username}/keys`))
    const { id } = keys.at(-1)
    const stream = await follow(key)
    const seen = await call(asOwner, 'seen')
    assert.equal((await stream.next()).data.request_id, seen)
    assert.equal((await asAdmin(`DELETE /v1/users/${username}/keys/${id}`)).status, 204)
    await call(asOwner, 'unseen')
    const { event, data } = await stream.next()
    assert.deepEqual([event, data.reason], ['end', 'you may no longer read this'])
    await stream.ended
  })

  test('is for those who may read the list', async () => {
    assertError(await asStranger(`GET ${path}/calls/tail`), { status: 403, code: 2001 })
    assertError(await asOwner(`GET ${path}/calls/tail`, { headers: { 'Last-Event-ID': '?' } }), {
      status: 400,
      code: 5002,
    })
  })
})

describe('error logs', () => {
  test('are off until an administrator turns them on, for all but administrators', async () => {
    const failed = await call(asOwner, { do: 'juggle' })
    const own = `/v1/users/${probe.owner.username}/errors`
    for (const line of [`GET ${path}/errors`, `GET ${own}`]) {
      const { text } = await asOwner(line)
      assertError(await asOwner(line), { status: 404 })
      assert.match(text, /turned off on this server/)
      assert.ok(jsonOf(await asAdmin(line)).some((each: Json) => each.request_id === failed))
    }
    const missing = await asOwner(`GET ${path}x/errors`)
    assertError(missing, { status: 404, code: 1001 })
    assert.match(missing.text, /No such algorithm/)
  })

  describe('turned on', () => {
    let top: Workshop
    before(async () => {
      await setFeature(true)
      top = (await createAlgorithm(target, probe.owner, { name: 'Top', language: 'python3' })).shop
      await pushGreen(top, { 'src/Top.py': TOP, 'requirements.txt': '' })
      await publish(top, { settings: { algorithm_callability: 'public' } })
    })
    after(() => setFeature(false))

    test('listAlgorithmErrors has the members of the original, by name and by id', async () => {
      const failed = await call(asStranger, { do: 'juggle', more: 'x'.repeat(200) })
      const list = jsonOf(await asOwner(`GET ${path}/errors`))
      const { created_at, error, worker, ...rest } = list[0]
      assert.deepEqual(rest, {
        ...{ request_id: failed, username: probe.owner.username, algoname: 'Probe', algoversion: '0.1.0' },
        input: `{"do":"juggle","more":"${'x'.repeat(128 - 23)}`,
        ...{ error_type: 'AlgorithmError', billable_to: probe.stranger.username },
      })
      assert.ok(Math.abs(Date.now() - created_at) < 60_000)
      assert.match(error, /^error:\ncannot juggle\nstacktrace:\nSome\(.*cannot juggle.*\)$/s)
      assert.match(worker, /^\d+\.\d+\.\d+\.\d+$/)
      assert.deepEqual(
        Object.keys(list[0]).join(),
        'created_at,request_id,username,algoname,algoversion,input,error,error_type,billable_to,worker',
      )
      const { id } = jsonOf(await asOwner(`GET ${path}`))
      assert.deepEqual(jsonOf(await asOwner(`GET /v1/algorithms/${id}/errors`)), list)
      assertError(await asStranger(`GET ${path}/errors`), { status: 403, code: 2001 })
      const weak = await createKey(target, probe.owner.username, { ...FULL_RIGHTS, allow_algo_management: false })
      assertError(await asOwner(`GET ${path}/errors`, { key: weak }), { status: 403, code: 2001 })
    })

    test('listUserErrors has what the account called, without the stack traces of others', async () => {
      const { username } = probe.stranger
      const failed = await call(asStranger, { do: 'juggle' })
      const list = jsonOf(await asStranger(`GET /v1/users/${username}/errors`))
      assert.equal(list[0].request_id, failed)
      assert.equal(list[0].error, 'error:\ncannot juggle\nstacktrace:\nNone')
      assert.ok(list.every((each: Json) => each.billable_to === username))
      const { id } = jsonOf(await asAdmin(`GET /v1/users/${username}`))
      assert.deepEqual(jsonOf(await asStranger(`GET /v1/users/${id}/errors`)), list)
      assertError(await asOwner(`GET /v1/users/${username}/errors`), { status: 403, code: 2001 })
    })

    test('an account that is not there has none', async () => {
      for (const ask of [asOwner, asAdmin]) {
        assert.deepEqual(jsonOf(await ask('GET /v1/users/nobody_here/errors')), [])
        assert.deepEqual(jsonOf(await ask('GET /v1/organizations/nobody_here/errors')), [])
      }
    })

    test('a failure further down shows on the algorithm that was called from outside', async () => {
      const json = { algorithm: `${probe.owner.username}/Probe`, input: { do: 'juggle' } }
      const root = idOf(await asStranger(`POST /v1/algo/${probe.owner.username}/Top`, { json }))
      const list = jsonOf(await asOwner(`GET /v1/algorithms/${probe.owner.username}/Top/errors`))
      assert.deepEqual([list.length, list[0].algoname, list[0].input], [1, 'Probe', '{"do": "juggle"}'])
      const inner = jsonOf(await asOwner(`GET /v1/calls/${list[0].request_id}/log`))
      assert.deepEqual([inner.session_id, inner.depth], [root, 1])
      const ofCaller = jsonOf(await asStranger(`GET /v1/users/${probe.stranger.username}/errors`))
      assert.ok(
        ofCaller.every((each: Json) => each.algoname !== 'Probe' || each.request_id !== inner.request_id),
        'how an algorithm calls others is not for its callers',
      )
    })

    test('a failure of a private algorithm further down is told to nobody but its owner', async () => {
      const { shop } = await createAlgorithm(target, probe.owner, { name: 'Hidden', language: 'javascript' })
      await pushGreen(shop, { 'src/Hidden.js': 'exports.apply = () => { throw new Error("behind the scenes") }\n' })
      const { version_info } = await publish(shop, { settings: { algorithm_callability: 'private' } })
      const other = (await createAlgorithm(target, probe.stranger, { name: 'Other', language: 'python3' })).shop
      await pushGreen(other, { 'src/Other.py': TOP, 'requirements.txt': '' })
      await publish(other, { settings: { algorithm_callability: 'public' } })
      const { username } = probe.owner
      const through = { algorithm: `${username}/Hidden/${version_info.semantic_version}`, input: 1 }
      const json = { algorithm: `${username}/Top`, input: through }
      assert.match(
        (await asStranger(`POST /v1/algo/${probe.stranger.username}/Other`, { json })).text,
        /behind the scenes/,
      )
      const hidden = (list: Json) => list.filter((each: Json) => each.algoname === 'Hidden')
      const [failed, ...more] = hidden(jsonOf(await asOwner(`GET /v1/algorithms/${username}/Hidden/errors`)))
      assert.deepEqual([failed.billable_to, more], [probe.stranger.username, []])
      for (const line of [
        `GET /v1/algorithms/${probe.stranger.username}/Other/errors`,
        `GET /v1/users/${probe.stranger.username}/errors`,
      ]) {
        assert.deepEqual(hidden(jsonOf(await asStranger(line))), [], line)
      }
      assertError(await asStranger(`GET /v1/calls/${failed.request_id}/log`), { status: 404, code: 7000 })
    })

    test('listOrganizationErrors has what the organization called and, for who manages it, what its algorithms did', async () => {
      const org_name = uniqueName('org')
      const org = { org_name, org_label: 'l', org_contact_name: 'c', org_email: `${org_name}@example.com` }
      jsonOf(await asAdmin('POST /v1/organizations', { json: org }))
      const member = await createAccount(target, 'member')
      assert.equal((await asAdmin(`PUT /v1/organizations/${org_name}/members/${member.username}`)).status, 201)
      const made = await asAdmin(`POST /v1/organizations/${org_name}/keys`, {
        json: { key_label: 'k', permissions: FULL_RIGHTS },
      })
      const asOrganization: Ask = (line, options = {}) =>
        send(target.url, line, { key: jsonOf(made).api_key, ...options })
      const failed = await call(asOrganization, { do: 'juggle' })
      const line = `GET /v1/organizations/${org_name}/errors`
      const list = jsonOf(await send(target.url, line, { key: member.key }))
      assert.deepEqual(
        list.map((each: Json) => [each.request_id, each.billable_to]),
        [[failed, org_name]],
      )
      assert.deepEqual(jsonOf(await asAdmin(line)).length, 1)
      assertError(await asStranger(line), { status: 403, code: 2001 })
    })
  })
})
