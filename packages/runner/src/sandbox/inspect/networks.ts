/** The networks of algorithms with full access and of builds: whether this host can contain them, and what the operator chose. */
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { chooseNetworks } from '../network/choose.ts'
import { DEFAULT_NETWORK, type NetworkOptions } from '../network/networks.ts'
import { type Check, failed, ok, skipped, warning } from './check.ts'
import { type ProbeOptions, probe } from './probe.ts'
import { checkPrograms } from './programs.ts'

const CONTAINED = 'contained networks'
const FULL = 'network "full"'
const BUILDS = 'network of builds'

const PROGRAMS = [
  { path: '/usr/bin/slirp4netns', name: 'slirp4netns', why: 'gives a network a way out', package: 'slirp4netns' },
  { path: '/usr/sbin/nft', name: 'nftables', why: 'keeps a network from private addresses', package: 'nftables' },
  { path: '/usr/sbin/ip', name: 'iproute2', why: 'sets a network up', package: 'iproute2' },
]

/** Tries every address in turn; a firewall that says nothing counts as closed after a second. */
const CONNECT = `
$| = 1;
for my $target (split /,/, shift) {
  my ($host, $port) = split /:/, $target;
  socket(my $socket, 2, 1, 0) or next;
  my $isOpen = eval { local $SIG{ALRM} = sub { die }; alarm 1; my $done = connect($socket, pack('S n C4 x8', 2, $port, split(/\\./, $host))); alarm 0; $done };
  print "reached=$host\\n" if $isOpen;
}
print "tried\\n";
`

type NetworkCheckOptions = Pick<ProbeOptions, 'home' | 'uid' | 'groups'> & {
  readonly network: Partial<NetworkOptions> | undefined
}

/** @param broken lines that failed and without which nothing can be tried */
export async function checkNetworks(options: NetworkCheckOptions, broken: readonly string[]): Promise<Check[]> {
  const { full, build } = { ...DEFAULT_NETWORK, ...options.network }
  if (full !== 'contained' && build !== 'contained') {
    return [ok(CONTAINED, 'None is used.'), judge(FULL, full, []), judge(BUILDS, build, [])]
  }
  // Without them nothing is open that should not be; what needs the network does not run.
  const programs = (await checkPrograms(PROGRAMS)).map(
    (line): Check => (line.level === 'failed' ? { ...line, level: 'warning' } : line),
  )
  const missing = programs.filter(({ level }) => level === 'warning').map(({ name }) => name)
  const because = [...broken, ...missing]
  const contained = because.length > 0 ? skipped(CONTAINED, because) : await checkContained(options)
  const blamed = contained.level === 'ok' ? [] : because.length > 0 ? because : [CONTAINED]
  return [...programs, contained, judge(FULL, full, blamed), judge(BUILDS, build, blamed)]
}

function judge(name: string, way: NetworkOptions['build'], because: readonly string[]): Check {
  if (way === 'none') return ok(name, 'None, as the operator has decided.')
  if (way === 'host') {
    const reach = "The host's own: its loopback and private networks are within reach, as the operator has decided."
    return warning(name, reach)
  }
  if (because.length > 0) return skipped(name, because)
  return ok(name, 'One of its own for each sandbox: the public internet, and what the operator allows besides.')
}

/** A real sandbox tries to reach a port that this process opens on all addresses of the host. */
async function checkContained({ home, uid, groups, network }: NetworkCheckOptions): Promise<Check> {
  const server = createServer((socket) => socket.destroy())
  const networks = chooseNetworks({
    network: { ...network, full: 'contained', allow: [] },
    registries: async () => [],
    buildEnvironment: {},
    etcFolder: home,
    onWarning: () => {},
  })
  try {
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    const { port } = server.address() as { port: number }
    const targets = ownAddresses().map((address) => `${address}:${port}`)
    const place = { home, uid, groups, networks, network: 'full' as const }
    const { printed } = await probe({ ...place, program: CONNECT, argument: targets.join(',') })
    const reached = [...printed.matchAll(/^reached=(\S+)$/gm)].map(([, address]) => address)
    if (reached.length > 0) return failed(CONTAINED, `A sandbox reached this host at ${reached.join(', ')}.`)
    if (printed.includes('tried'))
      return ok(CONTAINED, `A sandbox did not reach this host at ${targets.length} addresses.`)
    return unavailable(printed)
  } catch (error) {
    return unavailable(error instanceof Error ? error.message : String(error))
  } finally {
    server.close()
    await networks.close()
  }
}

function unavailable(reason: string): Check {
  const detail = `Algorithms with full network access, and builds, cannot run: ${reason || 'nothing was printed'}`
  return warning(CONTAINED, detail, 'Let the server use the device: modprobe tun, chmod 666 /dev/net/tun.')
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses)
  return [...new Set(['127.0.0.1', ...all.filter(({ family }) => family === 'IPv4').map(({ address }) => address)])]
}
