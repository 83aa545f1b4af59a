/** The server as a process: one per data folder, leaves nothing behind, forgets nothing it has acknowledged. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

const main = join(import.meta.dirname, 'main.ts')
const folder = mkdtempSync(join(tmpdir(), 'algorist-main-'))
chmodSync(folder, 0o755)
const home = join(folder, 'home')
const logFile = join(folder, 'log')
const running = new Set<ChildProcess>()

after(async () => {
  for (const child of running) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
})

interface Server {
  readonly child: ChildProcess
  readonly url: string
  readonly key: string
}

async function start(settings: Record<string, string> = {}): Promise<Server> {
  const child = launch(settings)
  running.add(child)
  child.once('exit', () => running.delete(child))
  for (let attempt = 0; attempt < 1000; attempt++) {
    await delay(100)
    const url = announced(child)
    if (url) return { child, url, key: JSON.parse(readFileSync(join(home, 'bootstrap.json'), 'utf8')).api_key }
    assert.equal(child.exitCode, null, readFileSync(logFile, 'utf8').slice(-2000))
  }
  throw new Error('the server did not start')
}

function launch(settings: Record<string, string> = {}): ChildProcess {
  const log = openSync(logFile, 'a')
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env
  const child = spawn(process.execPath, [main], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ALGORIST_HOME: home, ALGORIST_PORT: '0', ...settings },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  return child
}

function announced(child: ChildProcess): string | null {
  try {
    const { pid, url } = JSON.parse(readFileSync(join(home, 'run/server.json'), 'utf8'))
    return pid === child.pid ? url : null
  } catch {
    return null
  }
}

async function kill(server: Server, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(server.child, 'exit')
  server.child.kill(signal)
  const [code] = await exit
  return code
}

const send = (server: Server, method: string, path: string, body: string, type = 'application/json') =>
  fetch(`${server.url}${path}`, {
    method,
    headers: { Authorization: `Simple ${server.key}`, 'Content-Type': type },
    body,
  })

/** Processes in a sandbox of this server: something of its data folder is mounted there. */
function workerProcesses(): string[] {
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && mountsOf(entry).includes(`${home}/`))
}

function mountsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
  } catch {
    return ''
  }
}

/** An algorithm that sleeps for as many seconds as it is told and notes in no place that it ran. */
async function createSleeper(server: Server): Promise<string> {
  const created = await send(
    server,
    'POST',
    '/v1/algorithms/admin',
    JSON.stringify({
      name: 'Sleeper',
      details: { label: 'Sleeper' },
      settings: { language: 'python3', network_access: 'isolated' },
    }),
  )
  assert.equal(created.status, 201)
  const clone = join(folder, 'clone')
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: folder,
      stdio: 'pipe',
    })
  git('clone', '-q', `${server.url.replace('//', `//admin:${server.key}@`)}/git/admin/Sleeper.git`, clone)
  execFileSync(
    'sh',
    [
      '-c',
      `printf 'import time\\n\\n\\ndef apply(input):\\n    time.sleep(float(input))\\n    return "slept"\\n' > src/Sleeper.py && rm .adk`,
    ],
    { cwd: clone },
  )
  git('-C', clone, 'commit', '-qam', 'sleep')
  git('-C', clone, 'push', '-q')
  const compiled = await send(server, 'POST', '/v1/algorithms/admin/Sleeper/compile', '')
  const { version_info, build } = (await compiled.json()) as {
    version_info: { git_hash: string }
    build: { status: string }
  }
  assert.equal(build.status, 'succeeded')
  return `/v1/algo/admin/Sleeper/${version_info.git_hash}`
}

test('a data folder has one server, keeps its promises through kill -9 and closes without leaving anything', async (t) => {
  let server = await start()
  const sleeper = await createSleeper(server)

  await t.test('bootstrap.json is for its owner only', () => {
    assert.equal(statSync(join(home, 'bootstrap.json')).mode & 0o777, 0o600)
  })

  await t.test('a second server on the folder is refused and told where the first one is', async () => {
    const second = launch()
    const [code] = await once(second, 'exit')
    assert.equal(code, 1)
    assert.match(
      readFileSync(logFile, 'utf8'),
      new RegExp(`already runs on the data folder .*process ${server.child.pid} at ${server.url}`),
    )
  })

  await t.test('kill -9 leaves no worker, and a void call that had started is recorded, not run again', async () => {
    const accepted = await send(server, 'POST', `${sleeper}?output=void`, '600', 'text/plain')
    assert.match(await accepted.text(), /^\{"async":"void","request_id":"req-[0-9a-f-]{36}"\}$/)
    for (let i = 0; workerProcesses().length === 0 && i < 1000; i++) await delay(50)
    assert.notEqual(workerProcesses().length, 0)
    await kill(server, 'SIGKILL')
    for (let i = 0; workerProcesses().length > 0 && i < 1000; i++) await delay(50)
    assert.deepEqual(workerProcesses(), [])
    server = await start()
    await delay(500)
    assert.deepEqual(workerProcesses(), [])
    assert.match(readErrors(), /SystemExit\|server restarted/)
  })

  await t.test('what was published before kill -9 is called after it', async () => {
    const published = await send(server, 'POST', '/v1/algorithms/admin/Sleeper/versions', '{}')
    assert.equal(published.status, 200)
    await kill(server, 'SIGKILL')
    server = await start()
    const answer = await send(server, 'POST', '/v1/algo/admin/Sleeper/0.1.0', '0', 'text/plain')
    assert.match(await answer.text(), /^\{"result":"slept"/)
  })

  await t.test('SIGTERM lets a running call finish, then everything ends', async () => {
    const answer = send(server, 'POST', sleeper, '1.5', 'text/plain').then((response) => response.text())
    await delay(700)
    const code = await kill(server, 'SIGTERM')
    assert.match(await answer, /^\{"result":"slept"/)
    assert.equal(code, 0)
    assert.deepEqual(workerProcesses(), [])
  })

  await t.test('a setting that does not exist stops the start and names the nearest one', async () => {
    const mistaken = launch({ ALGORIST_PROT: '1' })
    assert.equal((await once(mistaken, 'exit'))[0], 1)
    assert.match(readFileSync(logFile, 'utf8'), /ALGORIST_PROT is not a setting; the nearest is ALGORIST_PORT/)
  })
})

function readErrors(): string {
  const script = `const { DatabaseSync } = require('node:sqlite')
    const rows = new DatabaseSync(${JSON.stringify(join(home, 'db/algorist.sqlite'))}, { readOnly: true })
      .prepare('select error_type, message from call_log').all()
    console.log(rows.map((row) => row.error_type + '|' + row.message).join('\\n'))`
  return execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })
}
