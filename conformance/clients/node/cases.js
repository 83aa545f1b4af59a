/** The npm client's view of the platform. It calls algorithms and has no management (rest-api.md 6.2, node 0.3.10). */
const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const { test } = require('node:test')
const algorithmia = require('algorithmia')

const { CASES_PROBE: PROBE, CASES_PROBE_COMMIT: COMMIT, CASES_STRANGER_KEY: STRANGER_KEY } = process.env
const TIMED_OUT = 'Failed to run algorithm - may have timed-out or hit out-of-memory error'

/** Pipes and answers the client's response object, whose `get()` throws the error's message. */
function pipe(path, input, client = algorithmia.client()) {
  return new Promise((settle) => client.algo(path).pipe(input).then(settle))
}

test('text is answered as text, with its metadata', async () => {
  const response = await pipe(PROBE, 'HAL 9000')
  assert.equal(response.get(), 'HAL 9000')
  assert.equal(response.status, 200)
  assert.deepEqual(Object.keys(response.metadata), ['content_type', 'duration'])
  assert.equal(response.metadata.content_type, 'text')
  assert.ok(response.metadata.duration > 0)
})

test('JSON keeps its members and their order', async () => {
  const value = { b: [1, 2.5, true, null], a: { deep: ['x'] } }
  const response = await pipe(PROBE, value)
  assert.deepEqual(response.get(), value)
  assert.deepEqual(Object.keys(response.get()), ['b', 'a'])
  assert.equal(response.metadata.content_type, 'json')
})

test('pipeJson() sends text as JSON', async () => {
  const send = (text) => new Promise((settle) => algorithmia.client().algo(PROBE).pipeJson(text).then(settle))
  assert.deepEqual((await send('{"a":[1]}')).get(), { a: [1] })
  const asText = await send('"a JSON string"')
  assert.equal(asText.get(), 'a JSON string')
  assert.equal(asText.metadata.content_type, 'text')
})

test('null goes in and comes out', async () => {
  assert.equal((await pipe(PROBE, null)).get(), null)
})

test('a buffer goes in and comes out as a buffer', async () => {
  const value = Buffer.from([0, 1, 255, 254])
  assert.deepEqual((await pipe(PROBE, value)).get(), value)
})

test('bytes made by the algorithm are a buffer', async () => {
  assert.deepEqual((await pipe(PROBE, { do: 'bytes' })).get(), Buffer.from([0, 1, 255]))
})

test('text and JSON beyond ASCII survive', async () => {
  for (const value of ['Grüße 漢字 😀', { ключ: 'Ωmega \u0000 \u2028' }]) {
    assert.deepEqual((await pipe(PROBE, value)).get(), value)
  }
})

test('a megabyte of text goes through', async () => {
  const value = '0123456789abcdef'.repeat(65_536)
  assert.equal((await pipe(PROBE, value)).get(), value)
})

test('an algo:// address works although the client does not strip it', async () => {
  assert.equal((await pipe(`algo://${PROBE}`, 'x')).get(), 'x')
})

test('a key given with its scheme works', async () => {
  const client = algorithmia.client(`Simple ${process.env.ALGORITHMIA_API_KEY}`)
  assert.equal((await pipe(PROBE, 'x', client)).get(), 'x')
})

test('the default client reads address and key from the environment', async () => {
  assert.equal(
    await new Promise((settle) =>
      algorithmia
        .algo(PROBE)
        .pipe('x')
        .then((r) => settle(r.get())),
    ),
    'x',
  )
})

test("the documents' examples of text, JSON and binary input", async () => {
  assert.equal((await pipe('algo://demo/Hello/0.1.1', 'HAL 9000')).get(), 'Hello HAL 9000')
  assert.equal((await pipe('algo://demo/Hello/0.1.1?timeout=10', 'HAL 9000')).get(), 'Hello HAL 9000')
  const words = ['transformer', 'terraforms', 'retransform']
  assert.deepEqual((await pipe('WebPredict/ListAnagrams/0.1', words)).get(), ['transformer', 'retransform'])
  const small = (await pipe('opencv/SmartThumbnail/0.1', readFileSync(process.env.CASES_PICTURE))).get()
  assert.equal(small.toString('latin1', 1, 4), 'PNG')
})

