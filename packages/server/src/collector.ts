/**
 * How V8 collects garbage in this process (decision 0080): the server shares its processors with the workers that it waits
 * for, and bodies of calls are memory outside V8's heap; the defaults expect neither.
 */
import { setFlagsFromString } from 'node:v8'

/**
 * Node's own arguments, for whoever starts the server. The loop waits for the helper threads of a collection, and busy
 * workers keep them from running; of the four that there are by default three make calls later and none sooner.
 */
export const NODE_ARGUMENTS = ['--v8-pool-size=1'] as const

/**
 * Memory outside the heap counts against a limit that follows the heap. By default every 64 MiB of bodies, which are garbage
 * by then, have the whole heap marked: at 100 calls of 1 MiB a second that took more than half a processor. To be called
 * once, before there is much memory.
 */
export function tuneCollector(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit')
}
