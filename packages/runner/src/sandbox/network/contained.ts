/**
 * Networks of their own for sandboxes: a network namespace whose only way out is slirp4netns, a TCP/IP stack in an ordinary
 * process, behind a firewall inside the namespace (design.md 5 "Network"; decision 0042 says why so). The host's own
 * network, its addresses, routes and rules, stays as it is. Owns the namespaces and their helpers from open to release.
 */
import { type AllowedRange, firewallRules, ownAddressesUpdate } from './firewall.ts'
import { hostAddresses, reachesFurtherByIPv6 } from './host-addresses.ts'
import { DEVICE, interfaceCommands, MTU_BYTES, NETWORK_IPV4 } from './layout.ts'
import { type Namespaces, type Network, type NetworkKind, type Networks, NetworkUnavailable } from './networks.ts'
import { createStarter, type Helper, type HelperOptions } from './starter.ts'

const START_TIMEOUT_MS = 10_000
/** How soon a new address of the host is out of reach of sandboxes that run already. */
const REFRESH_MS = 5000
/** Connections of one sandbox at a time, and some descriptors more. */
const SLIRP_OPEN_FILES = 1024

type Pipes = Omit<HelperOptions, 'command' | 'uid'>

const SHELL: Pipes = { lifeFd: 0, readyFd: 1, timeoutMs: START_TIMEOUT_MS }
const SLIRP: Pipes = { readyFd: 3, lifeFd: 4, timeoutMs: START_TIMEOUT_MS }

/** Holds the namespaces: makes the interface and the firewall, says so, and waits for the end of its input. */
const HOLD = 'printf %s "$1" | ip -batch - && printf %s "$2" | nft -f - && echo ready && exec cat >/dev/null'

/** Brings the firewall up to date. */
const UPDATE = 'printf %s "$1" | nft -f - && echo ready'

const NEW_NAMESPACES = ['unshare', '--user', '--map-root-user', '--net', '--']

export interface ContainedOptions {
  /** `/etc/resolv.conf` of these networks. */
  readonly resolvConf: string
  /** What a kind may reach beyond the public internet, asked for each network. */
  readonly allowed: (kind: NetworkKind) => Promise<readonly AllowedRange[]>
  readonly onWarning: (error: unknown, message: string) => void
}

interface Connected {
  readonly network: Network
  readonly holder: Helper
}

/** A network in use. */
interface Live {
  /** The host's own addresses, as its firewall knows them. */
  own: string
  readonly holder: Helper
  readonly uid: number | null
  lose(): void
}

export function createContainedNetworks({ resolvConf, allowed, onWarning }: ContainedOptions): Networks {
  const live = new Set<Live>()
  const starter = createStarter()
  let timer: NodeJS.Timeout | undefined

  async function open(kind: NetworkKind, uid: number | null): Promise<Network> {
    const { network, holder } = await connect(kind, uid, NEW_NAMESPACES)
    return { ...network, prefix: insidePrefix(holder.pid), isShared: true }
  }

  async function attach(kind: NetworkKind, uid: number | null, namespaces: Namespaces): Promise<Network> {
    return (await connect(kind, uid, into(namespaces))).network
  }

  /** `there` is the command that runs what follows it in the network's namespaces. */
  async function connect(kind: NetworkKind, uid: number | null, there: readonly string[]): Promise<Connected> {
    const [ranges, own] = await Promise.all([allowed(kind), hostAddresses()])
    const helpers: Helper[] = []
    const endAll = async () => void (await Promise.all(helpers.map((helper) => helper.end())))
    try {
      const hasIPv6 = reachesFurtherByIPv6(own)
      const setUp = [interfaceCommands(hasIPv6), firewallRules(own, ranges)]
      const holder = await starter.start({ ...SHELL, uid, command: [...there, 'sh', '-c', HOLD, 'network', ...setUp] })
      helpers.push(holder)
      helpers.push(await starter.start({ ...SLIRP, uid, command: slirp(holder.pid, hasIPv6) }))
      return { network: watch({ own: own.join(), holder, uid }, helpers), holder }
    } catch (error) {
      await endAll()
      const reason = error instanceof Error ? error.message : String(error)
      throw new NetworkUnavailable(`this machine could not make a contained network: ${reason}`)
    }
  }

  function watch(made: Omit<Live, 'lose'>, helpers: readonly Helper[]): Network {
    const lost = Promise.withResolvers<void>()
    const entry: Live = { ...made, lose: lost.resolve }
    live.add(entry)
    for (const helper of helpers) {
      void helper.ended.then((message) => {
        if (!live.delete(entry)) return
        onWarning(new Error(message), 'the network of a sandbox ended before the sandbox')
        lost.resolve()
      })
    }
    timer ??= setInterval(
      () => void refresh().catch((error) => onWarning(error, 'addresses unknown')),
      REFRESH_MS,
    ).unref()
    return {
      prefix: [],
      isShared: false,
      resolvConf,
      processes: helpers.map(({ pid }) => pid),
      lost: lost.promise,
      async release() {
        live.delete(entry)
        await Promise.all(helpers.map((helper) => helper.end()))
      },
    }
  }

  /** A sandbox that cannot be told of a new address of the host loses its network. */
  async function refresh(): Promise<void> {
    if (live.size === 0) return
    const own = await hostAddresses()
    const update = ownAddressesUpdate(own)
    for (const entry of live) {
      if (entry.own === own.join()) continue
      entry.own = own.join()
      const command = [...enter(entry.holder.pid), 'sh', '-c', UPDATE, 'network', update]
      await starter.start({ ...SHELL, uid: entry.uid, command }).catch((error) => {
        if (!live.has(entry)) return
        onWarning(error, 'the firewall of a sandbox could not be brought up to date')
        entry.lose()
      })
    }
  }

  async function close(): Promise<void> {
    clearInterval(timer)
    const holders = [...live].map(({ holder }) => holder)
    live.clear()
    await Promise.all(holders.map((holder) => holder.end()))
    await starter.close()
  }

  return { open, attach, close }
}

/** It sees of the host what its uid sees, less: `/etc` and `/run` alone, no capabilities over the host, few system calls. */
function slirp(holderPid: number, hasIPv6: boolean): string[] {
  return [
    ...['prlimit', '--core=0', `--nofile=${SLIRP_OPEN_FILES}`, '--', 'slirp4netns'],
    ...['--enable-sandbox', '--enable-seccomp', '--disable-host-loopback', '--ready-fd=3', '--exit-fd=4'],
    ...[`--cidr=${NETWORK_IPV4}`, `--mtu=${MTU_BYTES}`, ...(hasIPv6 ? ['--enable-ipv6'] : [])],
    ...[String(holderPid), DEVICE],
  ]
}

/** The uid is root there, which programs need to be to keep their rights over the network. */
function into({ user, network }: Namespaces): string[] {
  return ['nsenter', '--preserve-credentials', `--user=${user}`, `--net=${network}`, '--']
}

function enter(holderPid: number): string[] {
  return ['nsenter', '--preserve-credentials', '--user', '--net', `--target=${holderPid}`, '--']
}

/**
 * Enters the network and gives up the rights over it before bubblewrap starts. Mapping the uid of the sandbox to this one
 * takes CAP_SETFCAP, because this one is called root here; it is a right over files that belong to nobody.
 */
function insidePrefix(holderPid: number): string[] {
  return [...enter(holderPid), 'setpriv', '--bounding-set=-all,+setfcap', '--no-new-privs', '--']
}