test('every form that names the version reaches it', async () => {
  for (const version of ['0.1.0', '0.1', '0.1.*', '0', '0.*', 'latest', COMMIT]) {
    assert.equal((await pipe(`${PROBE}/${version}`, 'x')).get(), 'x', version)
  }
})

test('raw output of text and JSON is taken by its type, as the client gives no result', async () => {
  const reply = await requestRaw(`${PROBE}?output=raw`, 'raw text', 'text/plain')
  assert.equal(reply.body, 'raw text')
  assert.deepEqual((await requestRaw(`${PROBE}?output=raw`, '{"a":[1]}', 'application/json')).body, { a: [1] })
  const bytes = await requestRaw(`${PROBE}?output=raw`, Buffer.from([0, 255]), 'application/octet-stream')
  assert.deepEqual(bytes.body, Buffer.from([0, 255]))
})

/** What the client's own request function makes of an answer; `pipe()` looks only at `result`, `error`, `metadata`. */
function requestRaw(path, data, contentType) {
  return new Promise((settle) => {
    algorithmia.client().req(`/v1/algo/${path}`, 'POST', data, { 'Content-Type': contentType }, (body, status) => {
      settle({ body, status })
    })
  })
}

test('void output answers a request id at once', async () => {
  const { body, status } = await requestRaw(`${PROBE}?output=void`, '{"do":"sleep","seconds":2}', 'application/json')
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(body), ['async', 'request_id'])
  assert.equal(body.async, 'void')
  assert.match(body.request_id, /^req-[0-9a-f-]{36}$/)
})

test('a call over its timeout fails with the exact text', async () => {
  const response = await pipe(`${PROBE}?timeout=1`, { do: 'sleep', seconds: 30 })
  assert.throws(
    () => response.get(),
    (thrown) => thrown === TIMED_OUT,
  )
  assert.equal(response.error.error_type, 'TimeoutError')
  assert.equal(response.error.stacktrace, undefined)
})

test('the owner gets what was printed', async () => {
  const { metadata } = await pipe(`${PROBE}?stdout=true`, { do: 'print' })
  assert.match(metadata.stdout, /to stdout\n/)
  assert.match(metadata.stdout, /to stderr\n/)
})

test("a stranger's wish for stdout is ignored", async () => {
  const { metadata } = await pipe(`${PROBE}?stdout=true`, { do: 'print' }, algorithmia.client(STRANGER_KEY))
  assert.equal('stdout' in metadata, false)
})

test('an exception arrives with message, type and stack trace', async () => {
  const response = await pipe(PROBE, { do: 'juggle' })
  assert.equal(response.error.message, 'cannot juggle')
  assert.equal(response.error.error_type, 'AlgorithmError')
  assert.match(response.error.stacktrace, /ValueError: cannot juggle/)
  assert.equal(response.status, 200)
  assert.equal(response.result, undefined)
  assert.ok(response.metadata.duration > 0)
})

test('a raw call that fails is status 400 with the error as JSON', async () => {
  const { body, status } = await requestRaw(`${PROBE}?output=raw`, '{"do":"juggle"}', 'application/json')
  assert.equal(status, 400)
  assert.equal(body.error.message, 'cannot juggle')
})

test('the type that the algorithm gave arrives', async () => {
  assert.equal((await pipe(PROBE, { do: 'typed' })).error.error_type, 'InputError')
})

test('malformed JSON is refused with a reason', async () => {
  const { body, status } = await requestRaw(PROBE, '{"a":', 'application/json')
  assert.equal(status, 400)
  assert.ok(body.error.message.length > 0)
})

test('an unknown algorithm and an unknown version are named in the error', async () => {
  for (const [path, status] of [
    ['nobody_here/nothing', 404],
    [`${PROBE}/9.9.9`, 404],
  ]) {
    const response = await pipe(path, 'x')
    assert.equal(response.status, status)
    assert.equal(response.error.message, `algorithm algo://${path} not found`)
  }
})

test('a wrong key is told by the exact text', async () => {
  const response = await pipe(PROBE, 'x', algorithmia.client('sim0000000000000000000000000'))
  assert.equal(response.status, 401)
  assert.equal(response.error.message, 'authorization required')
})
