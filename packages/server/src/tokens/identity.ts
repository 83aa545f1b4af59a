/**
 * From a token to who it is about: signature, issuer, audience and times are checked by a library, what the claims mean
 * here is read from what is left (rest-api.md 1.3). It knows no accounts.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose'
import type { TokenSettings } from '../token-settings.ts'
import type { KeySet } from './key-set.ts'

/** What a token that counts says. */
export interface Identity {
  readonly externalId: string
  readonly email: string | undefined
  /** Undefined where no groups are asked for. */
  readonly groups: readonly string[] | undefined
  /** When the provider said so, ISO. */
  readonly asOf: string
  readonly expiresAtMs: number
  /** Tells tokens apart in logs; no secret. */
  readonly tokenId: string
}

const CLOCK_SKEW_SECONDS = 30
const MAX_ID_LENGTH = 255
const MAX_EMAIL_LENGTH = 100

/**
 * @throws ApiError NotAuthenticated that says what is wrong with the token, ServiceUnavailable as KeySet.find
 */
export async function identityOf(token: string, settings: TokenSettings, keySet: KeySet): Promise<Identity> {
  const payload = await verify(token, settings, keySet)
  const externalId = payload[settings.usernameClaim]
  if (typeof externalId !== 'string' || externalId.trim() === '' || externalId.length > MAX_ID_LENGTH) {
    throw refused(`The token has no claim '${settings.usernameClaim}' of 1 to ${MAX_ID_LENGTH} characters`)
  }
  return {
    externalId,
    email: emailOf(payload, settings.emailClaim),
    groups: groupsOf(payload, settings.groupsClaim),
    asOf: new Date(Math.max(0, Math.min(secondsOf(payload.iat) * 1000, Date.now()))).toISOString(),
    expiresAtMs: secondsOf(payload.exp) * 1000,
    tokenId: typeof payload.jti === 'string' ? payload.jti : externalId,
  }
}

function refused(message: string, cause?: unknown): ApiError {
  return new ApiError('NotAuthenticated', message, { cause })
}

async function verify(token: string, { issuer, audience }: TokenSettings, keySet: KeySet): Promise<JWTPayload> {
  // Keys and addresses of keys that the header brings along (jwk, x5c, jku) are never looked at.
  const keyOf = async ({ kid, x5t }: JWTHeaderParameters) => {
    if (kid === undefined && x5t === undefined) throw refused('The token does not name its key (kid)')
    const key = await keySet.find({ kid, x5t })
    if (!key) throw refused('The token is signed with a key that its issuer does not show')
    return key
  }
  const rules = { algorithms: ['RS256'], requiredClaims: ['exp'], issuer, audience, clockTolerance: CLOCK_SKEW_SECONDS }
  try {
    return (await jwtVerify(token, keyOf, rules)).payload
  } catch (error) {
    throw error instanceof ApiError ? error : refused(wordsFor(error), error)
  }
}

const CLAIM_WORDS: Readonly<Record<string, string>> = {
  iss: 'The token is from another issuer',
  aud: 'The token is for another audience',
  exp: 'The token says no time when it expires (exp)',
  nbf: 'The token is not valid yet',
}

function wordsFor(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The token is not signed with RS256'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is wrong'
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'The token cannot be read'
  return CLAIM_WORDS[error.claim] ?? `The claim '${error.claim}' of the token is wrong`
}

/** A token without a time is as new as it can be. */
function secondsOf(time: unknown): number {
  return typeof time === 'number' ? time : Number.POSITIVE_INFINITY
}

/** An address that cannot be one counts as none: nobody signs in with it. */
function emailOf(payload: JWTPayload, claim: string | null): string | undefined {
  const email = claim === null ? undefined : payload[claim]
  const isAddress = typeof email === 'string' && email.length <= MAX_EMAIL_LENGTH && /^[^\s@]+@[^\s@]+$/.test(email)
  return isAddress ? email : undefined
}

/** A text is one group, whatever is in it: names of directories contain commas. */
function groupsOf(payload: JWTPayload, claim: string | null): readonly string[] | undefined {
  if (claim === null) return undefined
  const given = payload[claim]
  if (given === undefined) throw refused(`The token has no claim '${claim}', which says the groups of its owner`)
  const groups = typeof given === 'string' ? [given] : given
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string')) {
    throw refused(`The claim '${claim}' of the token is no text and no list of texts`)
  }
  return groups.filter((group) => group !== '')
}
