/**
 * Access tokens of one Google service account: an assertion signed with its key, exchanged at Google's token address
 * (RFC 7523). Nothing but the three texts of the connector is used: no environment, no files, no metadata server.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { DriverError } from './driver.ts'
import { asConnectionError } from './provider-errors.ts'

export interface ServiceAccount {
  readonly email: string
  readonly privateKeyId: string
  /** PEM, as the key file has it; line breaks may be written `\n`. */
  readonly privateKey: string
}

export interface GoogleTokenOptions extends ServiceAccount {
  /** Google's own unless given. */
  readonly tokenUri?: string | undefined
  readonly fetch: typeof globalThis.fetch
}

export interface GoogleTokens {
  /** One that is good for a minute at least; it is fetched once and shared. @throws DriverError */
  current(signal?: AbortSignal): Promise<string>
  /** Never gives this token again. */
  forget(token: string): void
}

interface Token {
  readonly text: string
  readonly expiresAtMs: number
}

const SERVICE = 'Google Cloud Storage'
const GOOGLE_TOKEN_URI = 'https://oauth2.googleapis.com/token'
const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_write'
const ASSERTION_LIFE_S = 600
const SPARE_MS = 60_000

/** @throws DriverError denied for a private key that is none */
export function createGoogleTokens(options: GoogleTokenOptions): GoogleTokens {
  const { email, privateKeyId, tokenUri = GOOGLE_TOKEN_URI, fetch } = options
  const key = parsePrivateKey(options.privateKey)
  let pending: Promise<Token> | undefined
  let token: Token | undefined

  async function exchange(): Promise<Token> {
    const { SignJWT } = await import('jose')
    const assertion = await new SignJWT({ scope: SCOPE })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: privateKeyId })
      .setIssuer(email)
      .setAudience(tokenUri)
      .setIssuedAt()
      .setExpirationTime(`${ASSERTION_LIFE_S}s`)
      .sign(key)
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const body = new URLSearchParams(grant).toString()
    try {
      const response = await fetch(tokenUri, { method: 'POST', headers, body, redirect: 'error' })
      return parseToken(response.status, await response.text(), email)
    } catch (error) {
      throw asConnectionError(error, SERVICE)
    }
  }

  /** Of one exchange at a time; an abort of one waiter does not end it for the others. */
  async function refreshed(): Promise<Token> {
    pending ??= exchange().finally(() => {
      pending = undefined
    })
    token = await pending
    return token
  }

  return {
    async current(signal) {
      signal?.throwIfAborted()
      const isGood = token !== undefined && token.expiresAtMs - SPARE_MS > Date.now()
      const { text } = isGood && token ? token : await refreshed()
      signal?.throwIfAborted()
      return text
    },
    forget(text) {
      if (token?.text === text) token = undefined
    },
  }
}

/** @throws DriverError denied; OpenSSL's own errors might quote the key */
function parsePrivateKey(text: string): KeyObject {
  const key = keyOf(text.replaceAll('\\n', '\n'))
  if (key?.asymmetricKeyType === 'rsa') return key
  const expected = 'expected the private_key of the key file, from -----BEGIN PRIVATE KEY----- to the last line'
  throw new DriverError('denied', `The private key of the connector is none: ${expected}`)
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** @throws DriverError */
function parseToken(status: number, text: string, email: string): Token {
  if (status === 429 || status === 503) throw new DriverError('busy', `${SERVICE} asks to slow down; try again later`)
  if (status === 400 || status === 401 || status === 403) {
    const advice = 'create a new key for it and put it into the connector'
    throw new DriverError('denied', `Google did not accept the key of the service account ${email}; ${advice}`)
  }
  const { access_token: token, expires_in: lifeS } = asRecord(text)
  if (status !== 200 || typeof token !== 'string' || typeof lifeS !== 'number') {
    throw new DriverError('unavailable', `${SERVICE} gave no access token (status ${status}); try again later`)
  }
  return { text: token, expiresAtMs: Date.now() + lifeS * 1000 }
}

/** Empty where the text is no JSON object. */
function asRecord(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
