/** What is particular to Dropbox: tokens that expire, names, uploads in parts, and its errors. */
import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { createConnectorAgents } from '../http/egress-agents.ts'
import { createEgressGate } from '../http/egress-gate.ts'
import { createStreamingFetch } from '../http/streaming-fetch.ts'
import { type Driver, DriverError, type DriverProblem } from './driver.ts'
import { createDropboxDriver, type DropboxDriverOptions } from './dropbox.ts'
import type { DropboxTokens } from './dropbox-fetch.ts'
import { assertSameBytes, inChunks, listPages, MIB, namesOf, read, sample, write } from './suite/samples.ts'
import { type DropboxDouble, startDropboxDouble } from './testing/dropbox-double.ts'

const GET_METADATA = '/2/files/get_metadata'
const TOKEN = '/oauth2/token'

const agents = createConnectorAgents(createEgressGate({ allow: createAddressSet(['127.0.0.1']) }))
after(() => agents.close())

let double: DropboxDouble
let kept: DropboxTokens[]

beforeEach(async () => {
  double = await startDropboxDouble()
  kept = []
})

afterEach(() => double.close())

/** With an account that has all it needs, unless `options` say otherwise. */
function open(options: Partial<DropboxDriverOptions> = {}): Promise<Driver> {
  const { url, clientId, clientSecret, refreshToken } = double
  return createDropboxDriver({
    accessToken: double.issueAccessToken(),
    refreshToken,
    clientId,
    clientSecret,
    onRefreshed: (tokens) => kept.push(tokens) as unknown as undefined,
    fetch: createStreamingFetch(agents),
    urls: { api: url, content: url },
    ...options,
  })
}

/** No message may tell what the account, or the app, is opened with. */
function fails(promise: Promise<unknown>, problem: DriverProblem, message = /./): Promise<void> {
  return assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof DriverError, String(error))
    assert.equal(error.problem, problem, error.message)
    assert.match(error.message, message)
    assert.doesNotMatch(error.message, /access-|refresh-|secret-|key-/)
    return true
  })
}

const countOf = (path: string): number => double.requests.filter((each) => each === path).length

