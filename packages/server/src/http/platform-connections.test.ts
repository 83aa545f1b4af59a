import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:http'
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

/** What a worker's request on its own socket is taken for, by a server with or without TLS. */
async function seenIdentity(t: TestContext, { withTls }: { withTls: boolean }): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'algorist-platform-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const connections = createPlatformConnections()
  const server = createListener({
    routes: [],
    fallback: (request, response) => void response.end(connections.callOf(request.socket)?.callerId),
    tls: withTls ? selfSigned(folder) : null,
    log: pino({ level: 'silent' }),
  })
  connections.serveWith(server)
  const door = createServer((socket) => connections.accept(socket, () => call))
  t.after(() => door.close())
  const socketPath = join(folder, 'api.sock')
  await once(door.listen(socketPath), 'listening')
  const [response] = await once(get({ socketPath, agent: false }), 'response')
  return Buffer.concat(await response.toArray()).toString()
}

test("a worker's socket is its identity", async (t) => {
  assert.equal(await seenIdentity(t, { withTls: false }), 'caller')
})

test('a server with TLS answers its workers as well, who speak plain HTTP', async (t) => {
  assert.equal(await seenIdentity(t, { withTls: true }), 'caller')
})
