/**
 * What a call takes and gives: input types, result types, exact JSON, errors and the options of the query
 * (rest-api.md 4.3–4.9, runtime.md 2.8, 9).
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { covers } from '../lib/covers.ts'
import { type CurlReply, curl } from '../lib/curl.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers, REQUEST_ID } from '../lib/shape.ts'
import { jsonOf, send, type WireOptions, type WireReply } from '../lib/wire.ts'

covers('callAlgorithm')

const BUFFER_TEXT = `"${Buffer.from('{"type":"Buffer"}').toString('base64')}"`
const KILLED = 'Failed to run algorithm - may have timed-out or hit out-of-memory error'

let target: Target
let probe: Probe
before(async () => {
  target = await startTarget()
  probe = await installProbe(target)
})
after(() => target?.close())

interface Input {
  readonly type?: string
  readonly body: string | Buffer
}

function call(query: string, { type, body }: Input, key = probe.owner.key): Promise<CurlReply> {
  const headers = type === undefined ? ['Content-Type:'] : []
  return curl('POST', probe.shop.callUrl + query, {
    key,
    body,
    headers,
    ...(type === undefined ? {} : { contentType: type }),
  })
}

function json(value: unknown): Input {
  return { type: 'application/json', body: JSON.stringify(value) }
}

/** The result's bytes as they came, and the kind: the envelope has two members, compact and in this order. */
function openEnvelope(text: string): { result: string; kind: string } {
  const match = text.match(/^\{"result":(.*),"metadata":\{"content_type":"([a-z]+)","duration":([0-9.e-]+)\}\}$/s)
  assert.ok(match, text)
  assert.ok(Number(match[3]) > 0)
  return { result: match[1] ?? '', kind: match[2] ?? '' }
}

describe('input by its content type', () => {
  const cases: readonly [what: string, input: Input, result: string, kind: string][] = [
    ['text', { type: 'text/plain', body: 'HAL' }, '"HAL"', 'text'],
    ['text with a charset', { type: 'text/plain; charset=utf-8', body: 'Ä' }, '"Ä"', 'text'],
    ['application/text', { type: 'application/text', body: 'HAL' }, '"HAL"', 'text'],
    ['an empty text', { type: 'text/plain', body: '' }, '""', 'text'],
    ['text that looks like JSON', { type: 'text/plain', body: '[1]' }, '"[1]"', 'text'],
    ['JSON', { type: 'application/json', body: '[1,{"a":null}]' }, '[1,{"a":null}]', 'json'],
    ['a JSON string', { type: 'application/json', body: '"HAL"' }, '"HAL"', 'text'],
    ['JSON of a vendor type', { type: 'application/vnd.x+json', body: '[]' }, '[]', 'json'],
    ['JSON in capitals', { type: 'Application/JSON', body: 'true' }, 'true', 'json'],
    ['an empty JSON body', { type: 'application/json', body: '' }, 'null', 'json'],
    ['bytes', { type: 'application/octet-stream', body: Buffer.from([0, 1]) }, '"AAE="', 'binary'],
    ['an image', { type: 'image/png', body: Buffer.from([0, 1]) }, '"AAE="', 'binary'],
    ['no bytes', { type: 'application/octet-stream', body: '' }, '""', 'binary'],
    ['no type and JSON', { body: '{"a":1}' }, '{"a":1}', 'json'],
    ['no type and text', { body: 'HAL 9000' }, '"HAL 9000"', 'text'],
    ['no type and bytes', { body: Buffer.from([0xff, 0xfe]) }, '"//4="', 'binary'],
    ['text/json', { type: 'text/json', body: '[1]' }, '[1]', 'json'],
    ['csv', { type: 'text/csv', body: '1,2' }, '"1,2"', 'text'],
    ['an audio file', { type: 'audio/mpeg', body: Buffer.from([0, 1]) }, '"AAE="', 'binary'],
    ['a video', { type: 'video/mp4', body: Buffer.from([0, 1]) }, '"AAE="', 'binary'],
    ['a zip', { type: 'application/zip', body: Buffer.from([0, 1]) }, '"AAE="', 'binary'],
    ['a pdf', { type: 'application/pdf', body: Buffer.from([0, 1]) }, '"AAE="', 'binary'],
    ['JSON text as bytes', { type: 'application/octet-stream', body: '{"type":"Buffer"}' }, BUFFER_TEXT, 'binary'],
    ['an empty form type', { type: 'application/x-www-form-urlencoded', body: '' }, '""', 'text'],
    ['a form type and JSON', { type: 'application/x-www-form-urlencoded', body: '[1]' }, '[1]', 'json'],
  ]
  for (const [what, input, result, kind] of cases) {
    test(`${what} comes back as ${kind}`, async () => {
      const reply = await call('', input)
      assert.equal(reply.status, 200, reply.text)
      assert.deepEqual(openEnvelope(reply.text), { result, kind })
    })
  }
})

