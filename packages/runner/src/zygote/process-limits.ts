/** Limits of each process of a worker, by the names of prlimit(1), as a fork is told them. */
import type { WorkerLimits } from '../limits.ts'
import type { ProcessGroup } from '../sandbox/groups/groups.ts'

/** As `limitPrefix` gives them to workers that are not forked. */
export function processLimits(limits: WorkerLimits, group: ProcessGroup): Readonly<Record<string, number>> {
  const { openFiles: nofile, processes: nproc, fileBytes: fsize } = limits
  return { core: 1, nofile, nproc, fsize, ...ofPrlimit(group.rlimits) }
}

/** Options of prlimit(1) as names and values: `--data=1000`. */
function ofPrlimit(options: readonly string[]): Record<string, number> {
  const pairs = options.map((option) => option.slice(2).split('='))
  return Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]))
}
