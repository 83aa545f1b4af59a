/** Storages that fail in every way: a clear error in bounded time, nothing lost, nothing half there, and others go on. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { prepareS3Server, type S3Server, startS3Server } from '../packages/server/src/drivers/testing/s3-server.ts'
import { type Account, createAccount } from './lib/accounts.ts'
import { type RefusingS3, startRefusingS3 } from './lib/refusing-s3.ts'
import { CONNECTS_TO_LOOPBACK, connectS3, storeSettings } from './lib/s3-server.ts'
import { startTarget, type Target } from './lib/server.ts'
import { type SmallDisk, startOnSmallDisk } from './lib/small-disk.ts'
import { openTroubledLine, type Trouble, type TroubledLine } from './lib/troubled-line.ts'
import { until } from './lib/until.ts'

const MIB = 1024 * 1024

interface Answer {
  readonly status: number
  readonly body: Buffer
  /** Of an error. */
  readonly message: string
}

/** @throws TypeError when the connection ends before the whole answer has come */
async function request(
  { url }: Pick<Target, 'url'>,
  { key }: Account,
  line: string,
  content?: Buffer | string,
): Promise<Answer> {
  const [method = '', path = ''] = line.split(' ')
  const reply = await fetch(`${url}${path}`, {
    method,
    headers: { Authorization: key },
    ...(content === undefined ? {} : { body: content }),
    signal: AbortSignal.timeout(60_000),
  })
  const body = Buffer.from(await reply.arrayBuffer())
  const message = reply.ok ? '' : (JSON.parse(body.toString() || '{}').error?.message ?? '')
  return { status: reply.status, body, message }
}

function assertFailure(answer: Answer, status: number, message: RegExp): void {
  assert.equal(answer.status, status, answer.message)
  assert.match(answer.message, message)
}

const skipDisk = process.getuid?.() === 0 ? false : 'only root can mount a disk of its own'

