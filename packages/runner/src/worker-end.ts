/** Explains how a worker's process ended: exit codes, signals, memory, and what it printed before it was ready. */
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { exited, type Failure, loadingFailed, outOfMemory } from './failure.ts'

/** The first name of each number, without its older aliases behind it. */
const signals = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
)

/** Why a worker ended before it was ready. `machine` is the server's fault and no author's. */
export interface LoadFailure {
  readonly fault: 'algorithm' | 'machine'
  readonly failure: Failure
}

export interface Ending {
  readonly code: number
  readonly signal: string | null
}

/** bubblewrap passes a signal on as 128 and its number, as shells do. */
export function readExit(code: number, signal: string | null): Ending {
  return { code, signal: signal ?? signals.get(code - 128) ?? null }
}

/**
 * Why a call's process is gone. A kill that nobody asked for while the kernel was out of memory is taken for its doing;
 * `oomKillsBefore` is {@link countOomKills} from when the process started.
 */
export function explainExit({ code, signal }: Ending, oomKillsBefore: number): Failure {
  return signal === 'SIGKILL' && countOomKills() > oomKillsBefore ? outOfMemory : exited(code, signal)
}

/** Why it never became ready: the last lines it wrote say it best (runtime.md 2.7). */
export function explainLoadExit(ending: Ending, stderr: string): LoadFailure {
  const text = stderr.trim()
  if (text.startsWith('bwrap: ')) return { fault: 'machine', failure: loadingFailed(text) }
  const { message } = exited(ending.code, ending.signal)
  const lastLines = text.split('\n').slice(-3).join('\n').slice(-2000)
  const failure = lastLines === '' ? loadingFailed(`${message} before it was ready`) : loadingFailed(lastLines, text)
  return { fault: 'algorithm', failure }
}

/** A load error keeps a type that says something (runtime.md 2.7). */
export function loadErrorType({ errorType }: Failure): string {
  return errorType === 'AlgorithmError' ? 'LoadingError' : errorType
}

/** Processes that this machine's kernel has killed for want of memory; 0 where it does not say. */
export function countOomKills(): number {
  try {
    return Number(/^oom_kill (\d+)/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
