/** Starts one server of somebody else's, waits until it answers, and ends all of its processes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { descendantsOf } from '../memory.ts'

export interface Program {
  readonly command: readonly [string, ...string[]]
  readonly environment: Readonly<Record<string, string>>
  readonly folder: string
  /** Takes what it prints. */
  readonly logFile: string
}

const START_TIMEOUT_MS = 180_000
const STOP_TIMEOUT_MS = 10_000
const LOG_TAIL = 1500

export interface Started {
  readonly pid: number
  close(): Promise<void>
}

/**
 * @param isUp rejects while the server does not answer yet
 * @throws Error with the end of what it printed when it ends early or does not come up
 */
export async function startProgram(program: Program, isUp: () => Promise<void>): Promise<Started> {
  const { command, environment, folder, logFile } = program
  const [file, ...args] = command
  const log = openSync(logFile, 'a')
  const child = spawn(file, args, { cwd: folder, env: environment, stdio: ['ignore', log, log] })
  closeSync(log)
  const failed = new Promise<never>((_, fail) => child.once('error', fail))
  try {
    await Promise.race([waitUntilUp(child, isUp), failed])
  } catch (error) {
    await end(child)
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${reason}; it printed: ${readFileSync(logFile, 'utf8').slice(-LOG_TAIL)}`, { cause: error })
  }
  return { pid: child.pid ?? 0, close: () => end(child) }
}

async function waitUntilUp(child: ChildProcess, isUp: () => Promise<void>): Promise<void> {
  const giveUpAtMs = Date.now() + START_TIMEOUT_MS
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('It ended at its start')
    try {
      return await isUp()
    } catch (error) {
      if (Date.now() > giveUpAtMs) throw error
      await delay(100)
    }
  }
}

/** Some leave processes behind when they end, and some make them sessions of their own: each is ended by its id. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return
  const all = [child.pid, ...descendantsOf(child.pid)]
  signal(child.pid, 'SIGTERM')
  const giveUpAtMs = Date.now() + STOP_TIMEOUT_MS
  while (all.some(isAlive) && Date.now() < giveUpAtMs) await delay(50)
  for (const pid of all.filter(isAlive)) signal(pid, 'SIGKILL')
  while (all.some(isAlive) && Date.now() < giveUpAtMs + STOP_TIMEOUT_MS) await delay(20)
}

function isAlive(pid: number): boolean {
  try {
    // A zombie has ended; only its parent has not asked yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended meanwhile.
  }
}
