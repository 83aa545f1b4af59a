/**
 * The server under test: a fresh one on its own port and temporary data folder, or the one that `ALGORIST_TARGET`
 * names (with `ALGORIST_TARGET_BOOTSTRAP`, the path of its bootstrap.json).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { NODE_ARGUMENTS } from '../../packages/server/src/collector.ts'

export interface Target {
  /** Without a trailing slash. */
  readonly url: string
  /** Of the first administrator. */
  readonly username: string
  readonly key: string
  readonly adminKey: string
  /** Data folder and process, or null when the server is not ours. */
  readonly home: string | null
  readonly pid: number | null
  close(): Promise<void>
}

interface Bootstrap {
  readonly url: string
  readonly username: string
  readonly api_key: string
  readonly admin_api_key: string
}

const SERVER_MAIN = resolve(import.meta.dirname, '../../packages/server/src/main.ts')
const START_TIMEOUT_MS = 240_000
const STOP_TIMEOUT_MS = 20_000

/**
 * @param settings environment variables; a data folder that `ALGORIST_HOME` names is used and left as it is
 * @throws Error with the end of its log when the server does not become healthy
 */
export async function startTarget(settings: Record<string, string> = {}): Promise<Target> {
  const url = process.env.ALGORIST_TARGET
  if (!url) return startFreshServer(settings)
  const bootstrapFile = process.env.ALGORIST_TARGET_BOOTSTRAP
  if (!bootstrapFile) throw new Error('ALGORIST_TARGET needs ALGORIST_TARGET_BOOTSTRAP, the path of bootstrap.json')
  return targetAt(url, await readBootstrap(bootstrapFile), { home: null, pid: null, close: async () => {} })
}

async function startFreshServer(settings: Record<string, string>): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-conformance-'))
  // Workers run under other uids and must be able to walk down to their artifact.
  await chmod(folder, 0o755)
  const home = settings.ALGORIST_HOME ?? join(folder, 'home')
  const logFile = join(folder, 'server.log')
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, [...NODE_ARGUMENTS, SERVER_MAIN], {
    env: { ...ownEnvironment(), ALGORIST_HOME: home, ALGORIST_PORT: '0', ...settings },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const close = async (): Promise<void> => {
    await stop(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const url = await waitUntilHealthy(home, child)
    return targetAt(url, await readBootstrap(join(home, 'bootstrap.json')), { home, pid: child.pid ?? null, close })
  } catch (error) {
    const text = await readFile(logFile, 'utf8')
    await close()
    throw new Error(`The server did not start. Its log ends with:\n${text.slice(-4000)}`, { cause: error })
  }
}

/** This environment without settings of another Algorist and without the address of another platform. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(ALGORIST|ALGORITHMIA)_/.test(name)))
}

/** The server takes a free port and writes its address into its data folder. */
async function waitUntilHealthy(home: string, child: ChildProcess): Promise<string> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS
  while (Date.now() < giveUpAt) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('The server ended at start')
    const url = await announcedUrl(home)
    const reply = url === null ? null : await fetch(`${url}/health`).catch(() => null)
    await reply?.arrayBuffer()
    if (url !== null && reply?.ok) return url
    await delay(50)
  }
  throw new Error('The server did not become healthy')
}

async function announcedUrl(home: string): Promise<string | null> {
  const text = await readFile(join(home, 'run/server.json'), 'utf8').catch(() => '{"url":null}')
  return JSON.parse(text).url
}

async function readBootstrap(file: string): Promise<Bootstrap> {
  return JSON.parse(await readFile(file, 'utf8'))
}

function targetAt(url: string, bootstrap: Bootstrap, rest: Pick<Target, 'home' | 'pid' | 'close'>): Target {
  const { username, api_key: key, admin_api_key: adminKey } = bootstrap
  return { url: url.replace(/\/$/, ''), username, key, adminKey, ...rest }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(timer)
}
