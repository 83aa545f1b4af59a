/** Explains how a worker's process ended: exit codes, signals, memory, and what it printed before it was ready. */
import { constants } from 'node:os'
import { exited, type Failure, loadingFailed, loadOutOfMemory, outOfMemory } from './failure.ts'
import { type GroupUsage, NO_USAGE } from './sandbox/groups/groups.ts'

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
  /** What its group had used by then. */
  readonly usage: GroupUsage
}

/** bubblewrap passes a signal on as 128 and its number, as shells do. */
export function readExit(code: number, signal: string | null, usage: GroupUsage = NO_USAGE): Ending {
  return { code, signal: signal ?? signals.get(code - 128) ?? null, usage }
}

/** Why a call's process is gone. However it ended: one whose group had no memory left could not go on. */
export function explainExit({ code, signal, usage }: Ending): Failure {
  if (usage.wasOutOfMemory) return outOfMemory
  const failure = exited(code, signal)
  if (signal === 'SIGSYS') return { ...failure, cause: 'system-call' }
  return usage.refusedProcesses > 0 ? { ...failure, cause: 'processes' } : failure
}

/** Programs of ours that run before the algorithm's; only what goes wrong on the machine makes them speak. */
const OF_THE_MACHINE = /^(?:bwrap|nsenter|setpriv|unshare|overlay|relay): /

/** Why it never became ready: the last lines it wrote say it best (runtime.md 2.7). */
export function explainLoadExit(ending: Ending, stderr: string, memoryBytes: number): LoadFailure {
  if (ending.usage.wasOutOfMemory) return { fault: 'algorithm', failure: loadOutOfMemory(memoryBytes) }
  const text = stderr.trim()
  if (OF_THE_MACHINE.test(text)) return { fault: 'machine', failure: loadingFailed(text) }
  const { message, cause } = explainExit(ending)
  const lastLines = text.split('\n').slice(-3).join('\n').slice(-2000)
  const failure = lastLines === '' ? loadingFailed(`${message} before it was ready`) : loadingFailed(lastLines, text)
  return { fault: 'algorithm', failure: cause === undefined ? failure : { ...failure, cause } }
}

/** A load error keeps a type that says something (runtime.md 2.7). */
export function loadErrorType({ errorType }: Failure): string {
  return errorType === 'AlgorithmError' ? 'LoadingError' : errorType
}
