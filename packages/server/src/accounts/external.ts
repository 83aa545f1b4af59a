/**
 * Accounts of people whom an identity provider knows (platform.md 1.5). The link is `external_id`, which only the first
 * token of a new person and administrators set: a name or e-mail address alone never opens an account that exists.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import { ACCOUNT_NAME_MAX_LENGTH } from '@algorist/contract/names.ts'
import type { AccountEntry } from '../caller.ts'
import { isUniqueViolation } from '../db/violations.ts'
import type { Services } from '../services.ts'
import { type AccountServices, addAccount, newAccountRow } from './accounts.ts'
import { entryOf, selectAccountByEmail, selectAccountByExternalId } from './queries.ts'

export interface ExternalPerson {
  readonly externalId: string
  readonly email: string | undefined
}

/** Others may take a name between looking and adding. */
const MAX_ROUNDS = 100

/**
 * The account of a person, made when there is none. Many at the same time get the same one.
 *
 * @throws ApiError NotAuthenticated for a deleted account, NotAuthorized for a person whose name or e-mail address is
 *   that of an account which is not linked
 */
export async function accountOfIdentity(services: AccountServices, person: ExternalPerson): Promise<AccountEntry> {
  for (let round = 1; ; round++) {
    const occupied = await whatIsOccupied(services, person)
    const found = await selectAccountByExternalId(services.db, person.externalId)
    if (found) return openAccount(services, entryOf(found))
    if (occupied) throw takeover(person, occupied)
    try {
      return entryOf(await addAccount(services, newRow(services, person)))
    } catch (error) {
      if (!isTaken(error) || round === MAX_ROUNDS) throw error
    }
  }
}

function openAccount({ directory }: AccountServices, stored: AccountEntry): AccountEntry {
  if (stored.isClosed) throw new ApiError('NotAuthenticated', 'The account of this token was deleted')
  // A row can be read before the request that wrote it got to tell everybody.
  if (!directory.byId(stored.id)) directory.put(stored)
  return stored
}

/** What of a new account another one has. */
async function whatIsOccupied(
  { db, directory }: AccountServices,
  { externalId, email }: ExternalPerson,
): Promise<'name' | 'e-mail address' | undefined> {
  const namesake = directory.byName(externalId)
  if (namesake?.kind === 'user' && namesake.externalId === undefined) return 'name'
  const hasEmail = email !== undefined && (await selectAccountByEmail(db, email.toLowerCase())) !== undefined
  return hasEmail ? 'e-mail address' : undefined
}

function takeover({ externalId }: ExternalPerson, occupied: string): ApiError {
  return new ApiError(
    'NotAuthorized',
    `An account with the ${occupied} of this token exists already and is not linked to '${externalId}'; ` +
      'an administrator links it with PUT /v1/users/{name} and {"external_id": …}',
  )
}

function newRow({ directory }: AccountServices, { externalId, email }: ExternalPerson) {
  const name = freeName(directory, externalId)
  return newAccountRow({
    kind: 'user',
    name,
    // Every account has an address, and nothing is ever delivered to this one (RFC 2606).
    email: email ?? `${name}@users.invalid`,
    external_id: externalId,
  })
}

/** `jane.doe@example.com` becomes `jane_doe`, and `jane_doe_2` when somebody has that. */
function freeName(directory: Services['directory'], externalId: string): string {
  const letters = externalId.replace(/(?<=.)@.*$/, '').replace(/[^a-zA-Z0-9_]+/g, '_')
  const base = /^[a-zA-Z]/.test(letters) ? letters : `user_${letters}`
  for (let number = 1; ; number++) {
    const end = number === 1 ? '' : `_${number}`
    const name = base.slice(0, ACCOUNT_NAME_MAX_LENGTH - end.length) + end
    if (!directory.byName(name)) return name
  }
}

function isTaken(error: unknown): boolean {
  if (isUniqueViolation(error, 'accounts.external_id')) return true
  return error instanceof ApiError && ['UsernameHasBeenTaken', 'EmailAddressHasBeenTaken'].includes(error.error)
}
