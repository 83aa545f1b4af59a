/** `bin/up`, whose server is followed by another: who started it keeps it in the foreground and can end it. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { algorist } from './lib/algorist.ts'
import { curlJson, type Json } from './lib/curl.ts'
import { signal, waitForEnd } from './lib/restarting.ts'
import { until } from './lib/until.ts'

const UP = resolve(import.meta.dirname, '../bin/lib/up.ts')

describe('bin/up', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'starts a server of its own',
  timeout: 600_000,
}, () => {
  let folder: string
  let home: string
  let children: ChildProcess[]

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'algorist-up-'))
    await chmod(folder, 0o755)
    home = join(folder, 'home')
    children = []
  })
  afterEach(async () => {
    const { pid } = await serverFile().catch(() => ({ pid: undefined }))
    for (const each of [...children.map((child) => child.pid), pid]) if (each) signal(each, 'SIGTERM')
    if (pid) await waitForEnd(pid)
    await rm(folder, { recursive: true, force: true })
  })

  const serverFile = async (): Promise<Json> => JSON.parse(await readFile(join(home, 'run/server.json'), 'utf8'))

  function up(command: string, args: readonly string[]): ChildProcess {
    const { PATH, NODE_COMPILE_CACHE } = process.env
    const settings = { ALGORIST_HOME: home, ALGORIST_PORT: '0', ALGORIST_SHUTDOWN_SECONDS: '1', HOME: folder }
    const child = spawn(command, args, {
      env: { PATH, NODE_COMPILE_CACHE, ...settings },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    children.push(child)
    return child
  }

  /** Resolves once it has said where its server is. */
  async function started(child: ChildProcess): Promise<void> {
    let said = ''
    child.stdout?.on('data', (chunk) => {
      said += chunk
    })
    await until('the word that it runs', async () => {
      assert.equal(child.exitCode, null, said)
      return said.includes('Algorist runs at')
    })
  }

  async function restart(): Promise<{ before: number; now: number }> {
    const { pid: before } = await serverFile()
    const { code, stderr } = await algorist(home, ['restart'])
    assert.equal(code, 0, stderr)
    return { before, now: (await serverFile()).pid }
  }

  async function expectEnded(...pids: number[]): Promise<void> {
    for (const pid of pids) await waitForEnd(pid)
    assert.equal(existsSync(join(home, 'run/server.json')), false)
  }

  test('on a terminal stays in the foreground, and Ctrl-C ends the new server', async () => {
    const child = up('script', ['-qec', `exec ${process.execPath} ${UP} --no-demo`, '/dev/null'])
    await started(child)
    const ended = once(child, 'exit')
    const { before, now } = await restart()
    await waitForEnd(before)
    assert.equal(child.exitCode, null)
    child.stdin?.write('\x03')
    await expectEnded(now)
    assert.deepEqual(await ended, [0, null])
  })

  test('ends both servers with SIGTERM while the old one still finishes something', async () => {
    const child = up(process.execPath, [UP, '--no-demo'])
    await started(child)
    const ended = once(child, 'exit')
    const { url } = await serverFile()
    const { username, api_key: key } = JSON.parse(await readFile(join(home, 'bootstrap.json'), 'utf8'))
    await curlJson('POST', `${url}/v1/data/${username}`, { key, json: { name: 'files' } })
    const taken = Promise.withResolvers<void>()
    let sent = 0
    const upload = fetch(`${url}/v1/data/${username}/files/endless`, {
      ...{ method: 'PUT', headers: { Authorization: `Simple ${key}`, Connection: 'close' }, duplex: 'half' as const },
      body: new ReadableStream({
        async pull(controller) {
          controller.enqueue(Buffer.alloc(1024 * 1024))
          if (++sent < 20) return
          taken.resolve()
          await new Promise(() => {})
        },
      }),
    })
    await taken.promise
    const { before, now } = await restart()
    child.kill('SIGTERM')
    await assert.rejects(upload)
    await expectEnded(before, now)
    const [code] = await ended
    assert.notEqual(code, null)
  })

  test('--detach leaves a server that can be restarted and stopped', async () => {
    const child = up(process.execPath, [UP, '--detach', '--no-demo'])
    const said = text(child.stdout as NodeJS.ReadableStream)
    assert.deepEqual(await once(child, 'exit'), [0, null], await said)
    const again = await text(up(process.execPath, [UP, '--languages', 'python3']).stdout as NodeJS.ReadableStream)
    assert.match(again, /^Algorist already runs at .*\nLanguages that it lacked .* bin\/algorist restart\n$/)
    const { before, now } = await restart()
    const { url } = await serverFile()
    assert.equal((await fetch(`${url}/health`, { headers: { Connection: 'close' } })).status, 200)
    signal(now, 'SIGTERM')
    await expectEnded(before, now)
  })
})
