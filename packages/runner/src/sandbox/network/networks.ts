/** The networks that sandboxes can be started in: the seam between the sandbox and the ways a host can provide one. */
import type { AllowEntry } from '@algorist/contract/allow-list.ts'

/** `none`: a loopback and nothing else. `full`: outbound internet. `build`: what `full` has, and the build's allow list. */
export type NetworkKind = 'none' | 'full' | 'build'

export interface Network {
  /** Command that runs what follows it inside the network; empty for none. */
  readonly prefix: readonly string[]
  /** True when the sandbox keeps the network that it is started in instead of making an empty one. */
  readonly isShared: boolean
  /** File that becomes `/etc/resolv.conf`; null where there are no names. */
  readonly resolvConf: string | null
  /** Processes on the host that serve this network alone. */
  readonly processes: readonly number[]
  /** Resolves if the network ends while it is in use. */
  readonly lost: Promise<void>
  /** Ends the network; the processes in it have ended. */
  release(): Promise<void>
}

export interface Networks {
  /**
   * Makes a network of its own for one sandbox, whose processes run under `uid`, or null for the server's own.
   * @throws NetworkUnavailable when this host cannot
   */
  open(kind: NetworkKind, uid: number | null): Promise<Network>
  /**
   * Connects a network namespace that is there, and that nothing runs in yet, as `open` connects its own.
   * @throws NetworkUnavailable when this host cannot
   */
  attach(kind: NetworkKind, uid: number | null, namespaces: Namespaces): Promise<Network>
  close(): Promise<void>
}

/** Paths of a network namespace, and of the user namespace that it belongs to, whose root the uid of the sandbox is. */
export interface Namespaces {
  readonly user: string
  readonly network: string
}

/** This host cannot give a network; the message is for the operator. */
export class NetworkUnavailable extends Error {}

/** What operators decide about networks; docs/settings.md has the reasons. */
export interface NetworkOptions {
  /** `contained`: a network of its own for each sandbox. `host`: the host's, with its loopback and private networks. */
  readonly full: 'contained' | 'host'
  readonly build: 'contained' | 'host' | 'none'
  /** What workers with full access, and builds, may reach beyond the public internet. */
  readonly allow: readonly AllowEntry[]
  /** What builds may reach besides that. */
  readonly buildAllow: readonly AllowEntry[]
  /** Whether builds may also reach the registries of the languages, and the mirrors and proxies that they are told of. */
  readonly detectsBuildAllow: boolean
}

export const DEFAULT_NETWORK: NetworkOptions = {
  full: 'contained',
  build: 'contained',
  allow: [],
  buildAllow: [],
  detectsBuildAllow: true,
}