describe('exact JSON', () => {
  const unchanged: readonly [string, string][] = [
    ['a float without fraction', '[1,1.0,-0.0]'],
    ['64-bit integers', '[9223372036854775807,-9223372036854775808,12345678901234567890]'],
    ['member order', '{"z":1,"a":2,"10":3,"9":4}'],
    ['escapes and astral characters', '"\\u0000\\"\\\\\\n\u{1F600}\u2028"'],
    ['deep nesting', `${'['.repeat(200)}${']'.repeat(200)}`],
  ]
  for (const [what, body] of unchanged) {
    test(`${what} survives both ways`, async () => {
      const reply = await call('?output=raw', { type: 'application/json', body })
      assert.equal(reply.status, 200, reply.text)
      if (body.startsWith('"')) assert.equal(reply.text, JSON.parse(body))
      else assert.equal(reply.text, body)
    })
  }

  test('white space between tokens is taken, and a repeated member is the last one in Python', async () => {
    const reply = await call('', { type: 'application/json', body: ' {"a" : 1 ,\r\n\t"a":2 } \n' })
    assert.equal(openEnvelope(reply.text).result, '{"a":2}')
  })
})

describe('failures of the algorithm', () => {
  test('an exception has message, trace and type; only the owner sees the trace', async () => {
    const own = JSON.parse((await call('', json({ do: 'fail' }))).text)
    assert.deepEqual(Object.keys(own), ['error', 'metadata'])
    assert.deepEqual(Object.keys(own.error), ['message', 'stacktrace', 'error_type'])
    assert.equal(own.error.message, 'cannot fail')
    assert.match(own.error.stacktrace, /ValueError/)
    assert.equal(own.error.error_type, 'AlgorithmError')
    assert.deepEqual(Object.keys(own.metadata), ['duration'])
    const others = JSON.parse((await call('', json({ do: 'fail' }), probe.stranger.key)).text)
    assert.deepEqual(Object.keys(others.error), ['message', 'error_type'])
  })

  test('the type that an exception carries is passed on', async () => {
    assert.equal(JSON.parse((await call('', json({ do: 'typed' }))).text).error.error_type, 'InputError')
  })

  test('a result that is not JSON is an error of the algorithm', async () => {
    const { error } = JSON.parse((await call('', json({ do: 'set' }))).text)
    assert.match(error.message, /not JSON serializable/)
  })

  test('a process that ends by itself is reported, and the next call works', async () => {
    const { error } = JSON.parse((await call('', json({ do: 'exit' }))).text)
    assert.deepEqual(error, { message: 'exited with code 3', error_type: 'SystemExit' })
    assert.equal((await call('?output=raw', json('again'))).text, 'again')
  })

  test('a call over its time is killed near its deadline, with status 200 and the fixed text', async (t) => {
    const startedAtMs = performance.now()
    const reply = await call('?timeout=1.5', json({ do: 'sleep', seconds: 60 }))
    const tookMs = performance.now() - startedAtMs
    t.diagnostic(`answered after ${tookMs.toFixed(0)} ms`)
    assert.equal(reply.status, 200)
    assert.deepEqual(JSON.parse(reply.text).error, { message: KILLED, error_type: 'TimeoutError' })
    assert.ok(tookMs > 1400 && tookMs < 30_000, `${tookMs} ms`)
    assert.equal((await call('?output=raw', json('again'))).text, 'again')
  })
})

