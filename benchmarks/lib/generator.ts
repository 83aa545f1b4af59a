/**
 * Load on one server, by `wrk` where it is installed: a generator in Node takes as much of the machine as what it measures.
 * Both sides of a comparison are measured by the same one.
 */
import { type LoadOptions, type LoadResult, load } from '../load.ts'
import { isWrkInstalled, wrk } from '../wrk.ts'

/** Where requests go: all of them POST. */
export type Aim = Omit<LoadOptions, 'connections' | 'durationMs'>

export interface Pressure {
  /** Connections that are kept; each sends its next request when its last was answered. */
  readonly clients: number
  /** Rounded to whole seconds. */
  readonly durationMs: number
}

const hasWrk = isWrkInstalled()

/** Shown with every table. */
export const GENERATOR = hasWrk
  ? 'wrk, one thread'
  : 'load.ts in Node, which takes as much of the processor as what it measures; install wrk for figures that count'

/** @throws Error when a reply is an error, or none comes */
export async function press(aim: Aim, { clients, durationMs }: Pressure): Promise<LoadResult> {
  const options = { ...aim, connections: clients, durationMs }
  if (!hasWrk) return load(options)
  const { replies, badReplies, brokenConnections, ...result } = await wrk(options)
  if (replies === 0 || badReplies > 0 || brokenConnections > 0) {
    throw new Error(
      `${aim.url}: ${replies} replies, ${badReplies} of them errors, ${brokenConnections} broken connections`,
    )
  }
  return result
}
