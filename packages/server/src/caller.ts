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
  /** May see what administrators see, and change nothing of it (platform.md 1.3). */
  readonly isViewer: boolean
  /** Deleted: nobody signs in as it and the API no longer shows it, but what it published still answers under its name. */
  readonly isClosed: boolean
  /** Offset in the host uid range. */
  readonly hostUid: number
  /** The person at the identity provider; absent for accounts without one. */
  readonly externalId?: string
  /** Of an organization: roles that groups of the identity provider give in it; absent when none does. */
  readonly groupRoles?: ReadonlyMap<string, OrganizationRole>
}

/** What a user is in an organization; an executor only calls what it owns (platform.md 1.3). */
export type OrganizationRole = 'owner' | 'member' | 'executor'

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

/** Everything that an account may do itself. */
export const FULL_RIGHTS: KeyRights = {
  allowData: true,
  allowDataWrite: true,
  allowAlgo: true,
  allowWebAlgo: true,
  refererHost: null,
  allowAlgoManagement: true,
  algoAcl: ['algo://*'],
}

/**
 * How an account proved who it is: with a key, with name and password (git alone), in a browser session, or with a token
 * of an identity provider. All but a key stand for everything that the account may do.
 */
export type Login = 'key' | 'password' | 'session' | 'token'

export type Caller =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'key'
      readonly login: Login
      readonly account: AccountEntry
      readonly keyId: string
      readonly rights: KeyRights
    }
  | { readonly kind: 'admin'; readonly account: AccountEntry; readonly keyId: string }
  /** A running algorithm: acts as the account that made the root call, within that call's rights. */
  | { readonly kind: 'algorithm'; readonly account: AccountEntry; readonly call: CallIdentity }

/** True for an admin key, and for an administrator who signed in as a person; a standard key administers nothing. */
export function isAdministrator(caller: Caller): boolean {
  return administratorOf(caller) !== undefined
}

/** The account that an administrator acts as; undefined for everybody else. */
export function administratorOf(caller: Caller): AccountEntry | undefined {
  if (caller.kind === 'admin') return caller.account
  return isPerson(caller) && caller.account.isAdmin ? caller.account : undefined
}

/** True for somebody who signed in and may see what administrators see. */
export function isViewer(caller: Caller): boolean {
  return isPerson(caller) && caller.account.isViewer
}

/** True for somebody who signed in, in a browser or with a token. */
export function isPerson(caller: Caller): caller is Extract<Caller, { kind: 'key' }> {
  return caller.kind === 'key' && (caller.login === 'session' || caller.login === 'token')
}
