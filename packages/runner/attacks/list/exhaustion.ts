/**
 * Bombs: each takes much more than its worker or build may have, and no more than the machine can lose if nothing stops
 * it. A bomb is contained when it got an error or its end, and a neighbour's calls meanwhile were all answered.
 */
import { type Attack, harmless, may, shell, step } from '../attack.ts'

const MIB = 1024 * 1024
/** Above every memory limit of the suite (limits.ts). */
const MUCH_MEMORY_BYTES = 768 * MIB
const MUCH_DISK_BYTES = 384 * MIB
const MANY_PROCESSES = 1500
const MANY_FILES = 20_000
/** What the runner may keep of floods from three languages at a time. */
const MOST_GROWTH_BYTES = 72 * MIB

const bomb = (attack: Omit<Attack, 'isAlone'>): Attack => ({ ...attack, isAlone: true })

const filling = (path: string) => step('fill', path, MUCH_DISK_BYTES)

export const EXHAUSTION_ATTACKS: readonly Attack[] = [
  bomb({
    name: 'memory bomb',
    stoppedBy: 'the memory limit: the worker or build ends',
    seenAs: 'memory',
    steps: () => [step('memory', MUCH_MEMORY_BYTES)],
  }),
  bomb({
    name: 'memory bomb by many processes',
    stoppedBy: 'the memory limit, which counts all processes of the sandbox together',
    seenAs: 'memory',
    steps: () => [
      shell(
        'for i in 1 2 3 4 5 6; do perl -e \'my $x = "x" x 134217728; sleep 3; print "held"\' & pids="$pids $!"; done; ' +
          'failed=0; for pid in $pids; do wait $pid || failed=1; done; exit $failed',
      ),
    ],
  }),
  bomb({
    name: 'memory bomb in a memory file (memfd)',
    stoppedBy: 'the memory limit; where memory is only watched, the call does not exist',
    steps: () => [step('memfd', MUCH_MEMORY_BYTES)],
  }),
  bomb({
    name: 'fill the folders in memory',
    stoppedBy: 'size limits of the mounts; the memory limit besides',
    phases: ['run'],
    steps: () => ['/tmp', '/dev/shm', '/home/algo'].map((folder) => filling(`${folder}/attack`)),
  }),
  bomb({
    name: 'fill the disk',
    stoppedBy: 'the disk limit of a build and the largest file: the build ends',
    seenAs: 'disk',
    phases: ['build'],
    steps: () => [
      filling('/opt/algorithm/attack'),
      shell(
        'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do head -c 33554432 /dev/zero > /tmp/attack$i || exit 1; done; sleep 60',
      ),
    ],
  }),
  bomb({
    name: 'fill the disk with a large artifact',
    stoppedBy: 'the largest sum of files of an artifact, looked at before it is sealed',
    phases: ['build'],
    steps: () => [may(shell('head -c 56000000 /dev/zero > /opt/algorithm/attack'))],
    succeededBy: ({ succeeded }) => (succeeded ? 'the artifact was sealed' : null),
  }),
  bomb({
    name: 'inode bomb in memory',
    stoppedBy: 'files in memory are memory of the worker',
    phases: ['run'],
    steps: () => [may(step('inodes', '/tmp', MANY_FILES))],
    succeededBy: harmless,
  }),
  bomb({
    name: 'inode bomb on disk',
    stoppedBy: 'the number of files that a build may have: the build ends',
    seenAs: 'disk',
    phases: ['build'],
    steps: () => [may(step('inodes', '/opt/algorithm', MANY_FILES)), shell('sleep 60')],
  }),
  {
    name: 'fork bomb',
    stoppedBy: 'the limit of processes: fork fails',
    steps: () => [step('forks', MANY_PROCESSES)],
  },
  bomb({
    name: 'fork bomb of a shell',
    stoppedBy: 'the limit of processes and the deadline',
    steps: () => [shell('n=0; f() { sleep 2 & n=$((n+1)); [ $n -lt 1500 ] && f; }; f; wait')],
    timeLeftMs: 8000,
  }),
  {
    name: 'thread bomb',
    // Node's threads are workers with heaps of their own: memory ends them first.
    languages: ['python3', 'native'],
    stoppedBy: 'the limit of processes, which counts threads',
    steps: () => [step('threads', MANY_PROCESSES)],
  },
  {
    name: 'descriptor bomb',
    stoppedBy: 'the limit of open files',
    steps: () => [step('descriptors', 20_000)],
  },
  bomb({
    name: 'log bomb on standard output and error',
    stoppedBy: 'only the head and the tail of what is printed are kept',
    // The standard output of a build's program is where its answers go.
    steps: ({ phase }) => [may(step('output', phase === 'run' ? 1 : 2, 48 * MIB)), may(step('output', 2, 48 * MIB))],
    mostGrowthBytes: MOST_GROWTH_BYTES,
    succeededBy: harmless,
  }),
  bomb({
    name: 'spin on every core',
    stoppedBy: 'the processor share of the sandbox and the deadline',
    seenAs: 'time',
    phases: ['run'],
    timeLeftMs: 2500,
    steps: () => [may(shell('for i in 1 2 3 4 5 6 7 8; do (while :; do :; done) & done; wait'))],
    succeededBy: ({ succeeded }) => (succeeded ? 'it ran beyond its deadline' : null),
  }),
  bomb({
    name: 'spin on every core in a build',
    stoppedBy: 'the processor share of the build; its wall time',
    phases: ['build'],
    steps: () => [may(shell('for i in 1 2 3 4 5 6 7 8; do (timeout 2 sh -c "while :; do :; done") & done; wait'))],
    succeededBy: harmless,
  }),
]
