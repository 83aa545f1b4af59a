import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRoot } from '../../../test-fixtures/harness.ts'
import { ADDRESSES, type Internet, openInternet, PORT } from '../../../test-fixtures/network/internet.ts'
import type { Order } from '../../../test-fixtures/network/on-server.ts'
import { asOrdinaryUser, ORDINARY_UID, whyNotAsOrdinaryUser } from '../../../test-fixtures/ordinary-user.ts'

const SERVER = join(import.meta.dirname, '../../../test-fixtures/network/on-server.ts')
const [INTERNET, INTERNET_IPV6] = ADDRESSES.internet
const [PRIVATE, PRIVATE_IPV6] = ADDRESSES.private
const LATER = '93.184.216.77'
const OTHER_PORT = PORT + 1

type Attempt = Order['attempts'][number]

interface Server {
  /** What came of each attempt. */
  attempt(where: Order['where'], ...attempts: Attempt[]): Promise<string[]>
  close(): Promise<void>
}

interface Kind {
  readonly isUser: boolean
  /** Workers are forked; builds never are, and are not tried again. */
  readonly isForked: boolean
}

async function startServer(internet: Internet, kind: Kind, allow: string, buildAllow: string): Promise<Server> {
  const { isUser, isForked } = kind
  const home = mkdtempSync(join(tmpdir(), 'network-'))
  chmodSync(home, 0o755)
  if (isUser) spawnSync('chown', [`${ORDINARY_UID}:${ORDINARY_UID}`, home])
  const server = [process.execPath, SERVER, allow, buildAllow, isForked ? 'forked' : 'started']
  const [program = '', ...args] = [...internet.onServer, ...(isUser ? asOrdinaryUser(server) : server)]
  const env = { ...process.env, TMPDIR: home, HOME: home }
  const child: ChildProcess = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]()
  const ended = new Promise((resolve) => child.once('exit', resolve))
  assert.equal((await lines.next()).value, 'ready')
  return {
    async attempt(where, ...attempts) {
      child.stdin?.write(`${JSON.stringify({ where, attempts } satisfies Order)}\n`)
      return JSON.parse(String((await lines.next()).value))
    },
    async close() {
      child.stdin?.end()
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}

const users = [
  { name: 'root', isUser: false, skip: !isRoot && 'network namespaces with names need root' },
  { name: 'an ordinary user', isUser: true, skip: whyNoUser() },
]
const kinds = [false, true].flatMap((isForked) => users.map((user) => ({ ...user, isForked })))

for (const { name, isUser, isForked, skip } of kinds) {
  const workers = isForked ? ' and whose workers are forked' : ''
  describe(`networks of a server that ${name} started${workers}`, { skip }, () => {
    let internet: Internet
    let server: Server
    before(async () => {
      internet = await openInternet(`anet${process.pid}`)
      server = await startServer(internet, { isUser, isForked }, `10.77.0.0/24:${OTHER_PORT}`, `mirror.test:${PORT}`)
    })
    after(async () => {
      await server?.close()
      await internet?.close()
    })

    const refusedEach = async (where: Order['where'], attempts: readonly Attempt[]) => {
      const came = await server.attempt(where, ...attempts)
      const reached = came.map((result, index) => `${attempts[index]?.join(' ')}: ${result}`)
      const wrong = reached.filter((_, index) => !REFUSED.has(came[index] ?? ''))
      assert.deepEqual(wrong, [])
      assert.equal(came.length, attempts.length)
    }

    test('full access reaches the internet by TCP, UDP, IPv4, IPv6 and names', async () => {
      const attempts: Attempt[] = [
        ['tcp', INTERNET, PORT],
        ['tcp', INTERNET_IPV6, PORT],
        ['udp', INTERNET, PORT],
        ['udp', INTERNET_IPV6, PORT],
        ['tcp', 'internet.test', PORT],
        ['through_device', INTERNET, PORT],
      ]
      assert.deepEqual(
        await server.attempt('full', ...attempts),
        attempts.map(() => 'internet'),
      )
    })

    test('full access reaches nothing that is not public', async () => {
      await refusedEach('full', notPublic())
    })

    test('full access reaches no address of the server itself, public ones included', async () => {
      const attempts = ADDRESSES.server.flatMap((address): Attempt[] => [
        ['tcp', address, PORT],
        ['udp', address, PORT],
        ['through_device', address, PORT],
      ])
      await refusedEach('full', attempts)
    })

    test('an address that the server gets later is out of reach of workers that run already', async () => {
      internet.addAddress(`${LATER}/24`)
      // A network that is made in the meantime knows of it, and the others must learn of it all the same.
      if (!isForked) await refusedEach('build', [['tcp', LATER, PORT]])
      let came = ''
      for (let tries = 0; tries < 15 && came !== 'ECONNREFUSED'; tries++) {
        await sleep(1000)
        came = (await server.attempt('full', ['tcp', LATER, PORT]))[0] ?? ''
      }
      assert.equal(came, 'ECONNREFUSED')
    })

    test('a name that has a private address the second time gains nothing', async () => {
      const first = await server.attempt('full', ['resolve', 'rebind.test', 0])
      assert.deepEqual(first, [INTERNET])
      await refusedEach('full', [['tcp', 'rebind.test', PORT]])
      assert.deepEqual(await server.attempt('full', ['resolve', 'rebind.test', 0]), [PRIVATE])
    })

    test('workers do not reach each other', async () => {
      assert.deepEqual(await server.attempt('other', ['listen', '0.0.0.0', 9999]), ['listening'])
      await refusedEach('full', [
        ['tcp', '198.51.100.100', 9999],
        ['tcp', '127.0.0.1', 9999],
      ])
    })

    test('full access sees its own interfaces alone, and no abstract socket of the host', async () => {
      assert.deepEqual(await server.attempt('full', ['interfaces', '', 0]), ['lo tap0'])
      await refusedEach('full', [['abstract', 'algorist-network-test', 0]])
    })

    test('isolated access reaches nothing at all', async () => {
      await refusedEach('isolated', [
        ...notPublic(),
        ['tcp', INTERNET, PORT],
        ['tcp', INTERNET_IPV6, PORT],
        ['udp', INTERNET, PORT],
        ['resolve', 'internet.test', 0],
      ])
      assert.deepEqual(await server.attempt('isolated', ['interfaces', '', 0]), ['lo'])
    })

    test('builds reach the internet and what their allow list names, at its port, and nothing else', {
      skip: isForked && 'builds are not forked',
    }, async () => {
      const reached = await server.attempt('build', ['tcp', 'internet.test', PORT], ['tcp', 'mirror.test', PORT])
      assert.deepEqual(reached, ['internet', 'private'])
      const named: string[] = [PRIVATE, `::ffff:${PRIVATE}`, 'private.test']
      const others = notPublic().filter(([, host, port]) => !(named.includes(host) && port === PORT))
      await refusedEach('build', [...others, ['udp', PRIVATE, 53]])
    })

    test("the operator's allow list opens a range at its port, but for the server's own addresses", async () => {
      assert.deepEqual(await server.attempt('full', ['tcp', PRIVATE, OTHER_PORT]), ['private'])
      if (!isForked) assert.deepEqual(await server.attempt('build', ['tcp', PRIVATE, OTHER_PORT]), ['private'])
      await refusedEach('full', [
        ['tcp', PRIVATE, PORT],
        ['tcp', '10.77.0.2', OTHER_PORT],
      ])
    })
  })
}

/** How refusals look: of the firewall, of the kernel, of the system-call filter; `silence` is not among them. */
const REFUSED = new Set([
  ...['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'EPERM', 'ENODEV', 'EADDRNOTAVAIL'],
  ...['EPROTONOSUPPORT', 'ESOCKTNOSUPPORT', 'EAFNOSUPPORT', 'no such name'],
])

function notPublic(): Attempt[] {
  return [
    ['tcp', PRIVATE, PORT],
    ['tcp', PRIVATE_IPV6, PORT],
    ['udp', PRIVATE, PORT],
    ['udp', PRIVATE_IPV6, PORT],
    ['tcp', 'private.test', PORT],
    ['udp', PRIVATE, 53],
    ['tcp', ADDRESSES.metadata, PORT],
    ['udp', ADDRESSES.metadata, PORT],
    ['tcp', `::ffff:${PRIVATE}`, PORT],
    ['tcp', '64:ff9b::a4d:1', PORT],
    ['tcp', '127.0.0.1', PORT],
    ['tcp', '::1', PORT],
    ['tcp', '0.0.0.0', PORT],
    ['tcp', '198.51.100.2', PORT],
    ['tcp', '198.51.100.3', PORT],
    ['tcp', 'fd00::2', PORT],
    ['tcp', 'fd00::3', PORT],
    ['through_device', PRIVATE, PORT],
    ['through_device', '127.0.0.1', PORT],
    ['through_device', PRIVATE_IPV6, PORT],
    ['multicast', '224.0.0.251', PORT],
    ['broadcast', '255.255.255.255', PORT],
    ['broadcast', '93.184.216.255', PORT],
    ['raw', PRIVATE, 0],
    ['ping', INTERNET, 0],
  ]
}

function whyNoUser(): string | false {
  if (!isRoot) return 'network namespaces with names need root'
  return whyNotAsOrdinaryUser(SERVER) ?? false
}
