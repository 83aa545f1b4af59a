/** The audit log: every change through the API or the operators' command, with who really made it. Only ever added to. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Page } from '@algorist/contract/page.ts'
import type { Caller } from '../caller.ts'
import type { Services } from '../services.ts'
import { type AuditRow, insertAudit, selectAudit } from './queries.ts'

type Uses = Pick<Services, 'db' | 'log'>

export interface Change {
  /** Operation of the API, or command such as `user create`. */
  readonly action: string
  /** What was changed: a path, or a command's arguments. Never a secret. */
  readonly target: string
  /** HTTP status of the answer; 0 for commands. */
  readonly status: number
  readonly caller: Caller | 'operator'
  /** Client's address; null for commands. */
  readonly address: string | null
}

const MAX_TARGET_LENGTH = 500

/** Records a change that was made. A failure is an operator's matter: the change cannot be taken back for it. */
export async function recordChange({ db, log }: Uses, change: Change): Promise<void> {
  const { action, target, status, caller, address } = change
  const row = {
    at: new Date().toISOString(),
    action,
    target: target.slice(0, MAX_TARGET_LENGTH),
    status,
    address,
    ...actorOf(caller),
  }
  await insertAudit(db, row).catch((error) => log.error({ err: error, audit: row }, 'a change could not be recorded'))
}

function actorOf(caller: Change['caller']): Pick<AuditRow, 'account_id' | 'account_name' | 'login' | 'key_id'> {
  if (caller === 'operator') return { account_id: null, account_name: 'operator', login: 'operator', key_id: null }
  switch (caller.kind) {
    case 'anonymous':
      return { account_id: null, account_name: '', login: 'anonymous', key_id: null }
    case 'algorithm':
      return { ...accountOf(caller), login: 'algorithm', key_id: null }
    case 'admin':
      return { ...accountOf(caller), login: 'admin', key_id: caller.keyId }
    case 'key':
      return { ...accountOf(caller), login: caller.login, key_id: caller.login === 'key' ? caller.keyId : null }
  }
}

function accountOf({ account }: Exclude<Caller, { kind: 'anonymous' }>) {
  return { account_id: account.id, account_name: account.name }
}

export interface AuditFilter {
  readonly accountId: string | undefined
  readonly page: Page
}

/** Newest first, one more than the page holds. @throws ApiError InvalidMarker */
export function listChanges({ db }: Pick<Uses, 'db'>, { accountId, page }: AuditFilter): Promise<AuditRow[]> {
  const before = page.marker === undefined ? Number.MAX_SAFE_INTEGER : page.marker.number
  if (typeof before !== 'number') throw new ApiError('InvalidMarker')
  return selectAudit(db, { accountId, before, limit: page.limit + 1 })
}
