/** What happens to a key after it was made: shown again, changed, replaced, deleted. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { KeyChange } from '@algorist/contract/operations/keys.ts'
import type { ApiKey } from '@algorist/contract/shapes/api-key.ts'
import type { AccountEntry, Caller, KeyRights } from '../caller.ts'
import { type Act, denied } from '../permissions.ts'
import { expiryOf } from './expiry.ts'
import { findHolder, type HolderParams } from './holders.ts'
import { generateKey } from './key-text.ts'
import { type KeyServices, limitOf, MORE_RIGHTS, newKeyRow, showKey } from './keys.ts'
import { deleteKey, insertKey, type KeyRow, selectKey, updateKey } from './queries.ts'
import { isWithin, rightsOf } from './rights.ts'
import { requireText } from './shown.ts'

/** Account and key in the path of a request. */
export interface KeyParams extends HolderParams {
  readonly keyId?: string | undefined
}

const DEFAULT_OVERLAP_SECONDS = 24 * 60 * 60

/**
 * Shows a key whole, to people: the user who owns it, or an owner of the organization. Administrators see masks.
 * @throws ApiError UserNotFound, OrganizationNotFound, PathNotFound, NotAuthorized; InvalidRequest for one that was imported
 */
export async function revealKey(services: KeyServices, caller: Caller, params: KeyParams): Promise<ApiKey> {
  const { row } = await findKey(services, caller, params, 'reveal')
  return showKey(services, row, requireText(services.secretBox, row))
}

/** @throws ApiError as {@link revealKey}, InputValidationError; NotAuthorized for rights that the caller does not have */
export async function changeKey(
  services: KeyServices,
  caller: Caller,
  params: KeyParams,
  { key_label, permissions, expires_at }: KeyChange,
): Promise<ApiKey> {
  const { row } = await findKey(services, caller, params)
  const rights = permissions === undefined ? row.rights : JSON.stringify(grantable(caller, rightsOf(permissions)))
  const changed = await updateKey(services.db, {
    ...row,
    rights,
    label: key_label ?? row.label,
    expires_at: expires_at === undefined ? row.expires_at : expiryOf(expires_at),
  })
  if (!changed) throw notFound()
  services.keyRing.put(changed)
  return showKey(services, changed, changed.mask)
}

/** When this returns no request is accepted with the key. @throws ApiError as {@link revealKey} */
export async function removeKey(services: KeyServices, caller: Caller, params: KeyParams): Promise<void> {
  const { account, row } = await findKey(services, caller, params)
  const digest = await deleteKey(services.db, account.id, row.id)
  if (digest === undefined) throw notFound()
  services.keyRing.remove({ id: row.id, digest })
}

/**
 * Makes a key with the same label and rights, and lets the old one work for a while, so that nothing that uses it stops.
 * @returns the new key, whole
 * @throws ApiError as {@link revealKey}; NotAuthorized for a key with more rights than the caller has
 */
export async function rotateKey(
  services: KeyServices,
  caller: Caller,
  params: KeyParams,
  overlapSeconds = DEFAULT_OVERLAP_SECONDS,
): Promise<ApiKey> {
  const { account, row: old } = await findKey(services, caller, params)
  const rights = JSON.parse(old.rights) as KeyRights
  const text = generateKey()
  const made = newKeyRow(services.secretBox, { account, text, rights, kind: old.kind, label: old.label })
  const row: KeyRow = { ...made, assignee_id: old.assignee_id, created_by: accountIdOf(caller) }
  const overAt = new Date(Date.now() + overlapSeconds * 1000).toISOString()
  const expires_at = old.expires_at !== null && old.expires_at < overAt ? old.expires_at : overAt
  const ended = await services.db.transaction().execute(async (transaction) => {
    await insertKey(transaction, row)
    return updateKey(transaction, { ...old, expires_at })
  })
  if (!ended) throw notFound()
  services.keyRing.put(row)
  services.keyRing.put(ended)
  return showKey(services, row, text)
}

async function findKey(
  services: KeyServices,
  caller: Caller,
  params: KeyParams,
  act: Act = 'change',
): Promise<{ readonly account: AccountEntry; readonly row: KeyRow }> {
  const account = findHolder(services, caller, params, act)
  const row = await selectKey(services.db, account.id, (params.keyId ?? '').toLowerCase())
  if (!row) throw notFound()
  if (row.kind === 'PlatformAdminKey') limitOf(caller, 'admin')
  // A key has no say over one that may do more.
  else grantable(caller, JSON.parse(row.rights) as KeyRights)
  return { account, row }
}

function grantable(caller: Caller, rights: KeyRights): KeyRights {
  if (!isWithin(rights, limitOf(caller))) throw denied(MORE_RIGHTS)
  return rights
}

function accountIdOf(caller: Caller): string | null {
  return caller.kind === 'anonymous' ? null : caller.account.id
}

const notFound = () => new ApiError('PathNotFound', 'The account has no key with this id')
