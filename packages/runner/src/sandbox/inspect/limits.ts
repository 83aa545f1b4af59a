/** Whether limits are held: which way this host offers, and small sandboxes that try to break out of theirs. */
import type { GroupKind, ProcessGroups } from '../groups/groups.ts'
import { type Check, failed, ok, skipped, warning } from './check.ts'
import { type ProbeOptions, probe } from './probe.ts'

const MIB = 1024 * 1024
const MEMORY_MIB = 32
const PROCESSES = 24

/**
 * A length that Perl cannot know before it runs, or it would take the memory before it begins. It keeps what it got for
 * longer than a sandbox that is watched from outside may (groups/watch.ts).
 */
const TAKE_MEMORY = `
$| = 1; print "begun "; my $bytes = shift() << 20; my $much = 'x' x $bytes; sleep 3; print "survived"`
const TAKE_PROCESSES = `
$| = 1;
for my $count (1 .. ${4 * PROCESSES}) {
  my $child = fork();
  if (!defined $child) { print "stopped at $count"; exit }
  if (!$child) { sleep 5; exit }
}
print "survived";
`

const WAYS: Readonly<Record<GroupKind, string>> = {
  cgroup2: 'Control groups of version 2.',
  cgroup1: 'Control groups of version 1.',
  watch: 'Sandboxes are watched from outside.',
}

/** How sandboxes are held to their limits here, and why not better. */
export function checkGroups({ kind, gaps, passedOver }: ProcessGroups): Check {
  const name = 'control groups'
  const why = kind === 'cgroup2' ? [] : passedOver
  const detail = [WAYS[kind], ...gaps, ...why].join(' ')
  if (gaps.length === 0) return ok(name, detail)
  return warning(
    name,
    detail,
    'Let the server make control groups: start it as root, or with Delegate=yes in its unit.',
  )
}

type LimitOptions = Pick<ProbeOptions, 'home' | 'uid' | 'groups'>

/** Real sandboxes that take more memory, and more processes, than they may. */
export async function checkLimits(options: LimitOptions): Promise<Check[]> {
  return [await checkMemory(options), await checkProcesses(options)]
}

export function skipLimits(because: readonly string[]): Check[] {
  return ['memory limit', 'process limit'].map((name) => skipped(name, because))
}

async function checkMemory(options: LimitOptions): Promise<Check> {
  const name = 'memory limit'
  const limits = { memoryBytes: MEMORY_MIB * MIB }
  const { printed } = await probe({ ...options, program: TAKE_MEMORY, argument: String(8 * MEMORY_MIB), limits })
  if (printed.includes('survived')) return failed(name, `A sandbox of ${MEMORY_MIB} MiB took ${8 * MEMORY_MIB} MiB.`)
  if (!printed.startsWith('begun'))
    return failed(name, `The sandbox that tries did not start: ${printed || 'silence'}.`)
  return ok(name, `A sandbox of ${MEMORY_MIB} MiB was stopped when it took more.`)
}

async function checkProcesses(options: LimitOptions): Promise<Check> {
  const name = 'process limit'
  const { printed } = await probe({ ...options, program: TAKE_PROCESSES, limits: { processes: PROCESSES } })
  const count = Number(/stopped at (\d+)/.exec(printed)?.[1] ?? Number.NaN)
  if (count <= PROCESSES) return ok(name, `A sandbox of ${PROCESSES} processes was refused one more.`)
  return failed(name, `A sandbox of ${PROCESSES} processes started more: ${printed || 'it did not start'}.`)
}
