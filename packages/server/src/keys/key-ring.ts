/**
 * All keys in memory, by digest, so that authentication is one hash and one look-up. Loaded at start; rules that add or
 * revoke a key change it here after the commit and before their reply. Keys themselves are not in it.
 */
import { hash } from 'node:crypto'
import type { KeyRights } from '../caller.ts'
import type { Database } from '../db/schema.ts'
import { type KeyRow, selectRingKeys } from './queries.ts'

interface CommonEntry {
  readonly id: string
  readonly accountId: string
  /** Epoch milliseconds from which the key does not work; most have none, and no member for it. */
  readonly expiresAtMs?: number
}

export type KeyEntry =
  | (CommonEntry & { readonly kind: 'standard'; readonly rights: KeyRights })
  | (CommonEntry & { readonly kind: 'admin' })

export interface KeyRing {
  /** Undefined for a key that does not exist, or no longer. What is found counts as used. */
  lookup(key: string): KeyEntry | undefined
  /** In two steps, for whoever meets the same key again and again. */
  digest(key: string): RingDigest
  find(digest: RingDigest): KeyEntry | undefined
  /** Ids of the keys that were used since this was last asked. */
  takeUsed(): ReadonlySet<string>
  /** Adds a stored key, or replaces the one with its digest. Does nothing for a key that was removed. */
  put(key: StoredKey): void
  remove(key: Pick<StoredKey, 'id' | 'digest'>): void
  size(): number
}

/** What the ring needs to know of a row. */
export type StoredKey = Pick<KeyRow, 'id' | 'account_id' | 'kind' | 'digest' | 'rights' | 'expires_at'>

declare const isRingDigest: unique symbol

/** SHA-256 as 32 characters of one byte, the form that the ring looks up. */
export type RingDigest = string & { readonly [isRingDigest]: true }

/** SHA-256 in hex, the form that is stored. */
export function digestOf(key: string): string {
  return hash('sha256', key, 'hex')
}

/** Reads all keys. */
export async function createKeyRing(db: Database): Promise<KeyRing> {
  // A digest as 32 one-byte characters, and rights and account ids shared, keep an entry below 250 bytes.
  const entries = new Map<string, KeyEntry>()
  const shared = new Map<string, KeyRights>()
  const accountIds = new Map<string, string>()
  // A change of a key that is overtaken by its removal must not bring it back. Ids are never used again.
  const removedIds = new Set<string>()
  let usedIds = new Set<string>()

  function sharedRights(json: string): KeyRights {
    const rights = shared.get(json) ?? (JSON.parse(json) as KeyRights)
    shared.set(json, rights)
    return rights
  }

  function sharedId(id: string): string {
    const known = accountIds.get(id) ?? id
    accountIds.set(known, known)
    return known
  }

  const ring: KeyRing = {
    lookup: (key) => ring.find(ring.digest(key)),
    digest: (key) => hash('sha256', key, 'latin1') as RingDigest,
    find(digest) {
      const entry = entries.get(digest)
      if (entry === undefined || (entry.expiresAtMs !== undefined && entry.expiresAtMs <= Date.now())) return undefined
      usedIds.add(entry.id)
      return entry
    },
    takeUsed() {
      const taken = usedIds
      usedIds = new Set()
      return taken
    },
    put({ id, account_id, kind, digest, rights, expires_at }) {
      if (removedIds.has(id)) return
      const accountId = sharedId(account_id)
      const common = { id, accountId, ...(expires_at === null ? {} : { expiresAtMs: Date.parse(expires_at) }) }
      const entry: KeyEntry =
        kind === 'PlatformAdminKey'
          ? { kind: 'admin', ...common }
          : { kind: 'standard', ...common, rights: sharedRights(rights) }
      entries.set(compact(digest), entry)
    },
    remove({ id, digest }) {
      removedIds.add(id)
      entries.delete(compact(digest))
    },
    size: () => entries.size,
  }
  for (const key of await selectRingKeys(db)) ring.put(key)
  return ring
}

function compact(digest: string): string {
  return Buffer.from(digest, 'hex').toString('latin1')
}
