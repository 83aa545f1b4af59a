/** Rules of API keys: who may make which, and what is kept of them. */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { ImportedKey, NewKey } from '@algorist/contract/operations/keys.ts'
import type { ApiKey, KeyPermissions } from '@algorist/contract/shapes/api-key.ts'
import { findUser } from '../accounts/accounts.ts'
import { type AccountEntry, type Caller, FULL_RIGHTS, isPerson, type KeyRights } from '../caller.ts'
import { isUniqueViolation } from '../db/violations.ts'
import { administers, denied, isSelf, requireAdministrator } from '../permissions.ts'
import type { SecretBox } from '../secret-box.ts'
import type { Services } from '../services.ts'
import { expiryOf } from './expiry.ts'
import { findUserHolder } from './holders.ts'
import { digestOf } from './key-ring.ts'
import { generateKey, maskOf } from './key-text.ts'
import {
  deleteAccountKeys,
  deleteKeysGivenTo,
  insertKey,
  type KeyRow,
  selectKeys,
  updateKeyByDigest,
} from './queries.ts'
import { CALLING_RIGHTS, intersection, isWithin, permissionsOf, rightsOf, warningsOf } from './rights.ts'
import { textOf } from './shown.ts'

/** Said to a key that is about to grant what it has not. */
export const MORE_RIGHTS = 'a key makes and changes none with more rights than it has'

export type KeyServices = Pick<Services, 'db' | 'directory' | 'keyRing' | 'secretBox'>