describe('the disk of hosted files', { skip: skipDisk }, () => {
  /** Node's own copy is most of what is used. */
  const SIZE_MIB = 400
  const KEPT = Buffer.alloc(3 * MIB, 'kept')
  let disk: SmallDisk
  let owner: Account
  before(async () => {
    disk = await startOnSmallDisk(SIZE_MIB)
    owner = await createAccount(disk.target, 'disk')
    assert.equal((await ask('POST /v1/data/.my', '{"name":"c"}')).status, 200)
    assert.equal((await ask('PUT /v1/data/.my/c/kept', KEPT)).status, 200)
  })
  after(() => disk?.close())

  const ask = (line: string, content?: Buffer | string): Promise<Answer> => request(disk.target, owner, line, content)

  async function names(): Promise<string[]> {
    const { files = [] } = JSON.parse((await ask('GET /v1/data/.my/c')).body.toString())
    return files.map(({ filename }: { filename: string }) => filename)
  }

  const objects = (): string[] =>
    readdirSync(join(disk.target.home ?? '', 'data'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort()

  async function untilAnswered(line: string, content: Buffer | string, status: number): Promise<void> {
    await until(`${status} for ${line}`, async () => (await ask(line, content)).status === status)
  }

  test('a file that does not fit leaves everything as it was, and the room it took comes back', async () => {
    await disk.fill(85)
    const [freeBefore, objectsBefore] = [await disk.freeBytes(), objects()]
    const tooLarge = Buffer.alloc(freeBefore + MIB)
    for (const name of ['new', 'kept']) {
      assertFailure(await ask(`PUT /v1/data/.my/c/${name}`, tooLarge), 507, /^The server is out of disk space/)
    }
    assert.deepEqual((await ask('GET /v1/data/.my/c/kept')).body, KEPT)
    assert.deepEqual(await names(), ['kept'])
    assert.deepEqual(objects(), objectsBefore)
    assert.ok((await disk.freeBytes()) > freeBefore - 2 * MIB, 'the room came back')
  })

  test('beyond the limit puts and collections are refused, reading and deleting go on', async () => {
    await disk.fill(85)
    await untilAnswered('PUT /v1/data/.my/c/gone', KEPT, 200)
    await disk.fill(96)
    await untilAnswered('POST /v1/data/.my', '{"name":"c"}', 507)
    assertFailure(await ask('PUT /v1/data/.my/c/more', 'x'), 507, /out of disk space/)
    assert.deepEqual((await ask('GET /v1/data/.my/c/kept')).body, KEPT)
    const freeBefore = await disk.freeBytes()
    assert.equal((await ask('DELETE /v1/data/.my/c/gone')).status, 200)
    for (let tries = 0; (await disk.freeBytes()) < freeBefore + KEPT.length / 2; tries++, await delay(20)) {
      assert.ok(tries < 250, 'deleting gives room')
    }
    await disk.fill(0)
    await untilAnswered('PUT /v1/data/.my/c/more', 'x', 200)
  })

  test('a disk that is read-only fails writes alone, and the next ones after it is writable again succeed', async () => {
    await disk.fill(0)
    await untilAnswered('PUT /v1/data/.my/c/again', 'before', 200)
    await disk.setReadOnly('data', true)
    try {
      assertFailure(await ask('PUT /v1/data/.my/c/again', 'never'), 502, /^The storage failed/)
      assert.deepEqual((await ask('GET /v1/data/.my/c/again')).body.toString(), 'before')
      assert.deepEqual((await ask('GET /v1/data/.my/c/kept')).body, KEPT)
    } finally {
      await disk.setReadOnly('data', false)
    }
    assert.equal((await ask('PUT /v1/data/.my/c/again', 'after')).status, 200)
    assert.deepEqual((await ask('GET /v1/data/.my/c/again')).body.toString(), 'after')
  })
})

const prepared = await prepareS3Server()

describe('a storage behind a line', { skip: 'unavailable' in prepared ? prepared.unavailable : false }, () => {
  const SILENCE_MS = 2000
  /** Several parts of an upload. */
  const LARGE = Buffer.alloc(18 * MIB, 'large')
  let server: S3Server
  let line: TroubledLine
  let refusing: RefusingS3
  let target: Target
  let owner: Account
  /** A connector over the line, one without it, and a collection whose content is over the line. */
  const over = '/v1/connector/s3+over/test-bucket'
  const direct = '/v1/connector/s3+direct/test-bucket'
  const hosted = '/v1/data/.my/c'

  before(async () => {
    if ('unavailable' in prepared) return
    server = await startS3Server(prepared.folder)
    line = await openTroubledLine(server.endpoint)
    refusing = await startRefusingS3()
    target = await startTarget({
      ...storeSettings({ ...server, endpoint: line.endpoint }),
      ...CONNECTS_TO_LOOPBACK,
      ALGORIST_STORAGE_SILENCE_SECONDS: String(SILENCE_MS / 1000),
    })
    owner = await createAccount(target, 'line')
    const { credentials } = server
    const wrongId = { ...credentials, accessKeyId: 'WRONGID' }
    const wrongSecret = { ...credentials, secretAccessKey: 'WRONGSECRET' }
    await connectS3(target, owner, { ...server, endpoint: line.endpoint, label: 'over' })
    await connectS3(target, owner, { ...server, label: 'direct' })
    await connectS3(target, owner, { ...server, label: 'id', credentials: wrongId })
    await connectS3(target, owner, { ...server, label: 'secret', credentials: wrongSecret })
    await connectS3(target, owner, { ...server, endpoint: refusing.endpoint, label: 'refusing' })
    assert.equal((await ask('POST /v1/data/.my', '{"name":"c"}')).status, 200)
    for (const folder of [over, hosted]) {
      assert.equal((await ask(`PUT ${folder}/old`, 'old')).status, 200)
      assert.equal((await ask(`PUT ${folder}/large`, LARGE)).status, 200)
    }
  })
  after(async () => {
    await target?.close()
    await refusing?.close()
    await line?.close()
    await server?.stop()
  })

  const ask = (what: string, content?: Buffer | string): Promise<Answer> => request(target, owner, what, content)

  async function during(trouble: Trouble, work: () => Promise<void>): Promise<void> {
    await line.set(trouble)
    try {
      await work()
    } finally {
      await line.set({ kind: 'none' })
    }
    for (const folder of [over, hosted]) {
      assert.equal((await ask(`GET ${folder}/old`)).body.toString(), 'old', 'what was there is there')
      assert.equal((await ask(`GET ${folder}/new`)).status, 404, 'and nothing else')
    }
  }

  /** Tells a connector's owner what is wrong, and others no more than that the storage of the server fails. */
  async function assertBothFail(
    what: (folder: string) => Promise<Answer>,
    status: number,
    told: RegExp,
  ): Promise<void> {
    const [ofConnector, ofHosted] = await Promise.all([what(over), what(hosted)])
    assertFailure(ofConnector, status, told)
    assertFailure(ofHosted, status, /^The storage (failed|did not answer)/)
    assert.ok(!ofHosted.message.includes(new URL(line.endpoint).host), ofHosted.message)
  }

  test('that is down', async () => {
    await during({ kind: 'down' }, async () => {
      const told = /^No connection to 127\.0\.0\.1:\d+ \(ECONNREFUSED\); see whether/
      await assertBothFail((folder) => ask(`GET ${folder}/old`), 502, told)
      await assertBothFail((folder) => ask(`PUT ${folder}/new`, 'new'), 502, told)
      await assertBothFail((folder) => ask(`PUT ${folder}/new`, LARGE), 502, told)
      await assertBothFail((folder) => ask(`PUT ${folder}/old`, 'new'), 502, told)
      assertFailure(await ask(`DELETE ${over}/old`), 502, told)
      assertFailure(await ask(`GET ${over}`), 502, told)
    })
  })

  test('that takes connections and never answers, while other requests go on', async () => {
    await during({ kind: 'silent' }, async () => {
      const told = /^127\.0\.0\.1 was silent for 2000 ms/
      let haveFailed = false
      const failures = Promise.all([
        assertBothFail((folder) => ask(`GET ${folder}/old`), 504, told),
        assertBothFail((folder) => ask(`PUT ${folder}/new`, 'new'), 504, told),
        ask(`DELETE ${over}/old`).then((answer) => assertFailure(answer, 504, told)),
      ]).then(() => {
        haveFailed = true
      })
      for (const what of [`PUT ${direct}/beside`, `GET ${direct}/beside`, `GET ${hosted}`]) {
        const { status } = await ask(what, what.startsWith('PUT') ? 'beside' : undefined)
        assert.equal(status, 200)
        assert.ok(!haveFailed, `${what} waited for the silent ones`)
      }
      await failures
    })
  })

  test('that is slow is waited for', async () => {
    await during({ kind: 'slow', pauseMs: 3 }, async () => {
      for (const folder of [over, hosted]) assert.deepEqual((await ask(`GET ${folder}/large`)).body, LARGE)
    })
  })

  test('that is cut off in the middle of a file: the reader notices', async () => {
    await during({ kind: 'cut', direction: 'down', afterBytes: 5 * MIB }, async () => {
      for (const folder of [over, hosted]) await assert.rejects(ask(`GET ${folder}/large`), TypeError)
    })
  })

  test('that is cut off in the middle of an upload', async () => {
    await during({ kind: 'cut', direction: 'up', afterBytes: 3 * MIB }, async () => {
      const told = /^No connection to 127\.0\.0\.1:\d+ \((ECONNRESET|EPIPE)\)/
      await assertBothFail((folder) => ask(`PUT ${folder}/new`, LARGE), 502, told)
    })
    for (const folder of [over, hosted]) assert.deepEqual((await ask(`GET ${folder}/large`)).body, LARGE)
  })

  test('that refuses says what to correct, and never a secret', async () => {
    const cases: readonly [path: string, status: number, told: RegExp][] = [
      ['s3+id/test-bucket/old', 403, /does not know the access key id; correct it$/],
      ['s3+secret/test-bucket/old', 403, /the secret access key is not that of the id; correct it$/],
      ['s3+refusing/expired/file', 403, /^The session token has expired .*; give new credentials$/],
      ['s3+refusing/elsewhere/file', 403, /wants the region 'eu-west-1', not 'us-east-1'; correct the region$/],
      ['s3+refusing/signed/file', 403, /wants the region 'eu-west-1', not 'us-east-1'; correct the region$/],
      ['s3+refusing/busy/file', 503, /has too many requests; try again later$/],
      ['s3+over/no-such-bucket/file', 404, /./],
    ]
    const secrets = ['WRONGSECRET', server.credentials.secretAccessKey, 'Signature']
    await Promise.all(
      cases.flatMap(([path, status, told]) =>
        ['GET', 'PUT'].map(async (method) => {
          const answer = await ask(`${method} /v1/connector/${path}`, method === 'PUT' ? 'x' : undefined)
          assertFailure(answer, status, told)
          for (const secret of secrets) assert.ok(!answer.message.includes(secret), answer.message)
        }),
      ),
    )
  })
})
