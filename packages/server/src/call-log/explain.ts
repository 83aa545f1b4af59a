/** Everything that is known of one call and its session, for the operators' `explain`. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { CallEntry } from '@algorist/contract/shapes/logged-call.ts'
import type { CallLogRow } from '../db/call-log-rows.ts'
import type { Services } from '../services.ts'
import { adviceFor } from './advice.ts'
import { untilAnswerUs } from './log-row.ts'
import { type ListedCall, selectEntry, selectLaterCall, selectSession } from './queries.ts'
import { aboutCall, aboutLater, aboutSession } from './sentences.ts'
import { showEntry, showListed } from './show.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'> & {
  /** Absent while no server runs. */
  readonly callLog?: Pick<Services['callLog'], 'settle'>
}

export interface Explanation {
  readonly request_id: string
  /** Null when the log does not have it. */
  readonly call: CallEntry | null
  /** Of a call that was to run later: how far it is. Null for all others. */
  readonly later: LaterCall | null
  /** The calls of its session, by their start. */
  readonly session: readonly SessionCall[]
  readonly sentences: readonly string[]
  readonly advice: readonly string[]
}

export interface LaterCall {
  readonly status: string
  readonly accepted_at: string
  readonly started_at: string | null
  readonly finished_at: string | null
}

export type SessionCall = ReturnType<typeof showListed> & { readonly algorithm: string }

const MOST_OF_SESSION = 500

/** @throws ApiError RequestIdNotFound when nothing is known */
export async function explain(services: Uses, requestId: string): Promise<Explanation> {
  const { db, callLog } = services
  await callLog?.settle()
  const row = await selectEntry(db, requestId)
  const later = await laterCall(db, requestId)
  const rows = await selectSession(db, row?.session_id ?? requestId, MOST_OF_SESSION)
  if (!row && !later && rows.length === 0) throw new ApiError('RequestIdNotFound', unknown(requestId))
  const session = rows.toSorted(byStart).map((each) => showSessionCall(services, each))
  const call = row ? showEntry(services, row) : null
  return {
    request_id: requestId,
    call,
    later,
    session,
    sentences: [
      ...(call && row ? aboutCall(call, keepsNothing(row)) : []),
      ...(later ? aboutLater(later, call !== null) : []),
      ...aboutSession(session),
    ],
    advice: row ? adviceFor(row) : [],
  }
}

const unknown = (requestId: string): string =>
  `Nothing is known of ${requestId}. Calls that were refused (4xx, 429, 503) leave nothing; a flood of calls is not logged ` +
  'in full (ALGORIST_CALL_LOG_PER_SECOND); the log is kept for a time only; or it is of another server.'

/** A failure always has a message, and text always has a beginning, unless the owner wants neither kept. */
const keepsNothing = ({ outcome, message, content_type, input }: CallLogRow): boolean =>
  (outcome !== 'succeeded' && message === null) || (content_type !== 'binary' && input === null)

async function laterCall(db: Services['db'], requestId: string): Promise<LaterCall | null> {
  const { pending, ended } = await selectLaterCall(db, requestId)
  if (pending) {
    const { state, accepted_at, started_at } = pending
    return { status: state === 'started' ? 'running' : 'queued', accepted_at, started_at, finished_at: null }
  }
  // Of a call that was answered at once, this is its Idempotency-Key's record.
  if (!ended || ended.kind === 'sync') return null
  const { status, accepted_at, started_at, finished_at } = ended
  return { status, accepted_at, started_at, finished_at }
}

const startMs = (row: ListedCall): number => Date.parse(row.ended_at) - untilAnswerUs(row) / 1000

const byStart = (a: ListedCall, b: ListedCall): number => startMs(a) - startMs(b) || a.depth - b.depth

function showSessionCall(services: Uses, row: ListedCall): SessionCall {
  const { directory, catalog } = services
  const owner = directory.byId(row.owner_id)?.name ?? row.owner_id
  return {
    ...showListed(services, row),
    algorithm: `${owner}/${catalog.byId(row.algorithm_id)?.name ?? row.algorithm_id}`,
  }
}
