/**
 * Ends what sandboxes run when the server is killed, also those that were only starting: bubblewrap binds itself to its
 * parent a moment after it has started, and what it has made by then would stay. A small process of ours is told of every
 * process group, and kills those it knows of when the server's end of its pipe is gone.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { ProcessGroups } from './groups.ts'

/**
 * Reads `+PID` and `-PID`, line by line, to the end. A starting sandbox leaves its process group just before it binds itself
 * to its parent, so descendants are looked for as well, and before their parents end.
 */
const GUARD = `my %groups;
while (<STDIN>) {
  $groups{$1} = 1 if /^\\+(\\d+)$/;
  delete $groups{$1} if /^-(\\d+)$/;
}
sub children_of {
  my ($pid) = @_;
  open(my $list, '<', "/proc/$pid/task/$pid/children") or return ();
  return split ' ', scalar(<$list>) // '';
}
my @all = keys %groups;
for my $pid (@all) { push @all, children_of($pid) }
kill 'KILL', map({ -$_ } keys %groups), @all;`

/** The same groups, whose processes end with this process. Each process that is added leads a process group of its own. */
export function endWithServer(groups: ProcessGroups): ProcessGroups {
  let guardian: ChildProcess | null = null

  function tell(line: string): void {
    guardian ??= startGuardian()
    guardian.stdin?.write(`${line}\n`)
  }

  return {
    ...groups,
    open(limits, purpose) {
      const group = groups.open(limits, purpose)
      const pids: number[] = []
      return {
        ...group,
        add(pid) {
          pids.push(pid)
          tell(`+${pid}`)
          group.add(pid)
        },
        release() {
          group.release()
          for (const pid of pids.splice(0)) tell(`-${pid}`)
        },
      }
    },
    async close() {
      await groups.close()
      guardian?.stdin?.end()
    },
  }
}

/** In a session of its own, so that nothing that ends the server's processes together ends it as well. */
function startGuardian(): ChildProcess {
  const stdio = ['pipe', 'ignore', 'ignore'] as const
  const child = spawn('/usr/bin/perl', ['-e', GUARD], { cwd: '/', env: {}, detached: true, stdio: [...stdio] })
  child.on('error', () => {})
  child.stdin?.on('error', () => {})
  child.unref()
  return child
}
