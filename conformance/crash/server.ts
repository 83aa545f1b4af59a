/** The server under test as a process that is started and killed again and again on one data folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const MAIN = resolve(import.meta.dirname, '../../packages/server/src/main.ts')
const START_TIMEOUT_MS = 60_000

export interface ServerProcess {
  readonly pid: number
  /** Resolves to the server's address. @throws Error with the end of its log when it does not come up */
  waitUntilHealthy(): Promise<Server>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
}

export interface Server {
  readonly url: string
  readonly admin: { readonly username: string; readonly key: string; readonly adminKey: string }
}

export interface ServerOptions {
  readonly home: string
  /** Outside the data folder. */
  readonly logFile: string
}

export function launchServer({ home, logFile }: ServerOptions): ServerProcess {
  const log = openSync(logFile, 'a')
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ALGORIST_HOME: home, ALGORIST_PORT: '0' },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const exited = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    waitUntilHealthy: () => waitUntilHealthy(child, { home, logFile }),
    async kill() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await exited
    },
  }
}

async function waitUntilHealthy(child: ChildProcess, { home, logFile }: ServerOptions): Promise<Server> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS
  while (child.exitCode === null && child.signalCode === null && Date.now() < giveUpAt) {
    const url = await announcedUrl(home, child.pid)
    const reply = url === null ? null : await fetch(`${url}/health`).catch(() => null)
    if (url && reply?.ok) return { url, admin: await readBootstrap(home) }
    await delay(25)
  }
  const text = await readFile(logFile, 'utf8')
  throw new Error(`the server did not start; its log ends with:\n${text.slice(-3000)}`)
}

/** What an earlier server has announced does not count. */
async function announcedUrl(home: string, pid: number | undefined): Promise<string | null> {
  const text = await readFile(join(home, 'run/server.json'), 'utf8').catch(() => '{}')
  const server: { pid?: number; url?: string | null } = JSON.parse(text)
  return server.pid === pid ? (server.url ?? null) : null
}

async function readBootstrap(home: string): Promise<Server['admin']> {
  const {
    username,
    api_key: key,
    admin_api_key: adminKey,
  } = JSON.parse(await readFile(join(home, 'bootstrap.json'), 'utf8'))
  return { username, key, adminKey }
}
