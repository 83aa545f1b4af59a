/**
 * Rules of secrets, of algorithms and of organizations (rest-api.md 3.2, rows 64 to 67; platform.md 6). A value goes in and
 * never comes out, except into the workers of its algorithms (delivery.ts).
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { NewSecret, Secret, SecretEdit } from '@algorist/contract/operations/secrets.ts'
import type { Caller } from '../caller.ts'
import { uniqueViolation } from '../db/violations.ts'
import type { Services } from '../services.ts'
import { checkedSize, requireRoom, violation } from './limits.ts'
import { withoutMilliseconds } from './moments.ts'
import { problemOfName } from './names.ts'
import { chooseProvider, openProvider } from './open-provider.ts'
import { findOwner, type SecretOwner, type SecretParams } from './owners.ts'
import * as queries from './queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog' | 'secretBox' | 'languages'> & {
  readonly runner: Pick<Services['runner'], 'recycle'>
}

/** Oldest first. @throws ApiError as {@link findOwner} */
export async function listSecrets(services: Uses, caller: Caller, params: SecretParams): Promise<Secret[]> {
  const owner = findOwner(services, caller, params, 'see')
  return (await queries.selectSecrets(services.db, [owner.id])).map(show)
}

/**
 * Adds a secret. When this returns, no call starts without it.
 *
 * @throws ApiError as {@link findOwner}, SecretMetadataConstraintViolation, CreateRequiresSecretValue, and those of the
 *   provider
 */
export async function createSecret(
  services: Uses,
  caller: Caller,
  params: SecretParams,
  wanted: Omit<NewSecret, 'owner_type'>,
): Promise<Secret> {
  const owner = findOwner(services, caller, params, 'change')
  requireSameOwner(owner, wanted.owner_id)
  const { secret_key: name, secret_value: value } = wanted
  requireName(services, name)
  if (!value) throw new ApiError('CreateRequiresSecretValue', 'secret_value: a new secret needs a value')
  const bytes = checkedSize(value)
  const now = new Date().toISOString()
  const row = await changeOwn(services, owner, async (transaction) => {
    const { secretBox } = services
    const provider_id = await chooseProvider({ db: transaction }, wanted.provider_id)
    const sum = await queries.sumSecrets(transaction, owner.id)
    requireRoom(owner, { count: sum.count + 1, bytes: sum.bytes + bytes })
    const made: queries.SecretRow = {
      ...{ id: randomUUID(), owner_type: owner.type, owner_id: owner.id, provider_id },
      value_id: await asked(
        'SecretProviderFailed',
        openProvider({ db: transaction, secretBox }, provider_id).create(value),
      ),
      value_bytes: bytes,
      short_name: wanted.short_name,
      description: wanted.description,
      secret_key: name,
      ...{ created_at: now, modified_at: now },
      created_by: caller.kind === 'anonymous' ? '' : caller.account.id,
    }
    await queries.insertSecret(transaction, made)
    return made
  })
  return show(row)
}

/**
 * Changes names and, when one is given, the value; the variable stays. When this returns, no call starts with the old value.
 * @throws ApiError as {@link findOwner}, SecretNotFound, SecretMetadataConstraintViolation
 */
export async function changeSecret(
  services: Uses,
  caller: Caller,
  params: SecretParams,
  { short_name, description, secret_key, secret_value }: SecretEdit,
): Promise<Secret> {
  const owner = findOwner(services, caller, params, 'change')
  if (secret_value === '') throw violation('secret_value: expected a value; leave it out to keep the one there is')
  const bytes = secret_value === undefined ? undefined : checkedSize(secret_value)
  const row = await changeOwn(services, owner, async (transaction) => {
    const current = await findRow(transaction, owner, params)
    if (secret_key !== undefined && secret_key !== current.secret_key) {
      throw violation(`secret_key: it stays ${current.secret_key}; for another variable create another secret`)
    }
    const modified_at = new Date().toISOString()
    const change = { short_name, description, modified_at, value_bytes: bytes ?? current.value_bytes }
    await queries.updateSecretRow(transaction, current.id, change)
    requireRoom(owner, await queries.sumSecrets(transaction, owner.id))
    if (secret_value !== undefined) {
      const provider = openProvider({ ...services, db: transaction }, current.provider_id)
      await asked('EditSecretFailed', provider.update(current.value_id, secret_value))
    }
    return { ...current, ...change }
  })
  return show(row)
}

