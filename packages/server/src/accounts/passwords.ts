/** Who a name and a password, or a name and a key, stand for: the Basic login of git (rest-api.md row X22). */
import { ApiError } from '@algorist/contract/errors.ts'
import { type AccountEntry, type Caller, FULL_RIGHTS } from '../caller.ts'
import type { Services } from '../services.ts'
import { hashPassword, isPassword } from './password-hash.ts'
import { selectPasswordHash } from './queries.ts'

type LoginServices = Pick<Services, 'db' | 'directory' | 'keyRing' | 'loginGuard'>

/** `keyId` of callers that gave a password. */
export const PASSWORD_KEY_ID = 'password'

/**
 * The caller that a Basic login stands for: a user name with its password, or anything with a standard key.
 *
 * @throws ApiError NotAuthenticated, TooManyRequests after many wrong passwords, or NotAuthorized for an admin key, which is never accepted here
 */
export async function authenticateBasic(
  services: LoginServices,
  { name, password, address }: { readonly name: string; readonly password: string; readonly address: string },
): Promise<Caller> {
  const byKey = callerWithKey(services, password)
  if (byKey) return byKey
  const attempt = { account: services.directory.byName(name)?.id ?? name.toLowerCase(), address }
  services.loginGuard.check(attempt)
  const account = await verifyPassword(services, name, password)
  if (!account) {
    services.loginGuard.failed(attempt)
    throw new ApiError('NotAuthenticated')
  }
  services.loginGuard.succeeded(attempt)
  return { kind: 'key', login: 'password', account, keyId: PASSWORD_KEY_ID, rights: FULL_RIGHTS }
}

/** The user with this name and password, or null. Takes as long for a name that does not exist. */
export async function verifyPassword(
  { db, directory }: Pick<LoginServices, 'db' | 'directory'>,
  name: string,
  password: string,
): Promise<AccountEntry | null> {
  const account = directory.byName(name)
  const hash = account?.kind === 'user' ? await selectPasswordHash(db, account.id) : null
  if (!account || hash === null) {
    await hashPassword(password)
    return null
  }
  return (await isPassword(password, hash)) ? account : null
}

/** The user name beside a key is not looked at: scripts write the owner there, who may be an organization (runtime.md 1.4). */
function callerWithKey({ directory, keyRing }: LoginServices, key: string): Caller | null {
  const entry = keyRing.lookup(key)
  const account = entry && directory.byId(entry.accountId)
  if (!entry || !account) return null
  if (entry.kind === 'admin')
    throw new ApiError('NotAuthorized', 'Admin keys are not accepted here; use a standard key')
  return { kind: 'key', login: 'key', account, keyId: entry.id, rights: entry.rights }
}
