/**
 * One Algorist server as a child process, seen from outside: where its data folder is, whether one runs on it, how to
 * start one and when it is ready. It knows nothing of what the server does.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** What a running server says about itself in `run/server.json` of its data folder. */
export interface RunningServer {
  readonly pid: number
  readonly url: string
}

const SERVER_MAIN = resolve(import.meta.dirname, '../../packages/server/src/main.ts')
const POLL_MS = 50

/** The data folder that a server started with this environment uses. */
export function dataFolder(env: NodeJS.ProcessEnv): string {
  if (env.ALGORIST_HOME) return resolve(env.ALGORIST_HOME)
  return process.getuid?.() === 0 ? '/var/lib/algorist' : join(homedir(), '.local/share/algorist')
}

/** Reads what the server on this folder wrote, or null when there is none or its process is gone. */
export function findServer(home: string): RunningServer | null {
  try {
    const server: RunningServer = JSON.parse(readFileSync(join(home, 'run/server.json'), 'utf8'))
    process.kill(server.pid, 0)
    return server
  } catch {
    return null
  }
}

/** Starts a server. With a log file it outlives this process; without one it shares this process's output. */
export function startServer(options: { env: NodeJS.ProcessEnv; logFile?: string }): ChildProcess {
  const log = options.logFile === undefined ? 'inherit' : openSync(options.logFile, 'a', 0o600)
  const child = spawn(process.execPath, [SERVER_MAIN], {
    env: options.env,
    stdio: ['ignore', log, log],
    detached: options.logFile !== undefined,
  })
  if (options.logFile !== undefined) child.unref()
  return child
}

/** Makes the data folder when it is missing, so that a log file can lie in it. */
export function logFileIn(home: string): string {
  mkdirSync(home, { recursive: true })
  return join(home, 'server.log')
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const reply = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) })
    await reply.arrayBuffer()
    return reply.ok
  } catch {
    return false
  }
}

/**
 * Waits until the server on this folder answers `/health`.
 * @throws Error when the child ends first or the time is over.
 */
export async function waitUntilHealthy(
  home: string,
  options: { child?: ChildProcess; timeoutMs: number },
): Promise<RunningServer> {
  const giveUpAt = Date.now() + options.timeoutMs
  while (Date.now() < giveUpAt) {
    const { exitCode = null, signalCode = null } = options.child ?? {}
    if (exitCode !== null || signalCode !== null)
      throw new Error(`The server ended at start (${signalCode ?? exitCode})`)
    const server = findServer(home)
    if (server && (await isHealthy(server.url))) return server
    await delay(POLL_MS)
  }
  throw new Error(`The server did not become healthy within ${options.timeoutMs / 1000} s`)
}
