/**
 * One Algorist server as a child process, seen from outside: how to start it and when it is ready. It knows nothing of
 * what the server does.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { NODE_ARGUMENTS } from '@algorist/server/collector.ts'
import { type Config, type Environment, readConfig } from '@algorist/server/config.ts'

/** A server that listens. */
export interface ReadyServer {
  readonly pid: number
  /** Where callers reach it. */
  readonly url: string
  /** Where this machine reaches it; another address when a proxy stands in front of `url`. */
  readonly localUrl: string
}

const SERVER_MAIN = resolve(import.meta.dirname, '../../packages/server/src/main.ts')
const POLL_MS = 50

/** The settings that a server started with this environment has. @throws Error that lists what is wrong */
export function settingsOf(environment: Environment): Config {
  return readConfig(environment, { isRoot: process.getuid?.() === 0, homeFolder: homedir() })
}

/** Starts a server. With a log file it outlives this process; without one it shares this process's output. */
export function startServer(environment: NodeJS.ProcessEnv, logFile?: string): ChildProcess {
  const log = logFile === undefined ? 'inherit' : openSync(logFile, 'a', 0o600)
  const isDetached = logFile !== undefined
  const child = spawn(process.execPath, [...NODE_ARGUMENTS, SERVER_MAIN], {
    env: environment,
    stdio: ['ignore', log, log],
    detached: isDetached,
  })
  if (isDetached) child.unref()
  return child
}

/** Makes the data folder when it is missing, so that a log file can lie in it. */
export function logFileIn(home: string): string {
  mkdirSync(home, { recursive: true })
  return join(home, 'server.log')
}

/**
 * Waits until a started server answers `/health`.
 *
 * @throws Error when it ends first or the time is over
 */
export async function waitUntilHealthy(child: ChildProcess, config: Config, timeoutMs: number): Promise<ReadyServer> {
  const giveUpAt = Date.now() + timeoutMs
  while (Date.now() < giveUpAt) {
    if (hasEnded(child))
      throw new Error(`The server ended at start (${child.signalCode ?? `exit code ${child.exitCode}`})`)
    const url = announcedUrl(config.home, child)
    if (url !== null) {
      const server = { pid: child.pid ?? 0, url, localUrl: localUrl(config, url) }
      if (await isHealthy(server.localUrl)) return server
    }
    await delay(POLL_MS)
  }
  throw new Error(`The server did not become healthy within ${timeoutMs / 1000} s`)
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** What this child wrote into `run/server.json`, null before it listens. */
function announcedUrl(home: string, child: ChildProcess): string | null {
  try {
    const server = JSON.parse(readFileSync(join(home, 'run/server.json'), 'utf8'))
    return server.pid === child.pid ? server.url : null
  } catch {
    return null
  }
}

/** Under TLS only the public name matches the certificate; otherwise no proxy need be asked. */
function localUrl({ isUrlDerived, listen }: Config, url: string): string {
  if (isUrlDerived || listen.tls || listen.port === 0) return url
  const host = ['0.0.0.0', '::'].includes(listen.host) ? 'localhost' : listen.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${listen.port}`
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    // A kept connection would keep a server there that another one has followed.
    const reply = await fetch(`${url}/health`, { headers: { Connection: 'close' }, signal: AbortSignal.timeout(2000) })
    await reply.arrayBuffer()
    return reply.ok
  } catch {
    return false
  }
}
