/** Runs a program with its output shown, for so long and no longer. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

export interface ShowOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
}

/** For a program that is ended to say what it was at. */
const LAST_WORDS_MS = 5000
const STOPPED_BY = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Answers the exit code, 1 when a signal ended it. A program that takes too long is ended with all that it has started, and
 * that is said.
 *
 * @throws Error when the program cannot be started
 */
export async function show(command: string, args: readonly string[], options: ShowOptions): Promise<number> {
  const { timeoutMs, ...where } = options
  // It leads a process group, so that all of it can be ended together.
  const child = spawn(command, args, { ...where, stdio: ['ignore', 'inherit', 'inherit'], detached: true })
  const passOn = (signal: NodeJS.Signals): void => killGroup(child, signal)
  for (const signal of STOPPED_BY) process.on(signal, passOn)
  const ended = new AbortController()
  const late = endAfter(child, timeoutMs, ended.signal)
  try {
    const [code] = await once(child, 'exit')
    return code ?? 1
  } finally {
    ended.abort()
    await late
    for (const signal of STOPPED_BY) process.off(signal, passOn)
  }
}

async function endAfter(child: ChildProcess, timeoutMs: number, ended: AbortSignal): Promise<void> {
  if (!(await passed(timeoutMs, ended))) return
  process.stdout.write(`\nEnded, since it took longer than ${timeoutMs / 60_000} minutes\n`)
  child.kill('SIGTERM')
  await passed(LAST_WORDS_MS, ended)
  killGroup(child, 'SIGKILL')
}

/** False when the end came first. */
function passed(timeMs: number, ended: AbortSignal): Promise<boolean> {
  return delay(timeMs, true, { signal: ended }).catch(() => false)
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // All of it has ended.
  }
}
