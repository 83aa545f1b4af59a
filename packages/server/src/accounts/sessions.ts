/**
 * Browser sessions in memory, by digest of the cookie's secret, so that authentication never waits. Loaded at start; what
 * ends here has ended in the database first.
 */
import { randomBytes } from 'node:crypto'
import type { Database } from '../db/schema.ts'
import { secretDigest } from './secret-digest.ts'
import {
  deleteSession,
  deleteSessionsOf,
  deleteSessionsUntil,
  insertSession,
  selectSessions,
} from './session-queries.ts'

/** A person who comes back every week stays signed in. */
const LIFE_MS = 14 * 24 * 60 * 60_000
const SWEEP_MS = 60 * 60_000

export interface SessionEntry {
  /** Digest of the secret; names the session in logs. */
  readonly id: string
  readonly accountId: string
  readonly expiresAtMs: number
}

export interface Sessions {
  /** Starts a session; the secret is the cookie's value and is kept nowhere else. */
  start(accountId: string): Promise<{ readonly secret: string; readonly expiresAtMs: number }>
  /** Undefined for a secret that nobody has, or no longer. */
  lookup(secret: string): SessionEntry | undefined
  byId(id: string): SessionEntry | undefined
  end(id: string): Promise<void>
  /** Ends all sessions of an account, but perhaps one. */
  endAll(accountId: string, exceptId?: string): Promise<void>
  close(): void
}

/** Reads all sessions. */
export async function createSessions(db: Database): Promise<Sessions> {
  await deleteSessionsUntil(db, new Date().toISOString())
  const entries = new Map<string, SessionEntry>()
  for (const { digest, account_id, expires_at } of await selectSessions(db)) {
    entries.set(digest, { id: digest, accountId: account_id, expiresAtMs: Date.parse(expires_at) })
  }
  const sweeper = setInterval(() => void sweep().catch(() => {}), SWEEP_MS).unref()

  async function sweep(): Promise<void> {
    const nowMs = Date.now()
    for (const entry of entries.values()) if (entry.expiresAtMs <= nowMs) entries.delete(entry.id)
    await deleteSessionsUntil(db, new Date(nowMs).toISOString())
  }

  function byId(id: string): SessionEntry | undefined {
    const entry = entries.get(id)
    return entry && entry.expiresAtMs > Date.now() ? entry : undefined
  }

  return {
    async start(accountId) {
      const secret = randomBytes(32).toString('base64url')
      const nowMs = Date.now()
      const entry = { id: secretDigest(secret), accountId, expiresAtMs: nowMs + LIFE_MS }
      await insertSession(db, {
        digest: entry.id,
        account_id: accountId,
        created_at: new Date(nowMs).toISOString(),
        expires_at: new Date(entry.expiresAtMs).toISOString(),
      })
      entries.set(entry.id, entry)
      return { secret, expiresAtMs: entry.expiresAtMs }
    },
    lookup: (secret) => byId(secretDigest(secret)),
    byId,
    async end(id) {
      entries.delete(id)
      await deleteSession(db, id)
    },
    async endAll(accountId, exceptId) {
      for (const entry of entries.values()) {
        if (entry.accountId === accountId && entry.id !== exceptId) entries.delete(entry.id)
      }
      await deleteSessionsOf(db, accountId, exceptId)
    },
    close: () => clearInterval(sweeper),
  }
}