describe('an access token that has expired', () => {
  test('is renewed by the refresh token and kept, and the request is made again', async () => {
    const driver = await open()
    await write(driver, 'file', 'text')
    double.expireAccessTokens()
    assert.equal((await driver.stat('file'))?.kind, 'file')
    assert.equal(kept.length, 1)
    assert.match(kept[0]?.accessToken ?? '', /^sl\./)
    assert.equal(kept[0]?.refreshToken, double.refreshToken)
  })

  test('is renewed for downloads and in the middle of a large upload', async () => {
    const driver = await open()
    const content = sample(30 * MIB)
    async function* expiring() {
      for await (const chunk of inChunks(content, 5 * MIB)) {
        double.expireAccessTokens()
        yield chunk
      }
    }
    await driver.write('file', expiring())
    double.expireAccessTokens()
    assertSameBytes(await read(driver, 'file'), content)
    assert.ok(kept.length >= 3, String(kept.length))
  })

  test('is renewed once for all requests that meet it', async () => {
    const driver = await open()
    await write(driver, 'file', 'text')
    double.expireAccessTokens()
    const found = await Promise.all(Array.from({ length: 20 }, () => driver.stat('file')))
    assert.ok(found.every((stat) => stat?.kind === 'file'))
    assert.equal(countOf(TOKEN), 1)
    assert.equal(kept.length, 1)
  })

  test('is used by nobody before the new one is kept', async () => {
    const stored = Promise.withResolvers<void>()
    const driver = await open({ onRefreshed: () => stored.promise })
    double.expireAccessTokens()
    let isDone = false
    const asking = driver.stat('file').then(() => {
      isDone = true
    })
    while (countOf(TOKEN) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(isDone, false)
    stored.resolve()
    await asking
  })

  test('without a refresh token is denied', async () => {
    const driver = await open({ refreshToken: undefined })
    double.expireAccessTokens()
    await fails(driver.stat('file'), 'denied', /connect the account again/)
    assert.equal(countOf(TOKEN), 0)
  })

  test('without an app tells the operator what to set', async () => {
    const driver = await open({ clientId: undefined, clientSecret: undefined })
    double.expireAccessTokens()
    await fails(driver.stat('file'), 'denied', /ALGORIST_DROPBOX_APP_KEY/)
  })

  test('with the secret of another app tells the operator what to correct', async () => {
    const driver = await open({ clientSecret: 'secret-of-another' })
    double.expireAccessTokens()
    await fails(driver.stat('file'), 'denied', /ALGORIST_DROPBOX_APP_SECRET/)
  })

  test('with a refresh token that was revoked is denied', async () => {
    const driver = await open()
    double.expireAccessTokens()
    double.revokeRefreshToken()
    await fails(driver.stat('file'), 'denied', /connect the account again/)
    assert.deepEqual(kept, [])
  })

  test('whose renewal fails can be renewed by the next request', async () => {
    const driver = await open()
    double.expireAccessTokens()
    double.failNext(TOKEN, { status: 500, body: 'no' })
    await fails(driver.stat('file'), 'unavailable')
    assert.equal(await driver.stat('file'), undefined)
  })

  test('lets go of a caller who gives up while it is renewed', async () => {
    const driver = await open({ timeoutMs: 5000 })
    double.expireAccessTokens()
    double.failNext(TOKEN, undefined)
    const reason = new Error('enough')
    await assert.rejects(driver.stat('file', AbortSignal.any([AbortSignal.abort(reason)])), (error) => error === reason)
    const controller = new AbortController()
    const asking = driver.stat('file', controller.signal)
    while (countOf(TOKEN) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort(reason)
    await assert.rejects(asking, (error) => error === reason)
  })
})

test('a token that Dropbox does not know is denied, and not renewed', async () => {
  const driver = await open({ accessToken: 'sl.access-of-nobody' })
  await fails(driver.stat('file'), 'denied', /connect the account again/)
  await fails(read(driver, 'file'), 'denied')
  await fails(write(driver, 'file', 'text'), 'denied')
  assert.equal(countOf(TOKEN), 0)
})

describe('refusals', () => {
  const refusals: readonly [status: number, headers: { readonly [name: string]: string }, problem: DriverProblem][] = [
    [429, { 'Retry-After': '7' }, 'busy'],
    [500, {}, 'unavailable'],
    [503, {}, 'unavailable'],
    [403, {}, 'denied'],
    [400, {}, 'unavailable'],
  ]
  for (const [status, headers, problem] of refusals) {
    test(`${status} is ${problem}, of a request and of a download`, async () => {
      const driver = await open()
      await write(driver, 'file', 'text')
      double.failNext(GET_METADATA, { status, headers, body: '<html>no</html>' })
      await fails(driver.stat('file'), problem, status === 429 ? /in 7 s/ : /./)
      double.failNext('/2/files/download', { status, headers, body: '<html>no</html>' })
      await fails(read(driver, 'file'), problem)
      assert.equal((await read(driver, 'file')).toString(), 'text')
    })
  }

  test('an account without room is full, and keeps what was there', async () => {
    await double.close()
    double = await startDropboxDouble({ quotaBytes: 10 * MIB })
    const driver = await open()
    await write(driver, 'file', 'text')
    for (const sizeBytes of [11 * MIB, 10 * MIB]) {
      await fails(driver.write('other', inChunks(sample(sizeBytes))), 'full', /no room/)
    }
    assert.equal((await read(driver, 'file')).toString(), 'text')
  })

  for (const path of ['a\\b', 'ends with a space ', 'x'.repeat(256), 'a//b', '.DS_Store', 'thumbs.db']) {
    test(`'${path.slice(0, 20)}' is an invalid-path`, async () => {
      const driver = await open()
      await fails(write(driver, path, 'text'), 'invalid-path')
      await fails(driver.createFolder(path), 'invalid-path')
    })
  }

  test('what does not answer is timed-out', async () => {
    const driver = await open({ timeoutMs: 100 })
    double.failNext(GET_METADATA, undefined)
    await fails(driver.stat('file'), 'timed-out')
    double.failNext('/2/files/download', undefined)
    await fails(read(driver, 'file'), 'timed-out')
  })

  test('what is not there to connect to is unavailable', async () => {
    const driver = await open({ urls: { api: 'http://127.0.0.1:1', content: 'http://127.0.0.1:1' } })
    await fails(driver.stat('file'), 'unavailable')
    await fails(read(driver, 'file'), 'unavailable')
  })

  test('the gate is what decides where it connects to', async () => {
    const closed = createConnectorAgents(createEgressGate({ allow: createAddressSet([]) }))
    const driver = await open({ fetch: createStreamingFetch(closed) })
    await fails(driver.stat('file'), 'unavailable')
    assert.deepEqual(double.requests, [])
  })
})

describe('names', () => {
  test('of any writing arrive as they are, in headers as well', async () => {
    const driver = await open()
    for (const path of ['Grüße/日本語.txt', '😀/👩‍👩‍👧', 'a%2Fb', 'say "x"\tand \n']) {
      await write(driver, path, path)
      assert.equal((await read(driver, path)).toString(), path)
      assert.equal((await driver.stat(path))?.kind, 'file')
    }
  })

  test('are found in any case, and listed as the first to write them did', async () => {
    const driver = await open()
    await write(driver, 'Photos/Cat.JPG', 'one')
    await write(driver, 'photos/cat.jpg', 'two')
    assert.equal((await read(driver, 'PHOTOS/CAT.jpg')).toString(), 'two')
    assert.deepEqual(namesOf(await driver.list('', { limit: 10 })), ['Photos/'])
    assert.deepEqual(namesOf(await driver.list('photos', { limit: 10 })), ['Cat.JPG'])
  })

  test('are sorted over all that Dropbox tells in parts and in no order, folders first', async () => {
    const driver = await open()
    const names = Array.from({ length: 700 }, (_, index) => `n${String(index).padStart(4, '0')}`)
    for (let start = 0; start < names.length; start += 50) {
      const some = names.slice(start, start + 50)
      await Promise.all(some.map((name, i) => (i % 10 === 0 ? driver.createFolder(name) : write(driver, name, ''))))
    }
    const pages = await listPages(driver, '', 120)
    const isFolder = (_: string, index: number): boolean => (index % 50) % 10 === 0
    const folders = names.filter(isFolder).map((name) => `${name}/`)
    assert.deepEqual(pages.flatMap(namesOf), [...folders, ...names.filter((name, i) => !isFolder(name, i))])
    assert.ok(countOf('/2/files/list_folder/continue') > pages.length)
  })
})

describe('uploads', () => {
  test('up to 8 MiB are one request, larger ones a session', async () => {
    const driver = await open()
    for (const [sizeBytes, appends] of [
      [8 * MIB, undefined],
      [8 * MIB + 1, 0],
      [16 * MIB, 0],
      [16 * MIB + 1, 1],
    ] as const) {
      const before = double.requests.length
      const content = sample(sizeBytes)
      await driver.write('file', inChunks(content))
      const made = double.requests.slice(before).map((path) => path.slice('/2/files/'.length))
      const session = [
        'upload_session/start',
        ...Array.from({ length: appends ?? 0 }, () => 'upload_session/append_v2'),
        'upload_session/finish',
      ]
      assert.deepEqual(made, appends === undefined ? ['upload'] : session)
      assertSameBytes(await read(driver, 'file'), content)
    }
  })

  test('whose part is refused leave what was there', async () => {
    const driver = await open()
    await write(driver, 'file', 'before')
    const steps = ['start', 'append_v2', 'finish']
    for (const step of steps) {
      double.failNext(`/2/files/upload_session/${step}`, { status: 429, headers: { 'Retry-After': '1' } })
      await fails(driver.write('file', inChunks(sample(20 * MIB))), 'busy')
    }
    assert.equal((await read(driver, 'file')).toString(), 'before')
  })

  test('of a wrong size end before the last request of the session', async () => {
    const driver = await open()
    const body = (): AsyncGenerator<Uint8Array> => inChunks(sample(20 * MIB))
    for (const sizeBytes of [20 * MIB - 1, 20 * MIB + 1]) {
      await fails(driver.write('file', body(), { sizeBytes }), 'wrong-size')
    }
    assert.equal(countOf('/2/files/upload_session/finish'), 0)
    assert.equal(await driver.stat('file'), undefined)
  })
})

describe('deleting', () => {
  test('a file that becomes a folder at this moment leaves the folder and what is in it', async () => {
    const other = await open()
    const driver = await open({
      fetch: async (input, init) => {
        if (String(input).endsWith('delete_v2') && (await other.stat('path'))?.kind === 'file') {
          await other.delete('path')
          await write(other, 'path/inside', 'text')
        }
        return createStreamingFetch(agents)(input, init)
      },
    })
    await write(other, 'path', 'text')
    assert.equal(await driver.delete('path'), false)
    assert.equal((await read(other, 'path/inside')).toString(), 'text')
  })

  test('the root is never deleted', async () => {
    const driver = await open()
    assert.equal(await driver.delete(''), false)
    assert.equal(await driver.deleteFolder(''), false)
  })
})
