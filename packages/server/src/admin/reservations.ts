/** Reservations: workers that an administrator wants ready for an account (rest-api.md 3.10, rows 7 to 9). */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { AccountEntry } from '../caller.ts'
import type { ReservationsTable } from '../db/people-tables.ts'
import type { Services } from '../services.ts'
import { deleteReservation, insertReservation, selectReservations } from './queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'>

/** `LATEST` needs no version, the others say which. */
const VERSION_TYPES = ['LATEST', 'EXACT', 'HASH']
const MAX_SLOTS = 1000

export interface NewReservation {
  readonly username: string
  readonly algoname: string
  readonly calling_user: string
  readonly version_type: string
  readonly num_slots: number
  readonly version_identifier?: string | undefined
}

export interface Reservation {
  readonly row: ReservationsTable
  readonly caller: AccountEntry
  readonly owner: AccountEntry
  readonly algorithmName: string
}

/** In the order in which they were made. */
export async function listReservations({ db, directory, catalog }: Uses): Promise<Reservation[]> {
  return (await selectReservations(db)).flatMap((row) => {
    const caller = directory.byId(row.account_id)
    const algorithm = catalog.byId(row.algorithm_id)
    const owner = algorithm && directory.byId(algorithm.ownerId)
    return caller && algorithm && owner ? [{ row, caller, owner, algorithmName: algorithm.name }] : []
  })
}

/** @throws ApiError InputValidationError naming the member that is wrong */
export async function createReservation({ db, directory, catalog }: Uses, wanted: NewReservation): Promise<void> {
  const owner = directory.byName(wanted.username)
  const algorithm = owner && catalog.byName(owner.id, wanted.algoname)
  if (!algorithm) throw wrong(`there is no algorithm ${wanted.username}/${wanted.algoname}`)
  const caller = directory.byName(wanted.calling_user)
  if (!caller || caller.isClosed) throw wrong(`calling_user: there is no account '${wanted.calling_user}'`)
  const type = wanted.version_type.toUpperCase()
  if (!VERSION_TYPES.includes(type)) {
    throw wrong(`version_type: expected one of ${VERSION_TYPES.join(', ')}, got '${wanted.version_type}'`)
  }
  if (type !== 'LATEST' && !wanted.version_identifier) throw wrong(`version_identifier: ${type} needs one`)
  if (wanted.num_slots > MAX_SLOTS) throw wrong(`num_slots: expected at most ${MAX_SLOTS}, got ${wanted.num_slots}`)
  await insertReservation(db, {
    id: randomUUID(),
    algorithm_id: algorithm.id,
    account_id: caller.id,
    version_type: type,
    version_identifier: wanted.version_identifier ?? null,
    slots: wanted.num_slots,
    created_at: new Date().toISOString(),
  })
}

/** @throws ApiError InvalidRequest when there is none */
export async function removeReservation({ db }: Pick<Uses, 'db'>, id: string): Promise<void> {
  if (!(await deleteReservation(db, id))) throw new ApiError('InvalidRequest', `There is no reservation '${id}'`)
}

const wrong = (message: string) => new ApiError('InputValidationError', message)
