/** What Amazon does and s3proxy does not, answered by a script: errors, redirects, silence; and what the driver sends. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent as HttpAgent, type RequestListener } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { DriverError, type DriverProblem } from './driver.ts'
import { createS3Driver, type S3Driver, type S3DriverOptions } from './s3.ts'
import { errorReply, type ScriptedS3, startScriptedS3 } from './testing/scripted-s3.ts'

const credentials = { accessKeyId: 'GIVENKEY', secretAccessKey: 'given-secret', sessionToken: 'given-token' }

async function openDriver(
  t: TestContext,
  answer: RequestListener,
  options: Partial<S3DriverOptions> = {},
): Promise<{ driver: S3Driver; server: ScriptedS3 }> {
  const server = await startScriptedS3(answer)
  t.after(() => server.close())
  const { endpoint } = server
  return { driver: await createS3Driver({ ...defaults(), endpoint, ...options }), server }
}

function defaults(): S3DriverOptions {
  const agents = { http: new HttpAgent(), https: new HttpsAgent() }
  return { region: 'eu-west-1', forcePathStyle: true, credentials, agents }
}

async function assertFails(promise: Promise<unknown>, problem: DriverProblem, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof DriverError, String(error))
    assert.equal(error.problem, problem, error.message)
    assert.match(error.message, message)
    assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)} ${error.cause}`, /given-secret|given-token|GIVENKEY/)
    return true
  })
}

describe('errors of S3 say what to do', { concurrency: true }, () => {
  const cases: readonly (readonly [number, string, Record<string, string>, DriverProblem, RegExp])[] = [
    [301, 'PermanentRedirect', { Endpoint: 'b.s3.amazonaws.com' }, 'denied', /another region, not 'eu-west-1'/],
    [400, 'AuthorizationHeaderMalformed', { Region: 'us-east-2' }, 'denied', /wants the region 'us-east-2'/],
    [400, 'ExpiredToken', {}, 'denied', /expired.*new credentials/],
    [403, 'InvalidAccessKeyId', { AWSAccessKeyId: 'GIVENKEY' }, 'denied', /does not know the access key id/],
    [403, 'SignatureDoesNotMatch', { StringToSign: 'GIVENKEY' }, 'denied', /secret access key/],
    [403, 'AccessDenied', {}, 'denied', /does not allow.*bucket 'bucket'/],
    [403, 'RequestTimeTooSkewed', {}, 'denied', /clock/],
    [404, 'NoSuchBucket', {}, 'not-found', /no bucket 'bucket'/],
    [404, 'NoSuchKey', {}, 'not-found', /no such file/],
    [503, 'SlowDown', {}, 'busy', /later/],
    [500, 'InternalError', {}, 'unavailable', /InternalError, 500/],
    [507, 'XMinioStorageFull', {}, 'full', /room/],
    [400, 'KeyTooLongError', {}, 'invalid-path', /shorter/],
  ]
  for (const [status, code, members, problem, message] of cases) {
    test(code, async (t) => {
      const { driver } = await openDriver(t, errorReply(status, code, members))
      await assertFails(driver.read('bucket/file'), problem, message)
      await assertFails(driver.list('bucket', { limit: 10 }), problem, message)
    })
  }

  test('also where the answer has no words, as that to HEAD', async (t) => {
    const { driver } = await openDriver(t, errorReply(403, 'SignatureDoesNotMatch'))
    await assertFails(driver.stat('bucket/file'), 'denied', /secret access key/)
  })

  test('the own bucket has to be there', async (t) => {
    const { driver } = await openDriver(t, errorReply(404, 'NoSuchBucket'), { bucket: 'mine' })
    await assertFails(driver.list('', { limit: 10 }), 'unavailable', /no bucket 'mine'.*create it/)
  })

  test('what is no S3 server', async (t) => {
    const { driver } = await openDriver(t, (_, response) => response.writeHead(502).end('<html>Bad Gateway'))
    await assertFails(driver.read('bucket/file'), 'unavailable', /502/)
  })
})

describe('whatever does not answer fails in bounded time', { concurrency: true }, () => {
  const timeouts = { connectMs: 300, idleMs: 200, totalMs: 1000 }

  test('nobody listens', async (t) => {
    const { driver, server } = await openDriver(t, () => undefined, { timeouts })
    await server.close()
    await assertFails(driver.read('bucket/file'), 'unavailable', /No connection to 127.0.0.1:\d+ \(ECONNREFUSED\)/)
  })

  test('a server that accepts and says nothing', async (t) => {
    const { driver, server } = await openDriver(t, () => undefined, { timeouts })
    const before = performance.now()
    await assertFails(driver.read('bucket/file'), 'timed-out', /did not answer in time/)
    assert.ok(performance.now() - before < 5000)
    assert.ok(server.requests.length <= 3, `${server.requests.length} tries`)
  })

  test('a server that is busy is asked three times', async (t) => {
    const { driver, server } = await openDriver(t, errorReply(503, 'SlowDown'))
    await assertFails(driver.list('bucket', { limit: 1 }), 'busy', /too many requests/)
    assert.equal(server.requests.length, 3)
  })

  test('a file that stops in the middle', async (t) => {
    const stops: RequestListener = (_, response) =>
      void response.writeHead(200, { 'Content-Length': 100 }).write('half')
    const { driver } = await openDriver(t, stops, { timeouts })
    await assertFails(buffer(await driver.read('bucket/file')), 'timed-out', /in the middle/)
  })

  test('a file that is cut off', async (t) => {
    const cuts: RequestListener = (_, response) => {
      response.writeHead(200, { 'Content-Length': 100 }).write('half', () => response.destroy())
    }
    const { driver } = await openDriver(t, cuts)
    await assertFails(buffer(await driver.read('bucket/file')), 'unavailable', /ECONNRESET/)
  })

  test('a reader may take longer than the storage', async (t) => {
    const { driver } = await openDriver(t, (_, response) => response.end(Buffer.alloc(500_000)), { timeouts })
    const stream = await driver.read('bucket/file')
    let seenBytes = 0
    for await (const chunk of stream) {
      if (seenBytes === 0) await new Promise((resume) => setTimeout(resume, 2 * timeouts.idleMs))
      seenBytes += chunk.length
    }
    assert.equal(seenBytes, 500_000)
  })
})

test('segments without a name stay in the key', async (t) => {
  const { driver, server } = await openDriver(t, (_, response) => response.end('content'))
  await (await driver.read('bucket/a//b')).toArray()
  await (await driver.read('bucket//c d/ü')).toArray()
  const paths = server.requests.map(({ url }) => url.split('?')[0])
  assert.deepEqual(paths, ['/bucket/a//b', '/bucket//c%20d/%C3%BC'])
})

test('a name that the SDK would take for another service is no bucket', async (t) => {
  const { driver, server } = await openDriver(t, () => undefined)
  await assertFails(driver.stat('arn:aws:s3:us-west-2:1:accesspoint:x/key'), 'invalid-path', /name of a bucket/)
  assert.equal(server.requests.length, 0)
})

describe('nothing comes from the surroundings', () => {
  /** The SDK's variables, and configuration files that whoever reads them waits for forever. */
  async function surround(t: TestContext): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'algorist-aws-'))
    const file = join(folder, 'config')
    execFileSync('mkfifo', [file])
    const misleading = {
      AWS_ACCESS_KEY_ID: 'AMBIENT',
      AWS_SECRET_ACCESS_KEY: 'ambient',
      AWS_REGION: 'ambient-1',
      AWS_DEFAULT_REGION: 'ambient-1',
      AWS_PROFILE: 'ambient',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
      AWS_MAX_ATTEMPTS: '7',
      AWS_CONFIG_FILE: file,
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_DEFAULTS_MODE: 'auto',
    }
    Object.assign(process.env, misleading)
    t.after(async () => {
      for (const name of Object.keys(misleading)) delete process.env[name]
      await rm(folder, { recursive: true })
    })
  }

  test('with an endpoint', { timeout: 10_000 }, async (t) => {
    await surround(t)
    const { driver, server } = await openDriver(t, errorReply(500, 'InternalError'))
    await assertFails(driver.list('bucket', { limit: 1 }), 'unavailable', /InternalError/)
    assert.equal(server.requests.length, 3)
    for (const { authorization } of server.requests) assert.match(authorization, /=GIVENKEY\/\d+\/eu-west-1\/s3\//)
  })

  test('nor without one', { timeout: 10_000 }, async (t) => {
    await surround(t)
    const hosts: unknown[] = []
    const https = new HttpsAgent()
    https.createConnection = ({ host }, onConnected) => {
      hosts.push(host)
      const refusal = Object.assign(new Error('refused'), { code: 'EHOSTUNREACH' })
      process.nextTick(() => onConnected?.(refusal, undefined as never))
      return undefined
    }
    const agents = { http: new HttpAgent(), https }
    const driver = await createS3Driver({ ...defaults(), forcePathStyle: false, agents })
    await assertFails(driver.list('bucket', { limit: 1 }), 'unavailable', /EHOSTUNREACH/)
    assert.deepEqual(new Set(hosts), new Set(['bucket.s3.eu-west-1.amazonaws.com']))
  })
})
