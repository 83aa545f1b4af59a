/**
 * Signing in with tokens of an identity provider (platform.md 1.5). The first request with a token waits for it to be
 * verified, for its account and for its groups; those that follow find it in memory and wait for nothing.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import { accountOfIdentity } from '../accounts/external.ts'
import { secretDigest } from '../accounts/secret-digest.ts'
import { syncGroups } from '../organizations/group-sync.ts'
import type { Services } from '../services.ts'
import type { TokenSettings } from '../token-settings.ts'
import { type Identity, identityOf } from './identity.ts'
import type { KeySet } from './key-set.ts'

/** Somebody who signed in with a token. */
export interface TokenLogin {
  readonly accountId: string
  /** True while the token says that its owner administers the server. */
  readonly isAdministrator: boolean
  /** Names the token in logs; no secret. */
  readonly id: string
}

export interface Tokens {
  /**
   * Who a token is; at once when it is known.
   *
   * Rejects with an ApiError: NotAuthenticated with what is wrong, NotAuthorized for an account that somebody else made,
   *   ServiceUnavailable while there are no keys
   */
  lookup(token: string): TokenLogin | Promise<TokenLogin>
}

export interface TokensOptions {
  readonly settings: TokenSettings
  readonly keySet: KeySet
  readonly services: Pick<Services, 'db' | 'directory' | 'keyRing' | 'log'>
}

interface KnownLogin extends TokenLogin {
  readonly externalId: string
  readonly untilMs: number
}

/** Real ones have a few hundred characters, with many groups a few thousand. */
const MAX_TOKEN_LENGTH = 16 * 1024
/** A key that was taken back, and other groups of an organization, count after this time at most. */
const REMEMBERED_MS = 10 * 60_000
const MAX_REMEMBERED = 10_000

export function createTokens({ settings, keySet, services }: TokensOptions): Tokens {
  /** By digest of the token, the one used last at the end. */
  const known = new Map<string, KnownLogin>()
  const arriving = new Map<string, Promise<TokenLogin>>()

  function remembered(digest: string): TokenLogin | undefined {
    const login = known.get(digest)
    if (!login) return undefined
    known.delete(digest)
    // An administrator may have linked the identity to another account, or to none.
    const account = services.directory.byId(login.accountId)
    const isItsAccount = account?.externalId === login.externalId && !account.isClosed
    if (login.untilMs <= Date.now() || !isItsAccount) return undefined
    known.set(digest, login)
    return login
  }

  function remember(digest: string, login: KnownLogin): void {
    const [oldest] = known.keys()
    if (known.size >= MAX_REMEMBERED && oldest !== undefined) known.delete(oldest)
    known.set(digest, login)
  }

  async function signIn(token: string, digest: string): Promise<TokenLogin> {
    if (token.length > MAX_TOKEN_LENGTH) {
      throw new ApiError('NotAuthenticated', `The token is longer than ${MAX_TOKEN_LENGTH} characters`)
    }
    const identity = await identityOf(token, settings, keySet)
    const account = await accountOfIdentity(services, identity)
    const { groups, asOf } = identity
    if (groups) await syncGroups(services, { userId: account.id, groups, asOf })
    const login: KnownLogin = {
      accountId: account.id,
      externalId: identity.externalId,
      isAdministrator: settings.adminGroup !== null && (groups ?? []).includes(settings.adminGroup),
      id: loginId(settings, identity),
      untilMs: Math.min(identity.expiresAtMs, Date.now() + REMEMBERED_MS),
    }
    remember(digest, login)
    return login
  }

  return {
    lookup(token) {
      const digest = secretDigest(token)
      const login = remembered(digest) ?? arriving.get(digest)
      if (login) return login
      const signingIn = signIn(token, digest).finally(() => arriving.delete(digest))
      arriving.set(digest, signingIn)
      return signingIn
    },
  }
}

function loginId({ issuer }: TokenSettings, { tokenId }: Identity): string {
  return secretDigest(JSON.stringify([issuer, tokenId]))
}
