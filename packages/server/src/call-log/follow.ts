/**
 * The live tail of a call log as server-sent events. Before anything is sent, heartbeats included, it is asked again whether
 * the reader may still see it, so that nothing reaches somebody whose key or role was taken away.
 */
import { Readable } from 'node:stream'
import { ApiError } from '@algorist/contract/errors.ts'
import { encodeMarker } from '@algorist/contract/page.ts'
import type { AlgorithmParams } from '../algorithms/access.ts'
import type { Caller } from '../caller.ts'
import type { CallLogRow } from '../db/call-log-rows.ts'
import type { Services } from '../services.ts'
import { findLogged } from './access.ts'
import type { TailReader } from './call-tail.ts'
import { positionFrom } from './filter.ts'
import { readMissed } from './missed.ts'
import type { Position } from './queries.ts'
import { showEntry } from './show.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog' | 'callLog'>

export interface Following {
  readonly caller: Caller
  /** Who asks, as of now. @throws ApiError when its credentials are no longer good */
  readonly callerNow: () => Promise<Caller>
  readonly params: AlgorithmParams
  /** Id of the last event that the reader has. */
  readonly lastEventId: string | undefined
}

const HEARTBEAT_MS = 5000
/** What a reader is sent that comes back; it is told when there was more. */
const MOST_MISSED = 1000

/**
 * Opens the tail; the stream ends it when it is destroyed.
 * @throws ApiError as findLogged, and InvalidMarker, TooManyRequests, ServiceUnavailable
 */
export function follow(services: Uses, { caller, callerNow, params, lastEventId }: Following): Readable {
  const { entry, owner } = findLogged(services, caller, params)
  const after = positionFrom(lastEventId)
  const accountId = caller.kind === 'anonymous' ? '' : caller.account.id
  // A reader that does not read is in the middle of a piece; only its connection can be ended.
  const onTooSlow = () => stream.destroy()
  const reader = services.callLog.tail.open({ algorithmId: entry.id, accountId, onTooSlow })
  const parts = { algorithmId: entry.id, reader, after, isAllowed: () => mayStill(services, callerNow, params) }
  const stream = Readable.from(events(services, parts, `${owner.name}/${entry.name}`), { highWaterMark: 1 })
  stream.once('close', reader.close)
  return stream
}

async function mayStill(services: Uses, callerNow: Following['callerNow'], params: AlgorithmParams): Promise<boolean> {
  try {
    findLogged(services, await callerNow(), params)
    return true
  } catch (error) {
    if (error instanceof ApiError) return false
    throw error
  }
}

interface Parts {
  readonly algorithmId: string
  readonly reader: TailReader
  readonly after: Position | undefined
  readonly isAllowed: () => Promise<boolean>
}

async function* events(services: Uses, parts: Parts, name: string): AsyncGenerator<string> {
  const { reader, isAllowed } = parts
  yield `retry: 2000\n: following ${name}\n\n`
  const sent = new Set<string>()
  if (parts.after !== undefined) {
    for await (const missed of readMissed(services.db, { ...parts, after: parts.after, most: MOST_MISSED })) {
      if (!(await isAllowed())) return yield ended('you may no longer read this')
      for (const row of missed) sent.add(row.request_id)
      for (const row of missed) yield event(services, row)
    }
    if (sent.size === MOST_MISSED) yield gap
  }
  for (;;) {
    const rows = await reader.next(HEARTBEAT_MS)
    if (rows === undefined) return yield ended(reader.end() === 'closing' ? 'the server is closing' : 'the tail ended')
    if (!(await isAllowed())) return yield ended('you may no longer read this')
    // Piece by piece: what is not read waits as rows, and not as text in buffers.
    for (const row of rows) if (!sent.has(row.request_id)) yield event(services, row)
    if (rows.length === 0) yield ': still here\n\n'
  }
}

const gap = `event: gap\ndata: {"message":"More than ${MOST_MISSED} calls were missed; the list has all of them"}\n\n`

const ended = (reason: string): string => `event: end\ndata: ${JSON.stringify({ reason })}\n\n`

function event(services: Uses, row: CallLogRow): string {
  const id = encodeMarker({ ended_at: row.ended_at, request_id: row.request_id })
  return `id: ${id}\nevent: call\ndata: ${JSON.stringify(showEntry(services, row))}\n\n`
}
