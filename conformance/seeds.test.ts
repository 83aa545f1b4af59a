/**
 * The call examples of the documents that the project was created from, against the demo algorithms. The facts are
 * written down again as a table; base address, key, white space and numbers are normalised. Where the documents
 * contradict themselves or rest-api.md, seed-deviations.ts says what is answered instead.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Account, createAccount, createKey, FULL_RIGHTS } from './lib/accounts.ts'
import { type CurlReply, curl, type Json } from './lib/curl.ts'
import { installDemo } from './lib/demo.ts'
import { startTarget, type Target } from './lib/server.ts'
import { SEED_DEVIATIONS } from './seed-deviations.ts'

const PNG_START = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const HELLO = 'demo/Hello/0.1.1'
const WORDS = '["transformer", "terraforms", "retransform"]'
const ANAGRAMS = ['transformer', 'retransform']
const MISMATCH = 'apply() functions do not match input data'

let target: Target
let caller: Account
let picture: Buffer
before(async () => {
  target = await startTarget()
  await installDemo(target)
  caller = await createAccount(target, 'reader')
  picture = await readFile(join(import.meta.dirname, 'fixtures/robot.jpg'))
})
after(() => target?.close())

function call(algorithm: string, contentType: string, body: string | Buffer): Promise<CurlReply> {
  return curl('POST', `${target.url}/v1/algo/${algorithm}`, { key: caller.key, contentType, body })
}

/** The reply with its one number that differs from run to run replaced. */
function normalise(reply: CurlReply): Json {
  const parsed = JSON.parse(reply.text)
  assert.equal(typeof parsed.metadata.duration, 'number')
  return { ...parsed, metadata: { ...parsed.metadata, duration: 0 } }
}

interface Example {
  readonly from: string
  readonly algorithm: string
  readonly type: string
  readonly body: string
  readonly result: unknown
  readonly kind: 'text' | 'json'
}

const TEXT = 'text/plain'
const JSON_TYPE = 'application/json'

/** Which clients print the call, what leaves them (rest-api.md 4.3, 4.4, 6), and the printed result. */
const EXAMPLES: readonly Example[] = [
  { from: 'first call', algorithm: HELLO, type: TEXT, body: 'YOUR_NAME', result: 'Hello YOUR_NAME', kind: 'text' },
  {
    from: 'first call of the clients that send JSON',
    algorithm: `algo://${HELLO}`,
    type: JSON_TYPE,
    body: '"YOUR_NAME"',
    result: 'Hello YOUR_NAME',
    kind: 'text',
  },
  { from: 'text example', algorithm: HELLO, type: TEXT, body: 'HAL 9000', result: 'Hello HAL 9000', kind: 'text' },
  {
    from: 'text example with an algo:// reference',
    algorithm: `algo://${HELLO}`,
    type: TEXT,
    body: 'HAL 9000',
    result: 'Hello HAL 9000',
    kind: 'text',
  },
  {
    from: 'table of input types: application/text',
    algorithm: HELLO,
    type: 'application/text',
    body: 'HAL 9000',
    result: 'Hello HAL 9000',
    kind: 'text',
  },
  {
    from: 'JSON example by minor version',
    algorithm: 'WebPredict/ListAnagrams/0.1',
    type: JSON_TYPE,
    body: WORDS,
    result: ANAGRAMS,
    kind: 'json',
  },
  {
    from: 'JSON example by full version',
    algorithm: 'WebPredict/ListAnagrams/0.1.0',
    type: JSON_TYPE,
    body: WORDS,
    result: ANAGRAMS,
    kind: 'json',
  },
  {
    from: 'JSON example with an algo:// reference',
    algorithm: 'algo://WebPredict/ListAnagrams/0.1.0',
    type: JSON_TYPE,
    body: WORDS,
    result: ANAGRAMS,
    kind: 'json',
  },
  {
    from: 'query example',
    algorithm: `${HELLO}?timeout=10`,
    type: TEXT,
    body: 'HAL 9000',
    result: 'Hello HAL 9000',
    kind: 'text',
  },
  {
    from: 'query example glued to an algo:// reference',
    algorithm: `algo://${HELLO}?timeout=10`,
    type: TEXT,
    body: 'HAL 9000',
    result: 'Hello HAL 9000',
    kind: 'text',
  },
  {
    from: 'query example with stdout, by a caller who is not the author',
    algorithm: `${HELLO}?timeout=10&stdout=True`,
    type: TEXT,
    body: 'HAL 9000',
    result: 'Hello HAL 9000',
    kind: 'text',
  },
  {
    from: 'query example of R: echo in lower case',
    algorithm: 'util/echo?timeout=40&stdout=FALSE&output=default',
    type: TEXT,
    body: 'HAL 9000',
    result: 'HAL 9000',
    kind: 'text',
  },
  ...['demo/Hello', 'demo/Hello/', 'demo/Hello/0.1.*', 'demo/Hello/0.*', 'demo/Hello/latest'].map(
    (algorithm): Example => ({
      from: `table of versions: ${algorithm}`,
      algorithm,
      type: TEXT,
      body: 'HAL 9000',
      result: 'Hello HAL 9000',
      kind: 'text',
    }),
  ),
]

describe('examples that print a result', () => {
  for (const { from, algorithm, type, body, result, kind } of EXAMPLES) {
    test(from, async () => {
      const reply = await call(algorithm, type, body)
      assert.equal(reply.status, 200, reply.text)
      assert.deepEqual(normalise(reply), { result, metadata: { content_type: kind, duration: 0 } })
    })
  }

  test('the older version 0.1.0 is there as well', async () => {
    assert.equal((await call('demo/Hello/0.1.0', TEXT, 'HAL 9000')).status, 200)
  })
})

