/**
 * Ends what sandboxes run when the server is killed, also those that were only starting: bubblewrap binds itself to its
 * parent a moment after it has started, and what it has made by then would stay. Each process carries a mark of this server
 * in its environment, and a small process of ours looks for it when the server's end of its pipe is gone. Telling it process
 * ids would not do: the server may be killed between starting a process and telling, and processes change their parents and
 * groups while they start.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import type { ProcessGroups } from './groups.ts'

const MARK = 'ALGORIST_SERVER'

/** Looks again until it has found nothing for so long: a process gets its environment some time after it was forked. */
const QUIET_SECONDS = 3

const GUARD = `my ($mark, $quiet) = @ARGV;
exit if (<STDIN> // '') eq "closed\\n";
sub environment {
  open(my $file, '<', "/proc/$_[0]/environ") or return '';
  local $/;
  return "\\0" . (<$file> // '');
}
for (my $end = time + $quiet; time < $end; select(undef, undef, undef, 0.05)) {
  opendir(my $processes, '/proc') or exit 1;
  for my $pid (grep { /^\\d+$/ } readdir $processes) {
    next if index(environment($pid), "\\0$mark\\0") < 0;
    kill 'KILL', $pid;
    $end = time + $quiet;
  }
}`

/** The same groups, whose processes end with this process when they have the groups' `environment`. */
export function endWithServer(groups: ProcessGroups): ProcessGroups {
  const mark = randomUUID()
  let guardian: ChildProcess | undefined

  return {
    ...groups,
    environment: { [MARK]: mark },
    open(...group) {
      guardian ??= startGuardian(`${MARK}=${mark}`)
      return groups.open(...group)
    },
    async close() {
      await groups.close()
      guardian?.stdin?.end('closed\n')
    },
  }
}

/** In a session of its own, so that nothing that ends the server's processes together ends it as well. */
function startGuardian(mark: string): ChildProcess {
  const child = spawn('/usr/bin/perl', ['-e', GUARD, mark, String(QUIET_SECONDS)], {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  child.unref()
  return child
}
