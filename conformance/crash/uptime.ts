/** The time between two crashes, as clients see it. */
import type { Server } from './server.ts'

export interface Uptime {
  readonly server: Server
  /** False from the moment of the crash: nothing new is begun, and an answer may stay away. */
  isUp(): boolean
  /** Notes a violation. */
  fail(violation: string): void
}

/** Repeats a client's steps until the crash. What goes wrong before it is a violation; after it only a wrong answer is. */
export async function untilCrash(uptime: Uptime, step: () => Promise<unknown>): Promise<void> {
  while (uptime.isUp()) {
    try {
      await step()
    } catch (error) {
      if (uptime.isUp() || error instanceof WrongAnswer) uptime.fail(describe(error))
      return
    }
  }
}

/** The server has answered, and not as the rules of the run allow. */
export class WrongAnswer extends Error {}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