describe('options of the query', () => {
  test('stdout=true shows what was printed to the owner alone', async () => {
    const own = JSON.parse((await call('?stdout=TRUE', json({ do: 'print' }))).text)
    assert.deepEqual(Object.keys(own.metadata), ['content_type', 'duration', 'stdout'])
    assert.match(own.metadata.stdout, /to stdout/)
    assert.match(own.metadata.stdout, /to stderr/)
    const next = JSON.parse((await call('?stdout=true', json('quiet'))).text)
    assert.ok(!(next.metadata.stdout ?? '').includes('to stdout'), 'output belongs to its own call')
    const others = JSON.parse((await call('?stdout=true', json({ do: 'print' }), probe.stranger.key)).text)
    assert.deepEqual(Object.keys(others.metadata), ['content_type', 'duration'])
  })

  const raw: readonly [what: string, input: Input, type: RegExp, body: Buffer][] = [
    ['text', json('HAL'), /^text\/plain; ?charset=utf-8$/i, Buffer.from('HAL')],
    ['JSON', json([1, { a: 2 }]), /^application\/json/, Buffer.from('[1,{"a":2}]')],
    ['bytes', json({ do: 'bytes' }), /^application\/octet-stream$/, Buffer.from([0, 1, 255])],
  ]
  for (const [what, input, type, body] of raw) {
    test(`output=raw gives bare ${what}`, async () => {
      const reply = await call('?output=raw', input)
      assert.equal(reply.status, 200)
      assert.match(reply.headers.get('content-type') ?? '', type)
      assert.deepEqual(reply.body, body)
      assert.equal(reply.headers.get('content-length'), String(body.length))
    })
  }

  test('output=raw of a failure is 400 with the error', async () => {
    const reply = await call('?output=raw', json({ do: 'fail' }))
    assert.equal(reply.status, 400)
    assert.equal(JSON.parse(reply.text).error.message, 'cannot fail')
  })

  test('output=void answers at once with a request id, and reports what it can know before the run', async () => {
    const startedAtMs = performance.now()
    const reply = await call('?output=void', json({ do: 'sleep', seconds: 20 }))
    assert.equal(reply.status, 200)
    assert.match(reply.text, /^\{"async":"void","request_id":"req-[0-9a-f-]{36}"\}$/)
    assert.ok(performance.now() - startedAtMs < 15_000)
    assert.equal((await call('?output=void', { type: 'application/json', body: '{' })).status, 400)
    assert.equal((await call('/9.9.9?output=void', json(1))).status, 404)
  })

  test('output=default, an empty and an unknown output are the normal answer', async () => {
    const queries = ['?output=default', '?output=DEFAULT', '?output=', '?output=banana', '?timeout=300&stdout=False']
    for (const query of [...queries, '?timeout=300&stdout=False&output=default']) {
      assert.equal(openEnvelope((await call(query, json('x'))).text).result, '"x"')
    }
  })

  test('timing=true adds seconds that are not less than the run', async () => {
    const { metadata } = JSON.parse((await call('?timing=true', json({ do: 'sleep', seconds: 0.2 }))).text)
    assert.deepEqual(Object.keys(metadata), ['content_type', 'duration', 'timing'])
    assert.ok(metadata.timing.running >= 0.2 && metadata.timing.total >= metadata.timing.running)
  })

  test('a header says where the time went, and its parts add up to what the caller waited', async (context) => {
    const startedAtMs = performance.now()
    const reply = await send(target.url, `POST ${new URL(probe.shop.callUrl).pathname}`, {
      key: probe.owner.key,
      json: { do: 'sleep', seconds: 0.5 },
    })
    const waitedMs = performance.now() - startedAtMs
    const timing = (reply.header('X-Algorist-Timing') ?? '').replace(/;cause=\w+$/, '')
    const parts = timing.split(';').map((part) => part.split('='))
    assert.deepEqual(
      parts.map(([name]) => name),
      ['accept', 'wait', 'start', 'load', 'run', 'reply'],
    )
    const sumMs = parts.reduce((sum, [, ms]) => sum + Number(ms), 0)
    context.diagnostic(`${sumMs.toFixed(1)} ms of ${waitedMs.toFixed(1)} ms`)
    assert.ok(Number(parts[4]?.[1]) >= 500 && sumMs <= waitedMs, String(parts))
  })
})

describe('what is not there', () => {
  const missing: readonly [string, (path: string) => string][] = [
    ['an algorithm', (path) => `${path}Missing`],
    ['an owner', (path) => path.replace('/Probe', 'x/Probe')],
    ['a version', (path) => `${path}/9.9.9`],
    ['a commit', (path) => `${path}/${'0'.repeat(40)}`],
    ['a version that is no version', (path) => `${path}/banana`],
  ]
  for (const [what, change] of missing) {
    test(`${what} is 404 and named`, async () => {
      const path = change(`${probe.owner.username}/Probe`)
      const reply = await curl('POST', `${target.url}/v1/algo/${path}`, { key: probe.owner.key, body: 'x' })
      assert.equal(reply.status, 404)
      assert.ok(JSON.parse(reply.text).error.message.startsWith(`algorithm algo://${path} not found`), reply.text)
    })
  }

  test('many callers at once each get their own answer', async () => {
    const replies = await Promise.all(Array.from({ length: 24 }, (_, n) => call('?output=raw', json(`caller ${n}`))))
    assert.deepEqual(
      replies.map((reply) => reply.text),
      Array.from({ length: 24 }, (_, n) => `caller ${n}`),
    )
  })
})

