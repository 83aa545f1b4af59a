/**
 * The public keys of the identity provider (JWKS), in memory. Read when a token first needs one, again when they are old
 * and when a token names a key that is not among them; a failed read keeps what was there.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import { type CryptoKey, importJWK, type JWK } from 'jose'
import type { Egress } from '../http/egress.ts'
import type { Services } from '../services.ts'

/** How a token names the key that it was signed with; `x5t` is what older providers send. */
export interface KeyName {
  readonly kid?: unknown
  readonly x5t?: unknown
}

export interface KeySet {
  /**
   * The key of this name; undefined when the provider has none.
   * @throws ApiError ServiceUnavailable while no keys could be read yet
   */
  find(name: KeyName): Promise<CryptoKey | undefined>
}

export interface KeySetOptions {
  readonly url: string
  readonly egress: Pick<Egress, 'fetch'>
  readonly log: Services['log']
  /** Milliseconds that never go back. */
  readonly clock?: () => number
}

/** A key that the provider takes back stops counting after this time at most. */
const MAX_AGE_MS = 10 * 60_000
/** Between two reads for the same reason, so that made-up names of keys do not become a flood of requests. */
const PAUSE_MS = 30_000
const TIMEOUT_MS = 5000
const MAX_KEYS = 100
const MIN_KEY_BITS = 2048

type Reason = 'old' | 'unknown'

/** Reads nothing yet. */
export function createKeySet({ url, egress, log, clock = () => performance.now() }: KeySetOptions): KeySet {
  let keys: ReadonlyMap<string, CryptoKey> = new Map()
  let readAtMs = Number.NEGATIVE_INFINITY
  const triedAtMs = { old: Number.NEGATIVE_INFINITY, unknown: Number.NEGATIVE_INFINITY }
  let reading: Promise<void> | undefined

  /** Tokens that come while the keys are read wait for the same answer. */
  async function readAgain(reason: Reason): Promise<void> {
    if (!reading && clock() - triedAtMs[reason] < PAUSE_MS) return
    triedAtMs[reason] = clock()
    reading ??= read().finally(() => {
      reading = undefined
    })
    await reading
  }

  async function read(): Promise<void> {
    try {
      const reply = await egress.fetch(url, {
        headers: { Accept: 'application/json' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      if (reply.status !== 200) throw new Error(`expected status 200, got ${reply.status}`)
      keys = await keysOf(JSON.parse(await reply.text()))
      readAtMs = clock()
    } catch (error) {
      log.warn({ err: error, url, kept: keys.size }, 'the keys of the identity provider could not be read')
    }
  }

  return {
    async find({ kid, x5t }) {
      const name = nameOf(kid ?? x5t)
      if (name === undefined) return undefined
      if (clock() - readAtMs >= MAX_AGE_MS) await readAgain('old')
      if (!keys.has(name)) await readAgain('unknown')
      const key = keys.get(name)
      if (!key && keys.size === 0) {
        throw new ApiError('ServiceUnavailable', 'Tokens cannot be checked now: the identity provider shows no keys', {
          headers: { 'Retry-After': String(PAUSE_MS / 1000) },
        })
      }
      return key
    },
  }
}

function nameOf(given: unknown): string | undefined {
  return typeof given === 'string' && given !== '' ? given : undefined
}

/** Keys that may verify RS256, by each of their names; what else a set holds is not for us. */
async function keysOf(set: { readonly keys?: unknown } | null): Promise<Map<string, CryptoKey>> {
  if (!Array.isArray(set?.keys)) throw new Error('expected an object with a list `keys`')
  const found = new Map<string, CryptoKey>()
  for (const jwk of set.keys.slice(0, MAX_KEYS).filter(isForSignatures)) {
    const key = await publicKeyOf(jwk)
    if (!key) continue
    for (const name of [jwk.kid, jwk.x5t]) if (nameOf(name) !== undefined) found.set(String(name), key)
  }
  if (found.size === 0) throw new Error('expected RSA keys of 2048 bits or more for RS256, got none')
  return found
}

function isForSignatures(jwk: JWK | null): jwk is JWK {
  if (typeof jwk !== 'object' || jwk?.kty !== 'RSA') return false
  const isForVerifying = !Array.isArray(jwk.key_ops) || jwk.key_ops.includes('verify')
  return (jwk.use ?? 'sig') === 'sig' && (jwk.alg ?? 'RS256') === 'RS256' && isForVerifying
}

/** One unusable key must not lock everybody out. */
async function publicKeyOf({ n, e }: JWK): Promise<CryptoKey | undefined> {
  try {
    const key = (await importJWK({ kty: 'RSA', n, e } as JWK, 'RS256')) as CryptoKey
    const { modulusLength = 0 } = key.algorithm as { readonly modulusLength?: number }
    return modulusLength >= MIN_KEY_BITS ? key : undefined
  } catch {
    return undefined
  }
}
