/**
 * Runs one command of a build in its sandbox, within the build's limits: what it prints goes to the log, and it ends when
 * it is over memory, disk or time. Not which commands there are (build.ts).
 */
import { watchDisk } from './build-disk.ts'
import type { BuildLog } from './build-log.ts'
import { buildFields } from './containment.ts'
import { inMib } from './failure.ts'
import type { Ground } from './launch.ts'
import { makePipes, onEnd, startWith } from './pipes.ts'
import { descendants, unnamedFileBytes } from './sandbox/groups/processes.ts'
import { killGroup, type SandboxSpec } from './sandbox/sandbox.ts'
import { createThrottle } from './throttle.ts'
import type { BuildRequest, ContainmentCause } from './types.ts'
import { readExit } from './worker-end.ts'

/** A step that ended badly; the message is the build's one-line reason. */
export class StepFailed extends Error {}

/** A step's sandbox, but for its output. */
export type StepSpec = Omit<SandboxSpec, 'output'>

export interface StepPlace {
  readonly request: BuildRequest
  readonly folder: string
  readonly uid: number | null
  readonly text: BuildLog
  readonly signal: AbortSignal
}

/**
 * Runs one step to its end; returns its exit code.
 * @throws StepFailed when it was over a limit, the signal's reason when it was aborted
 */
export async function runStep(ground: Ground, spec: StepSpec, place: StepPlace): Promise<number> {
  const { folder, uid, text } = place
  place.signal.throwIfAborted()
  const tell = (cause: ContainmentCause) => ground.contained(cause, buildFields(place.request))
  const { output } = await makePipes({ folder, uid, answers: null })
  const starting = startWith(output, () => ground.sandbox.start({ ...spec, output: output.writers }))
  const { child, group, release } = await starting.catch((error) => {
    output.stdout.destroy()
    output.stderr.destroy()
    throw error
  })
  const over = new AbortController()
  const signal = AbortSignal.any([place.signal, over.signal])
  const kill = () => killGroup(child)
  signal.addEventListener('abort', kill)
  if (signal.aborted) kill()
  const throttle = createThrottle([output.stdout, output.stderr], ground.limits.outputBytesPerSecond)
  // Both streams come through one pipe, which keeps the order of what is printed.
  for (const stream of [output.stdout, output.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      text.write(bytes)
      throttle.count(bytes.length)
    })
  }
  // Whatever a build leaves running ends with it.
  if (ground.sandbox.mode === 'trusted') child.once('exit', kill)
  const disk = watchDisk({
    folder,
    limits: ground.limits.build,
    diskPercent: ground.limits.diskPercent,
    heldBytes: () => (child.pid === undefined ? 0 : unnamedFileBytes(descendants(child.pid), 'disk')),
    over(reason) {
      tell('disk')
      over.abort(new StepFailed(reason))
    },
  })
  try {
    const { code, by } = await new Promise<{ code: number; by: string | null }>((resolve, reject) => {
      child.once('error', reject)
      onEnd(child, output, (code, by) => resolve({ code: code ?? -1, by }))
    })
    const { usage, signal: endedBy } = readExit(code, by, group.usage())
    if (usage.refusedProcesses > 0) tell('processes')
    if (endedBy === 'SIGSYS') tell('system-call')
    if (usage.wasOutOfMemory) {
      tell('memory')
      throw new StepFailed(`The build used more than ${inMib(spec.limits.memoryBytes)} of memory.`)
    }
    signal.throwIfAborted()
    return code
  } finally {
    disk.stop()
    throttle.close()
    signal.removeEventListener('abort', kill)
    output.stdout.destroy()
    output.stderr.destroy()
    await release()
  }
}
