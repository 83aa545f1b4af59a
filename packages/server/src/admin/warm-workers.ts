/**
 * Has the runner keep the workers ready that reservations ask for. They are looked at every few seconds, since they depend on much:
 * which version is the newest, who may call it, its settings.
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { WarmWorkers } from '@algorist/runner/types.ts'
import { FULL_RIGHTS } from '../caller.ts'
import { callRequest } from '../calls/invoke.ts'
import { resolveTarget } from '../calls/resolve.ts'
import type { Services } from '../services.ts'
import { listReservations, type Reservation } from './reservations.ts'

const LOOK_EVERY_MS = 5000
/** As long as loading may take at most (runner: limits). */
const LOAD_MS = 300_000

type Uses = Pick<Services, 'db' | 'directory' | 'catalog' | 'log'> & {
  readonly runner: Pick<Services['runner'], 'keepWarm'>
}

export interface ReservedWorkers {
  /** Looks at the reservations now. Never rejects. */
  refresh(): Promise<void>
  /** Looks no more; the workers are the runner's to end. */
  close(): void
}

export function keepReservedWorkers(uses: Uses): ReservedWorkers {
  const { runner, log } = uses
  let isClosed = false

  async function refresh(): Promise<void> {
    try {
      const reservations = await listReservations(uses)
      if (!isClosed) runner.keepWarm(reservations.flatMap((reservation) => workersFor(uses, reservation)))
    } catch (error) {
      log.warn({ err: error }, 'reservations could not be looked at; what is ready stays so')
    }
  }

  const timer = setInterval(refresh, LOOK_EVERY_MS).unref()
  return {
    refresh,
    close() {
      isClosed = true
      clearInterval(timer)
    },
  }
}

/** None while there is no such version, or its caller may not call it. */
function workersFor(uses: Uses, { row, caller: account, owner, algorithmName }: Reservation): WarmWorkers[] {
  if (account.isClosed) return []
  const version = row.version_type === 'LATEST' ? '' : `/${row.version_identifier}`
  const caller = { kind: 'key', login: 'password', keyId: row.id, account, rights: FULL_RIGHTS } as const
  try {
    const { worker, identity } = callRequest({
      requestId: `req-${randomUUID()}`,
      caller,
      target: resolveTarget(uses, caller, `${owner.name}/${algorithmName}${version}`),
      input: { contentType: 'json', body: Buffer.from('null') },
      deadlineMs: performance.now() + LOAD_MS,
      wantsStdout: false,
    })
    return [{ worker, identity, count: row.slots }]
  } catch (error) {
    if (error instanceof ApiError) return []
    throw error
  }
}
