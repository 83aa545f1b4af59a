/** Rules of users, and what they share with organizations (organizations/): how accounts are created, found and changed. */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { NewUser, UserChange } from '@algorist/contract/operations/users.ts'
import { nameBefore, type Page } from '@algorist/contract/page.ts'
import type { AccountEntry } from '../caller.ts'
import { isUniqueViolation } from '../db/violations.ts'
import type { Services } from '../services.ts'
import { hashPassword } from './password-hash.ts'
import {
  type AccountChange,
  type AccountRow,
  entryOf,
  insertAccount,
  type NewAccountRow,
  selectAccount,
  selectAccountByEmail,
  selectAccountsByName,
  updateAccount,
} from './queries.ts'

export type AccountServices = Pick<Services, 'db' | 'directory'>

/** An account as it is stored. */
export type Account = AccountRow

/**
 * Creates a user. Without a password there is no password login.
 *
 * @throws ApiError UsernameHasBeenTaken (also by an organization), EmailAddressHasBeenTaken (rest-api.md 3.4, row 113)
 */
export async function createUser(services: AccountServices, user: NewUser): Promise<AccountRow> {
  const row = newAccountRow({
    kind: 'user',
    name: user.username,
    email: user.email,
    full_name: user.fullname || null,
    company_name: user.company_name || null,
    company_role: user.company_role || null,
    password_hash: user.password ? await hashPassword(user.password) : null,
  })
  return addAccount(services, row)
}

/** @throws ApiError UserNotFound */
export function getUser({ db, directory }: AccountServices, nameOrId: string): Promise<AccountRow> {
  return selectAccount(db, findUser(directory, nameOrId).id)
}

/** Users by name, one more than the page holds. @throws ApiError InvalidMarker */
export function listUsers(services: AccountServices, page: Page): Promise<AccountRow[]> {
  return listAccounts(services, 'user', page)
}

/** Accounts of a kind by name, one more than the page holds. @throws ApiError InvalidMarker */
export function listAccounts({ db }: AccountServices, kind: AccountRow['kind'], page: Page): Promise<AccountRow[]> {
  return selectAccountsByName(db, { kind, afterName: nameBefore(page), limit: page.limit + 1 })
}

/** The stored account of a directory entry. */
export function readAccount({ db }: AccountServices, { id }: Pick<AccountEntry, 'id'>): Promise<AccountRow> {
  return selectAccount(db, id)
}

/** Lets everybody see a stored account as it is now; after the commit. */
export function publishAccount({ directory }: AccountServices, account: AccountRow): void {
  directory.put(entryOf(account))
}

/**
 * Changes what a user may be changed in; members left out keep their value (rest-api.md 3.4, row 115).
 *
 * @throws ApiError UserNotFound, InconsistentUsername, UpdatingEmailNotAllowed, InputValidationError for the
 *   `external_id` of another account
 */
export async function updateUser(services: AccountServices, nameOrId: string, change: UserChange): Promise<AccountRow> {
  const user = findUser(services.directory, nameOrId)
  if (change.username !== undefined && !isSameText(change.username, user.name))
    throw new ApiError('InconsistentUsername')
  if (change.email !== undefined && !isSameText(change.email, user.email)) throw new ApiError('UpdatingEmailNotAllowed')
  const row = await storeChange(services, user.id, {
    full_name: change.fullname,
    company_name: change.company_name,
    company_role: change.company_role,
    password_hash: change.password ? await hashPassword(change.password) : undefined,
    external_id: change.external_id === '' ? null : change.external_id,
  })
  publishAccount(services, row)
  return row
}

async function storeChange({ db }: AccountServices, id: string, change: AccountChange): Promise<AccountRow> {
  try {
    return await updateAccount(db, id, change)
  } catch (error) {
    if (!isUniqueViolation(error, 'accounts.external_id')) throw error
    throw new ApiError('InputValidationError', 'external_id: expected one that no other account has or had')
  }
}

