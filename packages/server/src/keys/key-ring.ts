/**
 * All keys in memory, by digest, so that authentication is one hash and one look-up. Loaded at start; rules that add or
 * revoke a key change it here after the commit and before their reply. Keys themselves are not in it.
 */
import { hash } from 'node:crypto'
import type { KeyRights } from '../caller.ts'
import type { Database } from '../db/schema.ts'
import { type KeyRow, selectRingKeys } from './queries.ts'

export type KeyEntry =
  | { readonly kind: 'standard'; readonly id: string; readonly accountId: string; readonly rights: KeyRights }
  | { readonly kind: 'admin'; readonly id: string; readonly accountId: string }

export interface KeyRing {
  /** Undefined for a key that does not exist, or no longer. */
  lookup(key: string): KeyEntry | undefined
  /** Adds a stored key, or replaces the one with its digest. Does nothing for a key that was removed. */
  put(key: StoredKey): void
  remove(key: Pick<StoredKey, 'id' | 'digest'>): void
  readonly size: number
}

/** What the ring needs to know of a row. */
export type StoredKey = Pick<KeyRow, 'id' | 'account_id' | 'kind' | 'digest' | 'rights'>

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
    lookup: (key) => entries.get(hash('sha256', key, 'latin1')),
    put({ id, account_id, kind, digest, rights }) {
      if (removedIds.has(id)) return
      const accountId = sharedId(account_id)
      const entry: KeyEntry =
        kind === 'PlatformAdminKey'
          ? { kind: 'admin', id, accountId }
          : { kind: 'standard', id, accountId, rights: sharedRights(rights) }
      entries.set(compact(digest), entry)
    },
    remove({ id, digest }) {
      removedIds.add(id)
      entries.delete(compact(digest))
    },
    get size() {
      return entries.size
    },
  }
  for (const key of await selectRingKeys(db)) ring.put(key)
  return ring
}

function compact(digest: string): string {
  return Buffer.from(digest, 'hex').toString('latin1')
}
