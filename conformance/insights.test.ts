/**
 * Insights from inside algorithms: by the official client for Python and by plain HTTP from JavaScript, without a key and
 * with one, with a network and without (platform.md 5.1, runtime.md 5.4).
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { PYTHON_REQUIREMENTS } from './inside/sources.ts'
import { type Account, createAccount } from './lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import { curlJson, type Json } from './lib/curl.ts'
import { startTarget, type Target } from './lib/server.ts'

const PYTHON_SOURCE = `import Algorithmia

client = Algorithmia.client()


def apply(input):
    for metrics in input.get("report", []):
        client.report_insights(metrics)
    if "child" in input:
        return client.algo(input["child"]).pipe({"report": [{"depth": 1}]}).result
    if "fail" in input:
        raise ValueError(input["fail"])
    return "done"
`

const NODE_SOURCE = `exports.apply = async ({ report = [], key }) => {
  const replies = []
  for (const metrics of report) {
    const body = JSON.stringify(Object.entries(metrics).map(([insight_key, insight_value]) => ({ insight_key, insight_value })))
    const headers = { 'Content-Type': 'application/json', ...(key ? { Authorization: 'Simple ' + key } : {}) }
    const reply = await fetch(process.env.ALGORITHMIA_API + '/v1/insights', { method: 'POST', headers, body })
    replies.push([reply.status, await reply.json()])
  }
  return replies
}
`

const NAMES = 'algorithm_name algorithm_owner algorithm_version duration_milliseconds request_id session_id time'.split(
  ' ',
)

let target: Target
let author: Account
let caller: Account
let shops: { python: Workshop; node: Workshop }
/** Of the same algorithm for Python, without insights. */
const SILENT = '0.1.0'
before(async () => {
  target = await startTarget()
  author = await createAccount(target, 'author')
  caller = await createAccount(target, 'caller')
  const python = { 'src/Reports.py': PYTHON_SOURCE, 'requirements.txt': PYTHON_REQUIREMENTS }
  shops = {
    python: await install('isolated', python, {}),
    node: await install('full', { 'src/ReportsJs.js': NODE_SOURCE }, { settings: { insights_enabled: true } }),
  }
  await curlJson('POST', `${shops.python.url}/compile`, { key: author.key, json: {} })
  await publish(shops.python, { version_info: { insights_enabled: true } })
})
after(() => target?.close())

async function install(network: string, files: Record<string, string>, published: Json): Promise<Workshop> {
  const [, name = '', extension] = /^src\/(\w+)\.(\w+)/.exec(Object.keys(files)[0] ?? '') ?? []
  const { shop } = await createAlgorithm(target, author, {
    name,
    language: extension === 'js' ? 'javascript' : 'python3',
  })
  await pushGreen(shop, files)
  const settings = { algorithm_callability: 'public', network_access: network, ...published.settings }
  await publish(shop, { ...published, settings })
  return shop
}

const call = ({ callUrl }: Workshop, json: unknown, version = ''): Promise<Json> =>
  curlJson('POST', `${callUrl}${version && `/${version}`}`, { key: caller.key, json })

/** The newest events of an algorithm, once there are so many. */
async function eventsOf(shop: Workshop, count: number): Promise<Json[]> {
  for (let tries = 0; tries < 1200; tries++) {
    const { results } = await curlJson('GET', `${shop.url}/insights?limit=1000`, { key: author.key })
    if (results.length >= count) return results
    await delay(50)
  }
  throw new Error(`There are no ${count} events of ${shop.name}`)
}

async function newestAfter(shop: Workshop, json: unknown): Promise<{ reply: Json; event: Json }> {
  const { length } = await eventsOf(shop, 0)
  const reply = await call(shop, json)
  return { reply, event: (await eventsOf(shop, length + 1))[0] }
}

/** What the call itself reported. */
const metricsOf = (event: Json): Json =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !NAMES.includes(name)))

