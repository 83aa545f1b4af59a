/**
 * The caller: who a request acts as. Established once by http/authenticate.ts and passed down; rules decide with it
 * and never look at headers again.
 */
import type { CallIdentity } from '@algorist/runner/types.ts'

/** An account as held in memory (see accounts/directory.ts). */
export interface AccountEntry {
  readonly id: string
  readonly kind: 'user' | 'organization'
  /** Stored spelling; looked up case-insensitively. */
  readonly name: string
  readonly email: string
  readonly isAdmin: boolean
  /** Offset in the host uid range. */
  readonly hostUid: number
}

/** Rights of a standard key (rest-api.md 1.3). */
export interface KeyRights {
  readonly allowData: boolean
  readonly allowDataWrite: boolean
  readonly allowAlgo: boolean
  readonly allowWebAlgo: boolean
  readonly refererHost: string | null
  readonly allowAlgoManagement: boolean
  /** `algo://*`, `algo://owner/*`, `algo://owner/name/*`; empty means none. */
  readonly algoAcl: readonly string[]
}

export type Caller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'key'; readonly account: AccountEntry; readonly keyId: string; readonly rights: KeyRights }
  | { readonly kind: 'admin'; readonly account: AccountEntry; readonly keyId: string }
  /** A running algorithm: acts as the account that made the root call, within that call's rights. */
  | { readonly kind: 'algorithm'; readonly account: AccountEntry; readonly call: CallIdentity }
