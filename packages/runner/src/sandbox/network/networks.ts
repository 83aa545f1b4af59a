/** The networks that sandboxes can be started in: the seam between the sandbox and the ways a host can provide one. */

/** `none`: a loopback and nothing else. `full`: outbound internet. `build`: what `full` has, and the build's allow list. */
export type NetworkKind = 'none' | 'full' | 'build'

export interface Network {
  /** Command that runs what follows it inside the network; empty for none. */
  readonly prefix: readonly string[]
  /** True when the sandbox keeps the network that it is started in instead of making an empty one. */
  readonly isShared: boolean
  /** Ends the network; the processes in it have ended. */
  release(): Promise<void>
}

export interface Networks {
  /**
   * Makes a network of its own for one sandbox, whose processes run under `uid`, or null for the server's own.
   * @throws Error with a message for the operator when this host cannot
   */
  open(kind: NetworkKind, uid: number | null): Promise<Network>
  close(): Promise<void>
}

/** Gives `full` and `build` the host's own network. */
export function createHostNetworks(): Networks {
  const release = async () => {}
  return {
    open: async (kind) => ({ prefix: [], isShared: kind !== 'none', release }),
    close: async () => {},
  }
}