const KINDS = ['ManagementKey', 'PlatformAdminKey', 'AlgorithmKey'] as const
const JWT = /^[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+\.[A-Za-z0-9_+/=-]*$/

/**
 * Creates a key of a user and shows it whole. A standard key makes only keys of its own account, with no more rights
 * than it has (rest-api.md 3.4, row 126).
 *
 * @throws ApiError UserNotFound, NotAuthorized, InputValidationError
 */
export async function createKey(services: KeyServices, caller: Caller, user: string, key: NewKey): Promise<ApiKey> {
  return makeKey(services, caller, { account: findUserHolder(services, caller, user, 'change'), key })
}

export interface WantedKey {
  readonly account: AccountEntry
  readonly key: NewKey
  /** Member whom a key of an organization is for. */
  readonly assigneeId?: string
}

/** Makes a key of an account that the caller was found to look after. @throws ApiError NotAuthorized, InputValidationError */
export async function makeKey(
  services: KeyServices,
  caller: Caller,
  { account, key, assigneeId = undefined }: WantedKey,
): Promise<ApiKey> {
  const kind = kindFor(key.key_type, account, caller)
  const rights = grantedRights({ kind, permissions: key.permissions }, limitOf(caller))
  const text = generateKey()
  const row: KeyRow = {
    ...newKeyRow(services.secretBox, { account, text, rights, kind, label: key.key_label }),
    expires_at: expiryOf(key.expires_at),
    assignee_id: assigneeId ?? null,
    created_by: caller.kind === 'anonymous' ? null : caller.account.id,
  }
  await insertKey(services.db, row)
  services.keyRing.put(row)
  return showKey(services, row, text)
}

/**
 * Takes over a key that exists elsewhere, for administrators. The same key again replaces its label and rights.
 *
 * @throws ApiError UserNotFound, InputValidationError for a key that could never be used or belongs to somebody else
 */
export async function importKey(
  services: KeyServices,
  caller: Caller,
  user: string,
  { api_key: text, key_label: label, key_type = 'AlgorithmKey', permissions }: ImportedKey,
): Promise<ApiKey> {
  requireAdministrator(caller)
  const account = findUser(services.directory, user)
  const kind = kindFor(key_type, account, caller)
  // Such a text would be read as a user token (rest-api.md 1.3).
  if (JWT.test(text)) throw new ApiError('InputValidationError', 'api_key: expected a key, got a JWT')
  const rights = grantedRights({ kind, permissions }, FULL_RIGHTS)
  const row = await storeImported(services, newKeyRow(services.secretBox, { account, text, rights, kind, label }))
  services.keyRing.put(row)
  return showKey(services, row, text)
}

/**
 * Keys of a user, oldest first: whole for the user who is signed in, masks for everybody else (rest-api.md 2.6).
 *
 * @throws ApiError UserNotFound, NotAuthorized
 */
export async function listKeys(services: KeyServices, caller: Caller, user: string): Promise<ApiKey[]> {
  const account = findUserHolder(services, caller, user, 'see')
  const isOwn = isPerson(caller) && isSelf(caller, account.id)
  const rows = await selectKeys(services.db, account.id)
  return rows.map((row) => showKey(services, row, (isOwn ? textOf(services.secretBox, row) : undefined) ?? row.mask))
}

export interface NewKeyRow {
  readonly account: Pick<AccountEntry, 'id'>
  readonly text: string
  readonly rights: KeyRights
  readonly kind: KeyRow['kind']
  readonly label?: string | undefined
}

/** The row of a key: a digest to find it by, a sealed copy to show it again, a mask. */
export function newKeyRow(box: SecretBox, { account, text, rights, kind, label }: NewKeyRow): KeyRow {
  const id = randomUUID()
  return {
    id,
    account_id: account.id,
    kind,
    label: label ?? '',
    digest: digestOf(text),
    sealed: box.seal(text, id),
    mask: maskOf(text),
    rights: JSON.stringify(rights),
    created_at: new Date().toISOString(),
    expires_at: null,
    last_used_at: null,
    assignee_id: null,
    created_by: null,
  }
}

/** Stores new keys as part of a transaction; the caller puts them into the ring after it. */
export async function storeKeys(transaction: Services['db'], rows: readonly KeyRow[]): Promise<void> {
  for (const row of rows) await insertKey(transaction, row)
}

/**
 * Deletes all keys of an account, and those that organizations gave it, as part of a transaction; the caller takes what is returned out of the ring after it.
 */
export async function deleteKeysOf(
  transaction: Services['db'],
  accountId: string,
): Promise<readonly Pick<KeyRow, 'id' | 'digest'>[]> {
  const [own, given] = [
    await deleteAccountKeys(transaction, accountId),
    await deleteKeysGivenTo(transaction, accountId),
  ]
  return [...own, ...given]
}

async function storeImported(services: KeyServices, row: KeyRow): Promise<KeyRow> {
  try {
    await insertKey(services.db, row)
    return row
  } catch (error) {
    if (!isUniqueViolation(error, 'api_keys.digest')) throw error
  }
  const updated = await updateKeyByDigest(services.db, row)
  if (!updated) throw new ApiError('InputValidationError', 'api_key: this key is in use already')
  return updated
}

/**
 * What a key may be given at most: everything by people and administrators, the own rights by a key.
 * @throws ApiError NotAuthorized for everybody else, and with `admin` for all but administrators
 */
export function limitOf(caller: Caller, needs?: 'admin'): KeyRights {
  if (administers(caller, 'change')) return FULL_RIGHTS
  if (needs === 'admin' || caller.kind !== 'key') throw denied()
  return caller.rights
}

/** A key never grants more than its owner has, and an admin key is only made with one. */
function kindFor(type: string, account: AccountEntry, caller: Caller): KeyRow['kind'] {
  const kind = KINDS.find((known) => known === type)
  if (!kind) throw new ApiError('InputValidationError', `key_type: expected one of ${KINDS.join(', ')}, got '${type}'`)
  if (kind === 'PlatformAdminKey' && !administers(caller, 'change')) throw denied('only administrators make admin keys')
  if (kind === 'PlatformAdminKey' && !account.isAdmin) {
    throw new ApiError(
      'InputValidationError',
      `key_type: expected a standard type, ${account.name} is no administrator`,
    )
  }
  return kind
}

interface WantedRights {
  readonly kind: KeyRow['kind']
  readonly permissions?: KeyPermissions | undefined
}

/** What was asked for; when nothing was, all that the type stands for, or as much of it as `limit` has. */
function grantedRights({ kind, permissions }: WantedRights, limit: KeyRights): KeyRights {
  if (!permissions) return intersection(kind === 'AlgorithmKey' ? CALLING_RIGHTS : FULL_RIGHTS, limit)
  const rights = rightsOf(permissions)
  if (!isWithin(rights, limit)) throw denied(MORE_RIGHTS)
  return rights
}

/** @param shown the key, or its mask */
export function showKey({ directory }: Pick<Services, 'directory'>, row: KeyRow, shown: string): ApiKey {
  const owner = directory.byId(row.account_id)?.name ?? ''
  const assignee = row.assignee_id === null ? undefined : directory.byId(row.assignee_id)
  const rights = JSON.parse(row.rights) as KeyRights
  const warnings = warningsOf(rights)
  return {
    username: assignee?.name ?? owner,
    key_label: row.label,
    created_at: row.created_at,
    api_key_mask: row.mask,
    api_key: shown,
    key_type: row.kind,
    ...(row.kind === 'PlatformAdminKey' ? {} : { permissions: permissionsOf(rights) }),
    owner_name: owner,
    id: row.id,
    ...(row.expires_at === null ? {} : { expires_at: row.expires_at }),
    ...(row.last_used_at === null ? {} : { last_used_at: row.last_used_at }),
    ...(warnings.length === 0 ? {} : { warnings }),
  }
}
