/** SQL of the call log: pages of an algorithm, one entry, a session, failures. Every list is read along an index. */
import { type Expression, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { CallLogRow } from '../db/call-log-rows.ts'
import type { Database, Schema } from '../db/schema.ts'

/** A place in the log, which is in the order of both members. */
export type Position = Pick<CallLogRow, 'ended_at' | 'request_id'>

/** An entry without what can be long. */
export type ListedCall = Omit<CallLogRow, 'input' | 'output' | 'stacktrace'> & { readonly has_output: number }

export interface Filter {
  readonly callerId?: string | undefined
  readonly version?: string | undefined
  readonly outcome?: CallLogRow['outcome'] | undefined
  /** Part of the request id, the error or the output, in any case of its letters. */
  readonly text?: string | undefined
}

export interface Slice {
  readonly algorithmId: string
  /** ISO, the first inclusive and the second exclusive. */
  readonly since: string | undefined
  readonly until: string | undefined
  /** Only what is older. */
  readonly before: Position | undefined
  readonly limit: number
}

const LISTED = [
  ...['request_id', 'session_id', 'depth', 'caller_id', 'algorithm_id', 'root_algorithm_id', 'owner_id'],
  ...['build_id', 'version', 'ended_at', 'outcome', 'error_type', 'message', 'content_type', 'input_bytes'],
  ...['answer_bytes', 'accept_us', 'wait_us', 'start_us', 'start_cause', 'load_us', 'run_us', 'reply_us'],
  ...['cpu_us', 'peak_memory_bytes'],
] as const

/** As it is in the index of failures: with a parameter the database could not know that it is meant. */
const hasFailed = sql<SqlBool>`outcome <> 'succeeded'`
const hasOutput = sql<number>`case when output is null then 0 else 1 end`

type Rows = SelectQueryBuilder<Schema, 'call_log', object>

function within(db: Database, { algorithmId, since, until, before }: Omit<Slice, 'limit'>): Rows {
  let rows: Rows = db.selectFrom('call_log').where('algorithm_id', '=', algorithmId)
  if (since !== undefined) rows = rows.where('ended_at', '>=', since)
  if (until !== undefined) rows = rows.where('ended_at', '<', until)
  if (before !== undefined) rows = rows.where(isOlder(before))
  return rows
}

const isOlder = ({ ended_at, request_id }: Position): Expression<SqlBool> =>
  sql<SqlBool>`(ended_at, request_id) < (${ended_at}, ${request_id})`

function matching(rows: Rows, { callerId, version, outcome, text }: Filter): Rows {
  let chosen = rows
  if (callerId !== undefined) chosen = chosen.where('caller_id', '=', callerId)
  if (version !== undefined) chosen = chosen.where('version', '=', version)
  if (outcome !== undefined) chosen = chosen.where('outcome', '=', outcome)
  if (outcome !== undefined && outcome !== 'succeeded') chosen = chosen.where(hasFailed)
  return text === undefined ? chosen : chosen.where(contains(text))
}

/** SQLite folds the case of ASCII letters alone, so others are looked for as written, in small and in large ones. */
function contains(text: string): Expression<SqlBool> {
  const spellings = new Set([text, text.toLowerCase(), text.toUpperCase()].map(withSmallAscii))
  const patterns = [...spellings].map((spelling) => `%${spelling.replace(/[\\%_]/g, '\\$&')}%`)
  const columns = ['request_id', 'error_type', 'message', 'stacktrace', 'output'] as const
  const each = columns.flatMap((name) =>
    patterns.map((pattern) => sql<SqlBool>`lower(${sql.ref(name)}) like ${pattern} escape '\\'`),
  )
  return sql<SqlBool>`(${sql.join(each, sql` or `)})`
}

const withSmallAscii = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** Newest first. */
export function selectListed(db: Database, slice: Slice, filter: Filter): Promise<ListedCall[]> {
  return matching(within(db, slice), filter)
    .select([...LISTED, hasOutput.as('has_output')])
    .orderBy('ended_at', 'desc')
    .orderBy('request_id', 'desc')
    .limit(slice.limit)
    .execute()
}

/** Places of the newest entries of a slice: where a search through so many of them ends. */
export function selectPositions(db: Database, slice: Slice, filter: Filter): Promise<Position[]> {
  return matching(within(db, slice), filter)
    .select(['ended_at', 'request_id'])
    .orderBy('ended_at', 'desc')
    .orderBy('request_id', 'desc')
    .limit(slice.limit)
    .execute()
}

/** Those of a slice that are not older than `last`, newest first. */
export function selectDownTo(db: Database, slice: Slice, last: Position, filter: Filter): Promise<ListedCall[]> {
  return matching(within(db, slice), filter)
    .where(sql<SqlBool>`(ended_at, request_id) >= (${last.ended_at}, ${last.request_id})`)
    .select([...LISTED, hasOutput.as('has_output')])
    .orderBy('ended_at', 'desc')
    .orderBy('request_id', 'desc')
    .limit(slice.limit)
    .execute()
}

/** What came after a place, oldest first. */
export function selectAfter(
  db: Database,
  { algorithmId, after, limit }: { algorithmId: string; after: Position; limit: number },
): Promise<CallLogRow[]> {
  return db
    .selectFrom('call_log')
    .selectAll()
    .where('algorithm_id', '=', algorithmId)
    .where(sql<SqlBool>`(ended_at, request_id) > (${after.ended_at}, ${after.request_id})`)
    .orderBy('ended_at')
    .orderBy('request_id')
    .limit(limit)
    .execute()
}

export function selectEntry(db: Database, requestId: string): Promise<CallLogRow | undefined> {
  return db.selectFrom('call_log').selectAll().where('request_id', '=', requestId).executeTakeFirst()
}

/** The calls below one root call and itself. */
export function selectSession(db: Database, sessionId: string, limit: number): Promise<ListedCall[]> {
  return db
    .selectFrom('call_log')
    .select([...LISTED, hasOutput.as('has_output')])
    .where('session_id', '=', sessionId)
    .limit(limit)
    .execute()
}

/**
 * Whose failures: of an algorithm, of what it called, of calls that an account made from outside or of algorithms that it owns.
 * What a called algorithm calls in turn is its author's business, though the account pays.
 */
export type Failing =
  | { readonly algorithm_id: string }
  | { readonly root_algorithm_id: string }
  | { readonly caller_id: string }
  | { readonly owner_id: string }

const FAILURES = ['failed', 'timed-out', 'stopped'] as const

/** Newest first. */
export async function selectFailures(
  db: Database,
  { of, since, limit }: { of: Failing; since: string; limit: number },
): Promise<CallLogRow[]> {
  const [[column, id] = []] = Object.entries(of) as [keyof CallLogRow, string][]
  if (column === undefined || id === undefined) return []
  const failed = db
    .selectFrom('call_log')
    .selectAll()
    .where(column, '=', id)
    .where(hasFailed)
    .where('ended_at', '>=', since)
    .orderBy('ended_at', 'desc')
    .orderBy('request_id', 'desc')
    .limit(limit)
  if (column === 'caller_id') return failed.where('depth', '=', 0).execute()
  if (column !== 'algorithm_id') return failed.execute()
  // Its index has the outcome before the time.
  const lists = await Promise.all(FAILURES.map((outcome) => failed.where('outcome', '=', outcome).execute()))
  return newestOf(lists.flat(), limit)
}

/** The newest of several lists, none twice. */
export function newestOf(rows: readonly CallLogRow[], limit: number): CallLogRow[] {
  const unique = new Map(rows.map((row) => [row.request_id, row]))
  const isNewer = (a: CallLogRow, b: CallLogRow) => (a.ended_at < b.ended_at ? 1 : a.ended_at > b.ended_at ? -1 : 0)
  return [...unique.values()].toSorted(isNewer).slice(0, limit)
}

/** Whether and how far an asynchronous call is; its body and answer stay where they are. */
export async function selectLaterCall(db: Database, requestId: string) {
  const pending = await db
    .selectFrom('pending_calls')
    .select([
      'request_id',
      'account_id',
      'algorithm_id',
      'build_id',
      'state',
      'accepted_at',
      'started_at',
      'timeout_ms',
    ])
    .where('request_id', '=', requestId)
    .executeTakeFirst()
  const ended = await db
    .selectFrom('call_results')
    .select(['request_id', 'account_id', 'kind', 'status', 'accepted_at', 'started_at', 'finished_at', 'kept_bytes'])
    .where('request_id', '=', requestId)
    .executeTakeFirst()
  return { pending, ended }
}