describe('by the official Python client, without a network', () => {
  test('what a call reports is one flat event with what names the call', async () => {
    const report = [{ risk_score: 0.25, faces: 2 }, { risk_score: 0.5 }, { label: 'ok' }]
    const { reply, event } = await newestAfter(shops.python, { report })
    assert.equal(reply.result, 'done')
    assert.deepEqual(metricsOf(event), { risk_score: 0.5, faces: 2, label: 'ok' })
    assert.deepEqual(
      Object.keys(event)
        .filter((name) => NAMES.includes(name))
        .sort(),
      NAMES,
    )
    const { request_id, session_id, time, duration_milliseconds, ...algorithm } = event
    assert.match(request_id, /^req-[0-9a-f-]{36}$/)
    assert.equal(session_id, request_id.replace('req-', 'rses-'))
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)
    assert.ok(Math.abs(Date.parse(`${time}Z`) - Date.now()) < 60_000)
    assert.ok(Number.isInteger(duration_milliseconds) && duration_milliseconds >= 0)
    const { algorithm_owner, algorithm_name, algorithm_version } = algorithm
    assert.deepEqual([algorithm_owner, algorithm_name, algorithm_version], [author.username, 'Reports', '0.2.0'])
  })

  test('calls that report nothing and calls that fail have their event', async () => {
    const silent = await newestAfter(shops.python, {})
    assert.deepEqual([silent.reply.result, metricsOf(silent.event)], ['done', {}])
    const failed = await newestAfter(shops.python, { report: [{ before: 1 }], fail: 'no' })
    assert.equal(failed.reply.error.message, 'no')
    assert.deepEqual(metricsOf(failed.event), { before: 1 })
  })

  test('too much and reserved names are refused as a whole, and the call goes on', async () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`a${index}`, index]))
    const more = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`b${index}`, index]))
    const report = [many, more, { large: 'x'.repeat(26_000) }, { request_id: 'mine', c: 1 }, { d: 1 }]
    const { reply, event } = await newestAfter(shops.python, { report })
    assert.equal(reply.result, 'done')
    assert.deepEqual(metricsOf(event), { ...many, d: 1 })
  })

  test('a child reports for itself, in the session of its parent', async () => {
    const { length } = await eventsOf(shops.python, 0)
    const child = `${author.username}/${shops.python.name}`
    await call(shops.python, { report: [{ depth: 0 }], child })
    const [first, second] = await eventsOf(shops.python, length + 2)
    const events = [first, second].sort((a, b) => a.depth - b.depth)
    assert.deepEqual(
      events.map(({ depth, session_id }) => [depth, session_id]),
      [0, 1].map((depth) => [depth, events[0].request_id.replace('req-', 'rses-')]),
    )
    assert.notEqual(events[0].request_id, events[1].request_id)
  })

  test('a version without insights reports without effect', async () => {
    const before = await eventsOf(shops.python, 0)
    assert.equal((await call(shops.python, { report: [{ risk_score: 1 }] }, SILENT)).result, 'done')
    const { event } = await newestAfter(shops.python, {})
    assert.deepEqual(await eventsOf(shops.python, 0), [event, ...before])
  })
})

describe('by HTTP from JavaScript', () => {
  test('the answer is an object, and mistakes are said', async () => {
    const { reply, event } = await newestAfter(shops.node, { report: [{ a: '1.5' }, { timestamp: 1 }] })
    const [[status, body], [refused, error]] = reply.result
    assert.deepEqual([status, Object.keys(body), refused, error.error.code], [200, ['response'], 400, 6001])
    assert.deepEqual(metricsOf(event), { a: '1.5' })
  })

  test('the connection says which call it is, whoever the key belongs to', async () => {
    const { event } = await newestAfter(shops.node, { report: [{ keyed: 1 }], key: caller.key })
    assert.deepEqual([event.algorithm_name, metricsOf(event)], ['ReportsJs', { keyed: 1 }])
  })

  test('a summary has the figures of numbers, sent as numbers or as text', async () => {
    for (const a of [1, '2', 6]) await newestAfter(shops.node, { report: [{ summed: a }] })
    const { calls, is_complete, metrics } = await curlJson('GET', `${shops.node.url}/insights/summary`, {
      key: author.key,
    })
    assert.ok(calls >= 3 && is_complete)
    const { name, ...figures } = metrics.find((each: Json) => each.name === 'summed')
    assert.deepEqual([name, figures], ['summed', { count: 3, minimum: 1, mean: 3, maximum: 6 }])
    assert.ok(metrics.some((each: Json) => each.name === 'duration_milliseconds' && each.count === calls))
  })
})
