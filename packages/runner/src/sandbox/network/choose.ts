/** Which network a sandbox gets: none, the host's, or a contained one, as the operator has decided for its kind. */
import { join } from 'node:path'
import type { AllowEntry } from '@algorist/contract/allow-list.ts'
import { createAllowedRanges, detectBuildAllow } from './build-allow.ts'
import { createContainedNetworks } from './contained.ts'
import {
  DEFAULT_NETWORK,
  type Namespaces,
  type Network,
  type NetworkKind,
  type NetworkOptions,
  type Networks,
  NetworkUnavailable,
} from './networks.ts'

const nothing = { prefix: [], processes: [], lost: new Promise<void>(() => {}), release: async () => {} }
const noNetwork: Network = { ...nothing, isShared: false, resolvConf: null }
const hostNetwork: Network = { ...nothing, isShared: true, resolvConf: '/etc/resolv.conf' }

export interface ChooseOptions {
  readonly network: Partial<NetworkOptions> | undefined
  /** Addresses of the package registries that languages install from. */
  readonly registries: () => Promise<readonly string[]>
  /** What builds are told of mirrors and proxies. */
  readonly buildEnvironment: Readonly<Record<string, string>>
  /** Folder with the resolv.conf of contained networks. */
  readonly etcFolder: string
  readonly onWarning: (error: unknown, message: string) => void
}

/** Makes the networks; each is opened when a sandbox needs it, so a host that cannot is noticed then. */
export function chooseNetworks(options: ChooseOptions): Networks {
  const network = { ...DEFAULT_NETWORK, ...options.network }
  const forWorkers = createAllowedRanges(async () => network.allow)
  const forBuilds = createAllowedRanges(() => allowedForBuilds(options))
  const contained = createContainedNetworks({
    resolvConf: join(options.etcFolder, 'resolv.conf'),
    allowed: (kind) => (kind === 'build' ? forBuilds() : forWorkers()),
    onWarning: options.onWarning,
  })

  async function open(kind: NetworkKind, uid: number | null): Promise<Network> {
    if (kind === 'none') return noNetwork
    const way = network[kind]
    if (way === 'host') return hostNetwork
    if (way === 'none') throw new NetworkUnavailable('the operator has turned the network of builds off')
    return contained.open(kind, uid)
  }
  async function attach(kind: NetworkKind, uid: number | null, namespaces: Namespaces): Promise<Network> {
    if (kind === 'none' || network[kind] !== 'contained')
      throw new NetworkUnavailable('this kind of network is not contained')
    return contained.attach(kind, uid, namespaces)
  }
  return { open, attach, close: contained.close }
}

/** All that builds may reach beyond the public internet. */
export async function allowedForBuilds({
  network,
  registries,
  buildEnvironment,
}: Pick<ChooseOptions, 'network' | 'registries' | 'buildEnvironment'>): Promise<AllowEntry[]> {
  const { allow, buildAllow, detectsBuildAllow } = { ...DEFAULT_NETWORK, ...network }
  const detected = detectsBuildAllow ? detectBuildAllow(await registries(), buildEnvironment) : []
  return [...allow, ...buildAllow, ...detected]
}

/** Gives `full` and `build` the host's own network. */
export function createHostNetworks(): Networks {
  const open = async (kind: NetworkKind) => (kind === 'none' ? noNetwork : hostNetwork)
  const attach = () => Promise.reject(new NetworkUnavailable('the host’s network is attached to nothing'))
  return { open, attach, close: async () => {} }
}
