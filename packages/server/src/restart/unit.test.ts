/** The unit file as systemd reads it, and what a service manager hears from a server that is ready. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { notifyReady } from './notify.ts'
import { unitFile } from './unit.ts'

const ROOT = resolve(import.meta.dirname, '../../../..')

async function emptyFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-unit-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('systemd finds nothing wrong with the unit', {
  skip: !existsSync('/usr/bin/systemd-analyze') && 'there is no systemd-analyze',
}, async (t) => {
  const file = join(await emptyFolder(t), 'algorist.service')
  const paths = { node: process.execPath, main: resolve(import.meta.dirname, '../main.ts'), home: '/var/lib/algorist' }
  const command = join(ROOT, 'bin/algorist')
  await writeFile(file, unitFile({ ...paths, command, shutdownSeconds: 30, readySeconds: 120 }))
  const { stdout, stderr } = await promisify(execFile)('systemd-analyze', ['verify', '--man=no', file])
  assert.equal(
    (stdout + stderr)
      .split('\n')
      .filter((line) => line.includes('algorist.service'))
      .join('\n'),
    '',
  )
})

/** Binds a datagram socket, which Node cannot, and prints what arrives. */
const LISTENER = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    print(s.recv(4096).decode(), flush=True)`

test('systemd hears that this process is ready and is the service now', {
  skip: !existsSync('/usr/bin/systemd-notify') && 'there is no systemd-notify',
}, async (t) => {
  const path = join(await emptyFolder(t), 'notify')
  const listener = spawn('python3', ['-c', LISTENER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => listener.kill('SIGKILL'))
  await once(listener.stdout, 'data')
  let heard = ''
  listener.stdout.on('data', (text: Buffer) => {
    heard += text
  })
  await notifyReady(path, pino({ level: 'silent' }))
  for (let attempt = 0; attempt < 100 && !heard.includes('READY=1'); attempt++) {
    await new Promise((settle) => setTimeout(settle, 50))
  }
  assert.match(heard, /^READY=1$/m)
  assert.match(heard, new RegExp(`^MAINPID=${process.pid}$`, 'm'))
})