describe('examples with bytes', () => {
  for (const algorithm of ['opencv/SmartThumbnail/0.1', 'opencv/SmartThumbnail', 'opencv/SmartThumbnail/0.1.0']) {
    test(`${algorithm} turns a picture into a smaller one`, async () => {
      const reply = await call(algorithm, 'application/octet-stream', picture)
      assert.equal(reply.status, 200, reply.text.slice(0, 500))
      const { result, metadata } = normalise(reply)
      assert.deepEqual(metadata, { content_type: 'binary', duration: 0 })
      assertSmallerPng(Buffer.from(result, 'base64'))
    })
  }

  test(`the thumbnail that is saved to a file (${SEED_DEVIATIONS.savedPicture.because})`, async () => {
    const reply = await call('opencv/SmartThumbnail/0.1?output=raw', 'application/octet-stream', picture)
    assert.equal(reply.headers.get('content-type'), 'application/octet-stream')
    assertSmallerPng(reply.body)
  })

  test('a thumbnail can be made of a PNG', async () => {
    const first = await call('opencv/SmartThumbnail?output=raw', 'application/octet-stream', picture)
    const second = await call('opencv/SmartThumbnail?output=raw', 'application/octet-stream', first.body)
    assert.deepEqual(second.body.subarray(0, 8), PNG_START)
  })
})

/** A whole PNG: signature, a header with sizes below the original's 640 × 400, and the end mark. */
function assertSmallerPng(bytes: Buffer): void {
  assert.deepEqual(bytes.subarray(0, 8), PNG_START)
  assert.equal(bytes.toString('latin1', 12, 16), 'IHDR')
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  assert.ok(width > 0 && width < 640 && height > 0 && height < 400, `${width} x ${height}`)
  assert.equal(bytes.toString('latin1', bytes.length - 8, bytes.length - 4), 'IEND')
}

describe('options and errors', () => {
  test('output=raw is the bare result', async () => {
    assert.equal((await call(`${HELLO}?output=raw`, TEXT, 'HAL 9000')).text, 'Hello HAL 9000')
  })

  test('output=raw of a failed call has status 400', async () => {
    assert.equal((await call(`${HELLO}?output=raw`, JSON_TYPE, '[]')).status, 400)
  })

  test('output=void does not wait', async () => {
    const reply = JSON.parse((await call(`${HELLO}?output=void`, TEXT, 'HAL 9000')).text)
    assert.deepEqual(Object.keys(reply), ['async', 'request_id'])
  })

  test(`a list where text is expected (${SEED_DEVIATIONS.errorType.because})`, async () => {
    const reply = await call(HELLO, JSON_TYPE, '[]')
    assert.equal(reply.status, 200)
    const { error, metadata } = normalise(reply)
    assert.equal(error.message, MISMATCH)
    assert.equal(error.error_type, 'AlgorithmError')
    assert.deepEqual(metadata, { duration: 0 })
  })

  test('the trace of that failure, for the author, is the message itself', async () => {
    const author = await curl('POST', `${target.url}/v1/algo/${HELLO}`, {
      key: await keyOfDemo(),
      contentType: JSON_TYPE,
      body: '[]',
    })
    const { error } = JSON.parse(author.text)
    assert.equal(error.message, MISMATCH)
    assert.equal(error.stacktrace, MISMATCH)
  })

  test('stdout is in the metadata when the author calls', async () => {
    const reply = await curl('POST', `${target.url}/v1/algo/${HELLO}?stdout=true`, {
      key: await keyOfDemo(),
      contentType: TEXT,
      body: 'HAL 9000',
    })
    assert.equal(typeof JSON.parse(reply.text).metadata.stdout, 'string')
  })

  test('a body over 10 MiB is refused', async () => {
    assert.equal((await call(HELLO, TEXT, Buffer.alloc(10 * 1024 * 1024 + 1, 'x'))).status, 413)
  })

  test('a partial version never reaches a version that is not public', async () => {
    assert.equal((await call('demo/Hello/9.*', TEXT, 'x')).status, 404)
  })
})

function keyOfDemo(): Promise<string> {
  return createKey(target, 'demo', FULL_RIGHTS)
}

describe('the introduction', () => {
  test('a key goes into the header with the prefix Simple', async () => {
    const url = `${target.url}/v1/algorithms/demo/Hello`
    assert.equal((await curl('GET', url, { headers: [`Authorization: Simple ${caller.key}`] })).status, 200)
    assert.equal((await curl('GET', url)).status, 401)
  })

  test(`an error has id, code and message (${SEED_DEVIATIONS.flatError.because})`, async () => {
    const reply = await curl('GET', `${target.url}/v1/algorithms/demo/Hello/builds/none`, { key: caller.key })
    const { error } = JSON.parse(reply.text)
    assert.deepEqual(Object.keys(error).sort(), ['code', 'id', 'message'])
  })

  test('a list has results, and null as marker and next link on its last page', async () => {
    const reply = await curl('GET', `${target.url}/v1/algorithms/demo/Hello/versions?published=true`, {
      key: caller.key,
    })
    const { marker, next_link: nextLink, results } = JSON.parse(reply.text)
    assert.equal(marker, null)
    assert.equal(nextLink, null)
    assert.deepEqual(
      results.map((each: Json) => each.version_info.semantic_version),
      ['0.1.1', '0.1.0'],
    )
  })
})
