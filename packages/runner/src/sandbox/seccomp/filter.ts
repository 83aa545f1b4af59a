/** The system-call filter of this machine's sandboxes (design.md 5), ready for the kernel. */
import { type Architecture, compile } from './compile.ts'
import { sandboxPolicy } from './policy.ts'
import type { Verdict } from './verdict.ts'

export interface SeccompOptions {
  /**
   * Does the host count the memory of a sandbox in a control group of its own? Where it does not, calls that hide memory
   * from a watch of processes are answered as missing.
   */
  readonly hasMemoryGroup: boolean
  /** Flags that one call of `unshare` may have exactly; for the template of a version (decision 0044). */
  readonly unshares?: number
  /** Another machine than this one. */
  readonly architecture?: Architecture
}

const ARCHITECTURES = new Map<string, Architecture>([
  ['x64', 'x86_64'],
  ['arm64', 'aarch64'],
])

/**
 * The filter as `struct sock_filter[]`, as bubblewrap's `--seccomp` and `prctl(PR_SET_SECCOMP)` take it.
 * @throws Error on a machine whose system calls have no table here
 */
export function seccompFilter({ hasMemoryGroup, unshares, architecture = thisArchitecture() }: SeccompOptions): Buffer {
  const policy = sandboxPolicy({ hasMemoryGroup })
  if (unshares === undefined) return compile(policy, architecture)
  const unshare: Verdict = { argument: 0, oneOf: [0, unshares], verdict: 'allow', otherwise: { errno: 1 } }
  return compile({ ...policy, calls: new Map([...policy.calls, ['unshare', unshare]]) }, architecture)
}

function thisArchitecture(): Architecture {
  const architecture = ARCHITECTURES.get(process.arch)
  if (architecture === undefined) throw new Error(`There is no system-call filter for ${process.arch} processors`)
  return architecture
}
