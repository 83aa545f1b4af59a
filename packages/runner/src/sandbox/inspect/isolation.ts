/** Looks around in a real sandbox: whose rights it has, what it sees, which system calls it may make. */
import { type Architecture, numbersOf } from '../seccomp/compile.ts'
import { type Check, failed, ok, skipped } from './check.ts'
import { type ProbeOptions, probe } from './probe.ts'

const NAMES = ['isolation', 'network "isolated"', 'system calls'] as const
const USER_NAMESPACES =
  'Unprivileged user namespaces must be allowed (sysctl kernel.unprivileged_userns_clone=1, ' +
  'user.max_user_namespaces above 0, and no AppArmor restriction of user namespaces).'

const architecture: Architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
/** Harmless, and allowed to everybody unless a filter says no: without addresses at random, of this process alone. */
const FILTERED_CALL = numbersOf(architecture).get('personality') ?? 0
const FILTERED_ARGUMENT = 0x0004_0000

const LOOK_AROUND = `
sub text { open(my $file, '<', $_[0]) or return ''; local $/; my $all = <$file>; $all }
my $status = text('/proc/self/status');
print "$1=$2\\n" while $status =~ /^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):\\s+(\\S+)/mg;
my ($first) = text('/proc/1/comm') =~ /(\\S+)/;
my @interfaces = grep { !/^\\s*lo:/ } (split /\\n/, text('/proc/net/dev'))[2 .. 99];
print 'first=', $first, "\\n", 'interfaces=', scalar(grep { defined && length } @interfaces), "\\n";
print 'system=', (open(my $made, '>', '/etc/probe') ? 'writable' : 'closed'), "\\n";
print 'filtered=', (syscall(${FILTERED_CALL}, ${FILTERED_ARGUMENT}) == -1 ? 'refused' : 'made'), "\\n";
`

export interface Isolation {
  readonly checks: readonly Check[]
  /** Host uid of the sandbox that was looked into; null when it did not start. */
  readonly uidSeen: number | null
}

export async function checkIsolation(options: Pick<ProbeOptions, 'home' | 'uid' | 'groups'>): Promise<Isolation> {
  const { printed, uid } = await probe({ ...options, program: LOOK_AROUND })
  const seen = new Map([...printed.matchAll(/^(\w+)=(\S*)$/gm)].map(([, name = '', value = '']) => [name, value]))
  const [isolation, network, systemCalls] = NAMES
  if (!seen.has('filtered')) {
    const detail = `bubblewrap could not make a sandbox: ${printed || 'it printed nothing'}.`
    const others = [network, systemCalls].map((name) => skipped(name, [isolation]))
    return { checks: [failed(isolation, detail, USER_NAMESPACES), ...others], uidSeen: null }
  }
  return { checks: [judgeIsolation(seen), judgeNetwork(seen), judgeSystemCalls(seen)], uidSeen: uid }
}

export function skipIsolation(because: readonly string[]): Isolation {
  return { checks: NAMES.map((name) => skipped(name, because)), uidSeen: null }
}

type Seen = ReadonlyMap<string, string>

const EXPECTED: readonly (readonly [name: string, value: RegExp, promise: string])[] = [
  ['Uid', /^2222$/, 'its own user'],
  ['first', /^bwrap$/, 'its own processes'],
  ['CapEff', /^0+$/, 'no capabilities'],
  ['CapBnd', /^0+$/, 'none to get'],
  ['NoNewPrivs', /^1$/, 'no set-uid programs'],
  ['system', /^closed$/, 'a read-only system'],
]

function judgeIsolation(seen: Seen): Check {
  const broken = EXPECTED.filter(([name, value]) => !value.test(seen.get(name) ?? ''))
  if (broken.length > 0) {
    const list = broken.map(([name, , promise]) => `${promise} (${name}=${seen.get(name)})`).join(', ')
    return failed(NAMES[0], `A sandbox does not have ${list}.`)
  }
  return ok(NAMES[0], `A sandbox has ${EXPECTED.map(([, , promise]) => promise).join(', ')}.`)
}

function judgeNetwork(seen: Seen): Check {
  return seen.get('interfaces') === '0'
    ? ok(NAMES[1], 'A loopback of its own, and no other interface.')
    : failed(NAMES[1], `A sandbox without a network has ${seen.get('interfaces')} network interfaces.`)
}

function judgeSystemCalls(seen: Seen): Check {
  const isFiltered = seen.get('Seccomp') === '2' && seen.get('filtered') === 'refused'
  if (isFiltered) return ok(NAMES[2], 'Filtered by an allow-list; one that is not in it was refused.')
  const detail = `A sandbox makes system calls that it must not make (Seccomp=${seen.get('Seccomp')}).`
  return failed(NAMES[2], detail, 'The kernel needs CONFIG_SECCOMP_FILTER, and bubblewrap must support --seccomp.')
}
