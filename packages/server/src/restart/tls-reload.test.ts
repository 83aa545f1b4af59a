/** Real connections to a TLS server whose certificate changes on disk. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { keepTlsCurrent, readTlsPair, type TlsReload } from './tls-reload.ts'

const CHECK_MS = 100

let folder: string
let files: { certificatePath: string; keyPath: string }
let server: ReturnType<typeof createServer>
let tls: TlsReload
const logged: string[] = []

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'algorist-tls-'))
  files = { certificatePath: join(folder, 'used.pem'), keyPath: join(folder, 'used.key') }
  for (const name of ['first', 'second', 'third']) await makePair(name)
  await use('first')
  const pair = await readTlsPair(files)
  server = createServer({ cert: pair.certificate, key: pair.key }, (_request, response) => response.end('ok'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) })
  tls = keepTlsCurrent({ server, files, pair, log, checkMs: CHECK_MS })
})
after(async () => {
  tls?.close()
  server?.close()
  server?.closeAllConnections()
  await rm(folder, { recursive: true, force: true })
})

async function makePair(name: string): Promise<void> {
  const paths = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await promisify(execFile)('openssl', ['req', '-x509', ...kind, '-subj', `/CN=${name}`, ...paths])
}

async function use(certificate: string, key = certificate): Promise<void> {
  await copyFile(join(folder, `${certificate}.pem`), files.certificatePath)
  await copyFile(join(folder, `${key}.key`), files.keyPath)
}

async function open(): Promise<TLSSocket> {
  const { port } = server.address() as AddressInfo
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  return socket
}

async function nameShown(): Promise<string | undefined> {
  const socket = await open()
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return [CN].flat()[0]
}

test('new connections get the new certificate, and one that is open goes on', async () => {
  assert.equal(await nameShown(), 'first')
  const open1 = await open()
  await use('second')
  assert.equal(await tls.reload(), true)
  assert.equal(await nameShown(), 'second')
  open1.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  assert.match(String((await once(open1, 'data'))[0]), /^HTTP\/1.1 200/)
  assert.equal(await tls.reload(), false, 'nothing has changed since')
})

test('a pair that does not belong together, or is none, is logged and the one before is kept', async () => {
  await use('third', 'first')
  assert.equal(await tls.reload(), false)
  assert.equal(await nameShown(), 'second')
  assert.match(logged.join(''), /cannot be used; the one before is kept/)
  await writeFile(files.certificatePath, 'no certificate')
  assert.equal(await tls.reload(), false)
  await rm(files.keyPath)
  assert.equal(await tls.reload(), false)
  assert.equal(await nameShown(), 'second')
})

test('files that have changed are noticed without being told', async () => {
  await use('third')
  for (let attempt = 0; attempt < 100 && (await nameShown()) !== 'third'; attempt++) await delay(CHECK_MS)
  assert.equal(await nameShown(), 'third')
})
