/** What the composition root gives the runner. */
import type { GivenLimits } from './limits.ts'
import type { GroupKind } from './sandbox/groups/groups.ts'
import type { NetworkOptions } from './sandbox/network/networks.ts'
import type { CallUsage, PlatformGate, WorkerSpec } from './types.ts'
import type { SecretsOf } from './worker-secrets.ts'

/** The part of pino's logger that the runner uses. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** `bubblewrap` contains author code; `trusted` does not and is for trusted code only. */
export type SandboxMode = 'bubblewrap' | 'trusted'

/**
 * `environment`: from a template that has the interpreter and the platform's libraries. `version`: further workers of a
 * version from one that has loaded it.
 */
export type ZygoteMode = 'off' | 'environment' | 'version'

export interface RunnerOptions {
  /** Data folder part that the runner owns: `artifacts`, `run`, `builds` and `runtime` in it. */
  readonly home: string
  /** The server before this one still finishes its calls and builds there (server: decision 0063). */
  readonly isShared?: boolean
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
  readonly groups?: GroupKind
  /** The caller has tried the sandbox itself (require-sandbox.ts), so the runner does not. */
  readonly isInspected?: boolean
  /** Whether workers are forked from templates (decision 0044); off unless given. */
  readonly zygotes?: ZygoteMode
  /** Part of the machine's memory in use, 0 to 1; by default as the kernel tells. */
  readonly readMemoryShare?: () => number
  /** How long its processors have been idle, added up, in milliseconds; by default as the kernel tells. */
  readonly readIdleMs?: () => number
  readonly gate: PlatformGate
  readonly log: Logger
  /**
   * Told what a worker used for no call: after its last one, or in all when it never ran one, and for calls whose callers had
   * been told their end before they ran. So sums over calls can be made whole. Not called where the host does not count.
   */
  readonly onUnclaimedUsage?: (spec: WorkerSpec, usage: CallUsage) => void
  /** Variables that a worker gets beyond the platform's own, which win; asked for at each start, never for builds. */
  readonly secretsOf?: SecretsOf
}
