/** What the composition root gives the runner. */
import type { GivenLimits } from './limits.ts'
import type { NetworkOptions } from './sandbox/network/networks.ts'
import type { PlatformGate } from './types.ts'

/** The part of pino's logger that the runner uses. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** `bubblewrap` contains author code; `trusted` does not and is for trusted code only. */
export type SandboxMode = 'bubblewrap' | 'trusted'

export interface RunnerOptions {
  /** Data folder part that the runner owns: `artifacts`, `run`, `builds` and `runtime` in it. */
  readonly home: string
  readonly languagesFolder: string
  /** First host uid of the range that workers and builds run under; null when the server is not root: its own uid. */
  readonly uidBase: number | null
  readonly sandbox: SandboxMode
  /** Node binary and npm's folder, mounted at `/opt/node` for languages that need them. */
  readonly node: { readonly binary: string; readonly npmFolder: string | null }
  /** Environment added to builds (mirrors, proxies, CA settings) and CA bundles they must see, at the same paths. */
  readonly buildNetwork: { readonly env: Readonly<Record<string, string>>; readonly files: readonly string[] }
  /** By default sandboxes have contained networks, and builds reach the registries, mirrors and proxies they need. */
  readonly network?: Partial<NetworkOptions>
  readonly limits?: GivenLimits
  /** How sandboxes are held to their limits; by default the best way that works here. */
  readonly groups?: 'cgroup2' | 'cgroup1' | 'watch'
  readonly gate: PlatformGate
  readonly log: Logger
}