/** The user with this name, in any spelling, or id. @throws ApiError UserNotFound */
export function findUser(directory: Services['directory'], nameOrId: string): AccountEntry {
  const account = directory.byName(nameOrId) ?? directory.byId(nameOrId.toLowerCase())
  if (account?.kind !== 'user' || account.isClosed) throw new ApiError('UserNotFound')
  return account
}

/** The user with this address, in any spelling; undefined when there is none. */
export async function findUserByEmail(
  { db, directory }: AccountServices,
  email: string,
): Promise<AccountEntry | undefined> {
  const id = await selectAccountByEmail(db, email.toLowerCase())
  const account = id === undefined ? undefined : directory.byId(id)
  return account?.isClosed === false ? account : undefined
}

/** The user or organization with this name or id, deleted ones included. @throws ApiError UserNotFound */
export function findAccount(directory: Services['directory'], nameOrId: string): AccountEntry {
  const account = directory.byName(nameOrId) ?? directory.byId(nameOrId.toLowerCase())
  if (!account) throw new ApiError('UserNotFound')
  return account
}

/** Lets a user see, and change nothing of, what administrators see, or takes that back (rest-api.md X10). */
export async function setViewer(services: AccountServices, nameOrId: string, isViewer: boolean): Promise<void> {
  const { id } = findUser(services.directory, nameOrId)
  publishAccount(services, await updateAccount(services.db, id, { is_viewer: isViewer ? 1 : 0 }))
}

/**
 * Makes a user an administrator, or takes that back.
 * @throws ApiError UserNotFound, InvalidRequest for the last administrator
 */
export async function setAdministrator(
  services: AccountServices,
  nameOrId: string,
  isAdministrator: boolean,
): Promise<void> {
  const { directory, db } = services
  const { id, name } = findUser(directory, nameOrId)
  const isLast = directory.administrators().every((each) => each.id === id)
  if (!isAdministrator && isLast) throw new ApiError('InvalidRequest', `${name} is the last administrator`)
  publishAccount(services, await updateAccount(db, id, { is_admin: isAdministrator ? 1 : 0 }))
}

/** What an account is made of; the rest has one value for all. */
export type NewAccount = Pick<AccountRow, 'kind' | 'name' | 'email'> & Partial<NewAccountRow>

export function newAccountRow(account: NewAccount): NewAccountRow {
  return {
    id: randomUUID(),
    name_lower: account.name.toLowerCase(),
    email_lower: account.email.toLowerCase(),
    full_name: null,
    company_name: null,
    company_role: null,
    organization: null,
    is_admin: 0,
    password_hash: null,
    created_at: new Date().toISOString(),
    ...account,
  }
}

/** More than accounts are ever created at the same moment; in each round at least one of them gets its uid. */
const MAX_ROUNDS = 1000

/**
 * Adds an account with the next host uid, and whatever belongs to it in the same transaction.
 *
 * @throws ApiError UsernameHasBeenTaken (by a user or an organization), EmailAddressHasBeenTaken
 */
export async function addAccount(
  { db, directory }: AccountServices,
  account: NewAccountRow,
  addParts: (transaction: Services['db']) => Promise<void> = async () => {},
): Promise<AccountRow> {
  const insert = async (transaction: Services['db']) => {
    const row = await insertAccount(transaction, account)
    await addParts(transaction)
    return row
  }
  for (let round = 1; ; round++) {
    try {
      const row = await db.transaction().execute(insert)
      directory.put(entryOf(row))
      return row
    } catch (error) {
      if (isUniqueViolation(error, 'accounts.name_lower')) throw new ApiError('UsernameHasBeenTaken')
      if (isUniqueViolation(error, 'accounts.email_lower')) throw new ApiError('EmailAddressHasBeenTaken')
      if (!isUniqueViolation(error, 'accounts.host_uid') || round === MAX_ROUNDS) throw error
    }
  }
}

function isSameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
