/**
 * Has the runner keep the workers ready that administrators reserve and owners ask for (docs/workers.md). What is wanted is looked
 * at every few seconds, since it depends on much: which version is the newest, who may call it, its settings; and at once after
 * a change of an algorithm.
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import { formatVersion } from '@algorist/contract/version.ts'
import type { WarmWorkers } from '@algorist/runner/types.ts'
import { listReservations, type Reservation } from '../admin/reservations.ts'
import type { CatalogEntry } from '../algorithms/catalog.ts'
import { type AccountEntry, FULL_RIGHTS } from '../caller.ts'
import { callRequest } from '../calls/invoke.ts'
import { resolveTarget } from '../calls/resolve.ts'
import type { Services } from '../services.ts'

const LOOK_EVERY_MS = 5000
/** Several changes at once are looked at together. */
const LOOK_AFTER_CHANGE_MS = 50
/** As long as loading may take at most (runner: limits). */
const LOAD_MS = 300_000

type Uses = Pick<Services, 'db' | 'directory' | 'catalog' | 'log' | 'warmWorkersPerAccount'> & {
  readonly runner: Pick<Services['runner'], 'keepWarm'>
}

export interface KeptWorkers {
  /** Looks no more; the workers are the runner's to end. */
  close(): void
}

/** Begins at once. */
export function keepWarmWorkers(uses: Uses): KeptWorkers {
  const { runner, catalog, log } = uses
  let isClosed = false
  let soon: NodeJS.Timeout | null = null
  let looking = look()

  async function look(): Promise<void> {
    try {
      const reservations = await listReservations(uses)
      if (isClosed) return
      runner.keepWarm([...reservations.flatMap((each) => reserved(uses, each)), ...wantedByOwners(uses)])
    } catch (error) {
      log.warn({ err: error }, 'what is to be kept ready could not be looked at; what is ready stays so')
    }
  }

  /** One after the other, so that an older look never replaces a newer one. */
  function lookAgain(): void {
    soon = null
    looking = looking.then(look)
  }

  const timer = setInterval(lookAgain, LOOK_EVERY_MS).unref()
  catalog.onRefresh(() => {
    if (!isClosed) soon ??= setTimeout(lookAgain, LOOK_AFTER_CHANGE_MS).unref()
  })
  return {
    close() {
      isClosed = true
      clearInterval(timer)
      if (soon !== null) clearTimeout(soon)
    },
  }
}

function reserved(uses: Uses, { row, caller, owner, algorithmName }: Reservation): WarmWorkers[] {
  const version = row.version_type === 'LATEST' ? '' : `/${row.version_identifier}`
  const path = `${owner.name}/${algorithmName}${version}`
  return workersFor(uses, { id: row.id, caller, path, count: row.slots, isReserved: true })
}

/** Of each algorithm its newest published version; of each account as many as the operator allows, in the order of names. */
function wantedByOwners(uses: Uses): WarmWorkers[] {
  const left = new Map<string, number>()
  return uses.catalog
    .wantedWarm()
    .toSorted(byName)
    .flatMap((entry) => {
      const owner = uses.directory.byId(entry.ownerId)
      const newest = entry.versions.at(-1)
      const allowed = left.get(entry.ownerId) ?? uses.warmWorkersPerAccount
      const count = Math.min(allowed, entry.settings.warmWorkers ?? 0)
      if (!owner || !newest || count === 0) return []
      left.set(entry.ownerId, allowed - count)
      const path = `${owner.name}/${entry.name}/${formatVersion(newest)}`
      return workersFor(uses, { id: entry.id, caller: owner, path, count, isReserved: false })
    })
}

const byName = (a: CatalogEntry, b: CatalogEntry): number => (a.name < b.name ? -1 : 1)

interface Wanted {
  /** Of what asks for them. */
  readonly id: string
  readonly caller: AccountEntry
  readonly path: string
  readonly count: number
  readonly isReserved: boolean
}

/** None while there is no such version, or its caller may not call it. */
function workersFor(uses: Uses, { id, caller: account, path, count, isReserved }: Wanted): WarmWorkers[] {
  if (account.isClosed) return []
  const caller = { kind: 'key', login: 'password', keyId: id, account, rights: FULL_RIGHTS } as const
  try {
    const { worker, identity } = callRequest({
      requestId: `req-${randomUUID()}`,
      caller,
      target: resolveTarget(uses, caller, path),
      input: { contentType: 'json', body: Buffer.from('null') },
      deadlineMs: performance.now() + LOAD_MS,
      wantsStdout: false,
    })
    return [{ worker, identity, count, isReserved }]
  } catch (error) {
    if (error instanceof ApiError) return []
    throw error
  }
}