describe('headers and bodies to the byte', () => {
  const ask = (line: string, options: WireOptions = {}): Promise<WireReply> =>
    send(target.url, `POST ${new URL(probe.shop.callUrl).pathname}${line}`, { key: probe.owner.key, ...options })

  test('every answer has its request id in a header; a synchronous body has none', async () => {
    const failed = await ask('', { json: { do: 'fail' } })
    for (const reply of [await ask('', { json: 1 }), failed, await ask('/9.9.9', { json: 1 })]) {
      assert.match(reply.header('X-Request-ID') ?? '', REQUEST_ID)
      assert.ok(!reply.text.includes('req-'), reply.text)
    }
  })

  test('a void answer has exactly two members, and its id is the one of the header', async () => {
    const reply = await ask('?output=void&stdout=true&timing=true', { json: 'x' })
    const body = jsonOf(reply)
    assertMembers(body, 'async request_id')
    assert.equal(body.async, 'void')
    assert.equal(body.request_id, reply.header('X-Request-ID'))
  })

  const refusals: readonly [status: number, line: string, options: WireOptions][] = [
    [401, '', { key: 'simNobody', json: 1 }],
    [404, 'Missing', { json: 1 }],
    [404, '/9.9.9', { json: 1 }],
    [400, '', { headers: { 'Content-Type': 'application/json' }, body: '{"a":' }],
    [413, '', { body: Buffer.alloc(10 * 1024 * 1024 + 1) }],
    [415, '', { headers: { 'Content-Type': 'multipart/form-data; boundary=x' }, body: '--x--' }],
    [415, '', { headers: { 'Content-Type': 'application/x-unknown' }, body: 'x' }],
  ]
  for (const output of ['default', 'raw', 'void']) {
    for (const [status, line, options] of refusals) {
      test(`what is refused before the run is ${status} E2 with output=${output}: ${line} ${Object.keys(options)}`, async () => {
        assertError(await ask(`${line}?output=${output}`, options), { status })
      })
    }
  }

  const broken = ['{"a":', '1 2', '[1,]', "{'a':1}", '"a\nb"', 'NaN', '01', '"\\x"', 'nul', '{"a" 1}', '\u{feff}1']
  for (const body of broken) {
    test(`${JSON.stringify(body)} is no JSON: 400, and the message says so`, async () => {
      const reply = await ask('', { headers: { 'Content-Type': 'application/json' }, body })
      assertError(reply, { status: 400, message: /JSON/ })
    })
  }

  for (const type of ['text/plain', 'application/json']) {
    test(`bytes that are no UTF-8 are 400 as ${type}`, async () => {
      const body = Buffer.from([0x22, 0xc3, 0x28, 0x22])
      assertError(await ask('', { headers: { 'Content-Type': type }, body }), { status: 400, message: /UTF-8/ })
    })
  }

  for (const timeout of ['0', '-1', 'soon', '', '1e3', '99999', '3000', '.5e', '2.5']) {
    test(`timeout=${timeout} does not harm a short call`, async () => {
      assert.equal(jsonOf(await ask(`?timeout=${timeout}`, { json: 'x' })).result, 'x')
    })
  }

  test('timing comes last, as two numbers; stdout before it', async () => {
    const { metadata } = jsonOf(await ask('?timing=1&stdout=1', { json: { do: 'print' } }))
    assertMembers(metadata, 'content_type duration stdout timing')
    assertMembers(metadata.timing, 'running total')
    for (const seconds of Object.values(metadata.timing)) assert.equal(typeof seconds, 'number')
  })

  test('a raw result of null is four letters, and stdout and timing change nothing', async () => {
    const reply = await ask('?output=raw&stdout=true&timing=true', { json: null })
    assert.equal(reply.text, 'null')
    assert.equal(reply.header('Content-Type'), 'application/json')
  })
})
