/**
 * Remembers which target a head led to. A client that keeps a connection sends the same head again and again (http/lane), and
 * what it leads to stays so until an algorithm, an account or what the caller may do changes.
 */
import type { RequestHead } from '../http/request-head.ts'
import { type KnownCaller, type ResolveOptions, resolveTarget, type Target } from './resolve.ts'

interface Remembered {
  readonly target: Target
  readonly account: KnownCaller['account']
  readonly rights: unknown
  /** Changes of catalog and directory before it was found. */
  readonly changes: number
}

/** Resolves as `resolveTarget()` does, with one look-up for a head that came before. */
export function rememberTargets(options: ResolveOptions) {
  const { catalog, directory } = options
  const remembered = new WeakMap<RequestHead, Remembered>()

  return (head: RequestHead, caller: KnownCaller, rawPath: string): Target => {
    if (!head.comesAgain || caller.kind !== 'key') return resolveTarget(options, caller, rawPath)
    const { account, rights } = caller
    const changes = catalog.changes() + directory.changes()
    const known = remembered.get(head)
    if (known?.changes === changes && known.account === account && known.rights === rights) return known.target
    const target = resolveTarget(options, caller, rawPath)
    remembered.set(head, { target, account, rights, changes })
    return target
  }
}
