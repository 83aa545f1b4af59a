import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { CallIdentity } from '@algorist/runner/types.ts'
import { pino } from 'pino'
import { createListener } from './listener.ts'
import { createPlatformConnections } from './platform-connections.ts'

const call: CallIdentity = {
  requestId: 'req-1',
  sessionId: 'req-1',
  callerId: 'caller',
  algorithmId: 'algorithm',
  algorithmOwnerId: 'owner',
  buildId: 'build',
  rights: { algorithms: [], dataRead: false, dataWrite: false },
  mayCallAlgorithms: true,
  depth: 0,
  deadlineAtMs: 0,
}

function selfSigned(folder: string) {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-nodes', '-newkey', 'rsa:2048']
  execFileSync('openssl', ['req', '-x509', ...subject, '-keyout', key, '-out', certificate], { stdio: 'pipe' })
  return { certificate: readFileSync(certificate), key: readFileSync(key) }
}

interface Asked {
  readonly withTls: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** What the server answers. */
  readonly seen?: (request: IncomingMessage, identity: CallIdentity | null | undefined) => string
  readonly identity?: () => CallIdentity | null
}

/** What a worker's request on its own socket is taken for, by a server with or without TLS. */
async function ask(t: TestContext, asked: Asked): Promise<string> {
  const { withTls, headers = {}, seen = (_, identity) => String(identity?.callerId), identity = () => call } = asked
  const folder = mkdtempSync(join(tmpdir(), 'algorist-platform-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const connections = createPlatformConnections()
  const server = createListener({
    routes: [],
    fallback: async (request, response) => void response.end(seen(request, await connections.callOf(request.socket))),
    tls: withTls ? selfSigned(folder) : null,
    log: pino({ level: 'silent' }),
  })
  connections.serveWith(server)
  const door = createServer((socket) => connections.accept(socket, identity))
  t.after(() => door.close())
  const socketPath = join(folder, 'api.sock')
  await once(door.listen(socketPath), 'listening')
  const [response] = await once(get({ socketPath, agent: false, headers }), 'response')
  return Buffer.concat(await response.toArray()).toString()
}

test("a worker's socket is its identity", async (t) => {
  assert.equal(await ask(t, { withTls: false }), 'caller')
})

test('a server with TLS answers its workers as well, who speak plain HTTP', async (t) => {
  assert.equal(await ask(t, { withTls: true }), 'caller')
})

test('between calls a request of a worker is nobody, and not an ordinary connection', async (t) => {
  assert.equal(await ask(t, { withTls: false, identity: () => null, seen: (_, identity) => `${identity}` }), 'null')
})

test('cookies, internal headers and those of proxies are dropped when they come from a worker', async (t) => {
  const headers = {
    Cookie: 'session=stolen',
    Forwarded: 'for=127.0.0.1;proto=https',
    Via: '1.1 proxy',
    'X-Real-IP': '127.0.0.1',
    'X-Forwarded-For': '127.0.0.1',
    'X-Forwarded-Proto': 'https',
    'X-Algorist-Caller': 'admin',
    'X-Request-Mark': 'kept',
  }
  const seen = (request: IncomingMessage) => Object.keys(request.headers).sort().join()
  for (const withTls of [false, true]) {
    assert.equal(await ask(t, { withTls, headers, seen }), 'connection,host,x-request-mark')
  }
})