/** When this returns, no call starts with it. @throws ApiError as {@link findOwner}, SecretNotFound */
export async function removeSecret(services: Uses, caller: Caller, params: SecretParams): Promise<void> {
  const owner = findOwner(services, caller, params, 'change')
  await changeOwn(services, owner, async (transaction) => {
    const current = await findRow(transaction, owner, params)
    const provider = openProvider({ ...services, db: transaction }, current.provider_id)
    await asked('UnableToDeleteSecret', provider.delete(current.value_id))
    await queries.deleteSecretRow(transaction, current.id)
  })
}

/** Runs a change while no other one changes secrets of this owner, then ends every worker that has the old ones. */
async function changeOwn<T>(
  { db, runner, catalog }: Uses,
  owner: SecretOwner,
  change: (transaction: Services['db']) => Promise<T>,
): Promise<T> {
  const changed = await db
    .transaction()
    .execute(async (transaction) => {
      if (!(await queries.holdOwner(transaction, owner))) throw gone(owner)
      return change(transaction)
    })
    .catch((error) => {
      throw wordedViolation(error)
    })
  const algorithms = owner.type === 'algorithm' ? [owner.id] : catalog.ofOwner(owner.id).map(({ id }) => id)
  await Promise.all(algorithms.map((algorithmId) => runner.recycle({ algorithmId })))
  return changed
}

type ProviderError = 'SecretProviderFailed' | 'EditSecretFailed' | 'UnableToDeleteSecret'

/** What a provider answers. Whoever asked learns which step failed, the operator why. */
async function asked<T>(error: ProviderError, answer: Promise<T>): Promise<T> {
  return answer.catch((cause) => {
    throw new ApiError(error, undefined, { cause })
  })
}

function wordedViolation(error: unknown): unknown {
  switch (uniqueViolation(error)) {
    case 'secrets.owner_id,secret_key':
      return violation('secret_key: there is a secret with this variable already')
    case 'secrets.owner_id,short_name':
      return violation('short_name: there is a secret with this name already')
    default:
      return error
  }
}

async function findRow(
  db: Services['db'],
  owner: SecretOwner,
  { secretId = '' }: SecretParams,
): Promise<queries.SecretRow> {
  const row = await queries.selectSecret(db, owner.id, secretId.toLowerCase())
  if (row) return row
  throw new ApiError('SecretNotFound', `The ${owner.type} has no such secret`)
}

function requireName({ languages }: Uses, name: string | undefined): asserts name is string {
  const problem = name === undefined ? 'expected the name of a variable, got none' : problemOfName(name, languages)
  if (problem !== undefined) throw violation(`secret_key: ${problem}`)
}

/** The body names the owner as well as the path. */
function requireSameOwner({ type, id }: SecretOwner, named: string): void {
  if (named.toLowerCase() !== id) throw violation(`owner_id: expected ${id}, the ${type} of the path`)
}

const gone = ({ type }: SecretOwner) =>
  new ApiError(type === 'algorithm' ? 'AlgorithmIdDoesNotExist' : 'OrganizationNotFound')

/** Never the value. */
function show(row: queries.SecretRow): Secret {
  return {
    id: row.id,
    short_name: row.short_name,
    description: row.description,
    secret_key: row.secret_key,
    owner_type: row.owner_type,
    owner_id: row.owner_id,
    provider_id: row.provider_id,
    default_secret_value_id: row.value_id,
    created: withoutMilliseconds(row.created_at),
    modified: withoutMilliseconds(row.modified_at),
  }
}
