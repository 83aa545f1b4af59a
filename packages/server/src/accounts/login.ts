/** Signing in and out of a browser session, and the password that does it (platform.md 1.5). */
import { randomBytes } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import type { Services } from '../services.ts'
import { hashPassword } from './password-hash.ts'
import { verifyPassword } from './passwords.ts'
import { selectAccountByEmail, updateAccount } from './queries.ts'
import { secretDigest } from './secret-digest.ts'
import { deleteResetsOf, replaceReset, takeReset } from './session-queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'sessions' | 'loginGuard'>

const MIN_PASSWORD_LENGTH = 10
const RESET_LIFE_MS = 60 * 60_000

export interface LoggedIn {
  readonly account: AccountEntry
  /** Value of the cookie. */
  readonly secret: string
  readonly expiresAtMs: number
}

export interface Credentials {
  /** User name or e-mail address. */
  readonly username: string
  readonly password: string
  /** Address of the client, which waits when it guesses. */
  readonly address: string
}

/** @throws ApiError NotAuthenticated, TooManyRequests */
export async function logIn(services: Uses, credentials: Credentials): Promise<LoggedIn> {
  const account = await verify(services, credentials)
  return { account, ...(await services.sessions.start(account.id)) }
}

/** @throws ApiError NotAuthenticated, TooManyRequests after too many tries */
async function verify(services: Uses, { username, password, address }: Credentials): Promise<AccountEntry> {
  const account = await findPerson(services, username)
  const attempt = { account: account?.id ?? username.toLowerCase(), address }
  services.loginGuard.check(attempt)
  const isRight = await verifyPassword(services, account?.name ?? username, password)
  if (!account || !isRight) {
    services.loginGuard.failed(attempt)
    throw new ApiError('NotAuthenticated', 'The user name or the password is wrong')
  }
  services.loginGuard.succeeded(attempt)
  return account
}

async function findPerson({ db, directory }: Uses, nameOrEmail: string): Promise<AccountEntry | undefined> {
  const id = nameOrEmail.includes('@') ? await selectAccountByEmail(db, nameOrEmail.toLowerCase()) : undefined
  const account = id === undefined ? directory.byName(nameOrEmail) : directory.byId(id)
  return account?.kind === 'user' && !account.isClosed ? account : undefined
}

/** Ends the session of the request; nothing happens for another kind of login. */
export async function logOut({ sessions }: Pick<Uses, 'sessions'>, caller: Caller): Promise<void> {
  if (caller.kind === 'key' && caller.login === 'session') await sessions.end(caller.keyId)
}

/**
 * Changes the password of who is signed in; all other sessions end.
 * @throws ApiError NotAuthenticated for a wrong old one, InputValidationError for a weak new one, TooManyRequests
 */
export async function changePassword(
  services: Uses,
  caller: Caller,
  { old_password, new_password, address }: { old_password: string; new_password: string; address: string },
): Promise<void> {
  if (caller.kind !== 'key') throw new ApiError('NotAuthorized')
  await verify(services, { username: caller.account.name, password: old_password, address })
  await storePassword(services, caller.account, new_password)
  await services.sessions.endAll(caller.account.id, caller.login === 'session' ? caller.keyId : undefined)
}

/**
 * Makes the secret of a link with which a password is set anew, once, within the hour.
 * @returns null when there is no such person; callers say nothing about it to those who ask
 */
export async function startReset(
  services: Uses,
  nameOrEmail: string,
): Promise<{ readonly account: AccountEntry; readonly code: string } | null> {
  const account = await findPerson(services, nameOrEmail)
  if (!account) return null
  const code = randomBytes(32).toString('base64url')
  const expires_at = new Date(Date.now() + RESET_LIFE_MS).toISOString()
  const row = { digest: secretDigest(code), account_id: account.id, expires_at }
  await services.db.transaction().execute((transaction) => replaceReset(transaction, row))
  return { account, code }
}

/** @throws ApiError InvalidRequest for a code that is not (or no longer) valid, InputValidationError */
export async function finishReset(services: Uses, code: string, password: string): Promise<void> {
  requireGoodPassword(password)
  const reset = await takeReset(services.db, secretDigest(code))
  const account = reset && services.directory.byId(reset.account_id)
  if (!reset || !account || account.isClosed || reset.expires_at <= new Date().toISOString()) {
    throw new ApiError('InvalidRequest', 'This link was used already or is too old; ask for a new one')
  }
  await setPassword(services, account, password)
}

/** Sets a password whatever it was before; all sessions end. @throws ApiError InputValidationError */
export async function setPassword(
  services: Pick<Uses, 'db' | 'sessions'>,
  account: AccountEntry,
  password: string,
): Promise<void> {
  await storePassword(services, account, password)
  await services.sessions.endAll(account.id)
}

async function storePassword({ db }: Pick<Uses, 'db'>, account: AccountEntry, password: string): Promise<void> {
  requireGoodPassword(password)
  const password_hash = await hashPassword(password)
  await updateAccount(db, account.id, { password_hash })
  await deleteResetsOf(db, account.id)
}

/** @throws ApiError InputValidationError */
export function requireGoodPassword(password: string): void {
  if (password.length >= MIN_PASSWORD_LENGTH) return
  throw new ApiError('InputValidationError', `password: expected at least ${MIN_PASSWORD_LENGTH} characters`)
}
