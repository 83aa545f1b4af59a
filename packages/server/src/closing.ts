/** Graceful shutdown in named phases: what was opened last closes first, each phase with a time limit of its own. */
import type { Logger } from 'pino'

/** A phase that takes longer is left behind, so that one stuck part can't keep the others from closing. */
const phaseLimitMs = 60_000

export interface Closing {
  add(name: string, close: () => Promise<unknown>): void
  /** Closes everything once, newest first; failures are logged and do not stop the rest. */
  closeAll(): Promise<void>
  /** Closes everything but what was added under a name, which `closeAll()` closes later. */
  closeAllBut(name: string): Promise<void>
}

export function createClosing(log: Logger): Closing {
  let phases: { name: string; close: () => Promise<unknown> }[] = []

  async function closeAll(): Promise<void> {
    for (let phase = phases.pop(); phase; phase = phases.pop()) await closePhase(phase.name, phase.close, log)
  }

  return {
    add(name, close) {
      phases.push({ name, close })
    },
    closeAll,
    async closeAllBut(name) {
      const kept = phases.filter((phase) => phase.name === name)
      phases = phases.filter((phase) => phase.name !== name)
      await closeAll()
      phases = kept
    },
  }
}

async function closePhase(name: string, close: () => Promise<unknown>, log: Logger): Promise<void> {
  const limit = Promise.withResolvers<'too late'>()
  const timer = setTimeout(() => limit.resolve('too late'), phaseLimitMs)
  try {
    const ended = await Promise.race([close(), limit.promise])
    if (ended === 'too late') log.error({ phase: name }, 'a shutdown phase did not end in time')
    else log.debug({ phase: name }, 'closed')
  } catch (error) {
    log.error({ err: error, phase: name }, 'a shutdown phase failed')
  } finally {
    clearTimeout(timer)
  }
}
