/** Cases for drivers of storage providers: what their owner is told when the storage does not answer as it should. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { type Driver, DriverError, type DriverProblem } from '../driver.ts'
import { inChunks, sample } from '../suite/samples.ts'
import { startAwkwardServer } from './awkward-server.ts'
import { connectorFetch } from './connector-fetch.ts'

export interface Fault {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly problem: DriverProblem
  /** What the message must say. */
  readonly says: RegExp
}

export interface FaultyProvider {
  readonly name: string
  /** Makes a driver whose storage is at this address. */
  open(url: string, fetch: typeof globalThis.fetch): Promise<Driver>
  /** Texts that no error may show, not even to a logger. */
  readonly secrets: readonly string[]
  /** A path of a file. */
  readonly path: string
  readonly faults: Readonly<Record<string, Fault>>
}

/** Short, so that a storage that hangs shows at once. */
const LIMITS = { connectMs: 300, silenceMs: 300 }
const MAX_TRIES = 3

export function testFaults({ name, open, secrets, path, faults }: FaultyProvider): void {
  async function assertFails(url: string, problem: DriverProblem, says: RegExp, allowed?: string[]): Promise<void> {
    const { fetch, close } = connectorFetch(LIMITS, allowed)
    const driver = await open(url, fetch)
    const attempts = [
      driver.stat(path),
      driver.read(path),
      driver.write(path, inChunks(sample(10))),
      driver.list(path.split('/').slice(0, -1).join('/'), { limit: 10 }),
    ]
    for (const { reason } of (await Promise.allSettled(attempts)).map((each) => ({ reason: undefined, ...each }))) {
      assertTells(reason, problem, says, secrets)
    }
    close()
  }

  describe(`${name}, when it`, () => {
    for (const [what, fault] of Object.entries(faults)) {
      test(what, async (t) => {
        const server = await startAwkwardServer((_request, response) => {
          response.writeHead(fault.status, fault.headers).end(fault.body)
        })
        t.after(() => server.close())
        const { fetch, close } = connectorFetch(LIMITS)
        t.after(close)
        const driver = await open(server.url, fetch)
        const failure = await driver.read(path).then(
          () => undefined,
          (error: unknown) => error,
        )
        assertTells(failure, fault.problem, fault.says, secrets)
        assert.ok(server.requests.length <= MAX_TRIES, server.requests.join('\n'))
      })
    }

    test('is not there', async () => {
      const probe = createServer()
      await once(probe.listen(0, '127.0.0.1'), 'listening')
      const { port } = probe.address() as { port: number }
      await once(probe.close(), 'close')
      await assertFails(`http://127.0.0.1:${port}`, 'unavailable', /could not be reached.*ECONNREFUSED/)
    })

    test('has a name that nobody knows', async () => {
      await assertFails('http://no-such-storage.invalid', 'unavailable', /no-such-storage\.invalid/)
    })

    test('is where this server may not connect', async () => {
      await assertFails('http://127.0.0.1:9', 'unavailable', /ALGORIST_EGRESS_ALLOW/, [])
    })

    test('says nothing', async (t) => {
      const server = await startAwkwardServer(() => {})
      t.after(() => server.close())
      await assertFails(server.url, 'timed-out', /did not answer in time/)
    })

    test('hangs up', async (t) => {
      const server = await startAwkwardServer((request) => request.socket.destroy())
      t.after(() => server.close())
      await assertFails(server.url, 'unavailable', /could not be reached/)
    })
  })
}

function assertTells(error: unknown, problem: DriverProblem, says: RegExp, secrets: readonly string[]): void {
  assert.ok(error instanceof DriverError, `not a DriverError: ${inspect(error)}`)
  assert.equal(error.problem, problem, error.message)
  assert.match(error.message, says)
  const shown = `${inspect(error, { depth: 20, showHidden: true })} ${error.stack} ${JSON.stringify(error)}`
  for (const secret of secrets) assert.ok(!shown.includes(secret), `an error shows ${secret}`)
}
