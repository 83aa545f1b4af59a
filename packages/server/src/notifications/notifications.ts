/** What happened to algorithms that an account may want to know (rest-api.md 3.4, row 127; platform.md 5.7). */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Caller } from '../caller.ts'
import { findUserHolder } from '../keys/holders.ts'
import type { Services } from '../services.ts'
import { insertNotifications, selectNotifications } from './queries.ts'

type Uses = Pick<Services, 'db' | 'directory'>

/** Every kind there is. */
export const NOTIFICATION_KINDS = [
  'version_published',
  'publish_request',
  'publish_approved',
  'publish_declined',
] as const
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number]

/** The algorithm that it is about, as replies show it. */
export interface NotificationContext {
  readonly algorithm_id: string
  readonly username: string
  readonly algoname: string
  readonly semantic_version?: string
}

const MAX_LIMIT = 100
const DEFAULT_LIMIT = 50

/** Tells accounts; a failure is logged, since what they are told of has happened already. */
export async function notify(
  { db, log }: Pick<Services, 'db' | 'log'>,
  accountIds: readonly string[],
  { kind, context }: { readonly kind: NotificationKind; readonly context: NotificationContext },
): Promise<void> {
  const created_at = new Date().toISOString()
  const rows = accountIds.map((account_id) => ({
    id: randomUUID(),
    account_id,
    kind,
    context: JSON.stringify(context),
    created_at,
    read_at: null,
  }))
  await insertNotifications(db, rows).catch((error) => log.error({ err: error, kind }, 'notifications not written'))
}

export interface NotificationQuery {
  readonly event_types?: string | undefined
  readonly limit?: string | undefined
  readonly since?: string | undefined
}

/**
 * Newest first.
 * @throws ApiError UserNotFound, NotAuthorized, MissingQueryParameterEventTypes, QueryParameterError
 */
export async function listNotifications(
  { db, directory }: Uses,
  caller: Caller,
  user: string,
  query: NotificationQuery,
): Promise<NotificationContext[]> {
  const account = findUserHolder({ directory }, caller, user, 'see')
  const rows = await selectNotifications(db, {
    accountId: account.id,
    kinds: kindsOf(query.event_types),
    since: sinceOf(query.since),
    limit: limitOf(query.limit),
  })
  return rows.map(({ context }) => JSON.parse(context) as NotificationContext)
}

function kindsOf(text: string | undefined): string[] {
  const kinds = (text ?? '').split(',').flatMap((kind) => kind.trim() || [])
  if (kinds.length === 0) throw new ApiError('MissingQueryParameterEventTypes')
  const unknown = kinds.find((kind) => !NOTIFICATION_KINDS.some((known) => known === kind.toLowerCase()))
  if (unknown === undefined) return kinds.map((kind) => kind.toLowerCase())
  throw new ApiError(
    'QueryParameterError',
    `event_types: expected some of ${NOTIFICATION_KINDS.join(', ')}, got '${unknown}'`,
  )
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MAX_LIMIT) return limit
  throw new ApiError('QueryParameterError', `limit: expected 1 to ${MAX_LIMIT}, got '${text}'`)
}

/** A time as text, or as milliseconds since 1970. */
function sinceOf(text: string | undefined): string {
  if (text === undefined) return ''
  const time = new Date(/^\d+$/.test(text) ? Number(text) : text)
  if (!Number.isNaN(time.getTime())) return time.toISOString()
  throw new ApiError('QueryParameterError', `since: expected a time such as 2027-01-31T00:00:00Z, got '${text}'`)
}
