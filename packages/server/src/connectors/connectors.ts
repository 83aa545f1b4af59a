/**
 * Rules of connectors (rest-api.md 3.4, row 118; platform.md 3.2): labels are unique per account and protocol, and one of
 * them is the default. What they reach is opened in open-connectors.ts.
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { ConnectorChange, NewConnector } from '@algorist/contract/operations/connectors.ts'
import type { Connector } from '@algorist/contract/shapes/connector.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import { isUniqueViolation } from '../db/violations.ts'
import type { HolderParams } from '../keys/holders.ts'
import type { SecretBox } from '../secret-box.ts'
import type { Services } from '../services.ts'
import { openCredentials, parseCredentials, publicMembers, sealCredentials } from './credentials.ts'
import { findOwner, requireSameAccount } from './owner.ts'
import { problemOfGlob } from './path-glob.ts'
import * as queries from './queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'secretBox'> & {
  readonly connectors: Pick<Services['connectors'], 'forget'>
}

/** Of an account, of all kinds together; each is looked through when another one is made. */
const MAX_CONNECTORS = 100

/** Account and connector in the path of a request. */
export interface ConnectorParams extends HolderParams {
  readonly connectorId?: string | undefined
}

/** Oldest first. @throws ApiError UserNotFound, OrganizationNotFound, NotAuthorized */
export async function listConnectors(
  services: Omit<Uses, 'connectors'>,
  caller: Caller,
  params: HolderParams,
): Promise<Connector[]> {
  const owner = findOwner(services, caller, params, 'see')
  const rows = await queries.selectConnectors(services.db, owner.id)
  return rows.map((row) => show(services.secretBox, owner, row))
}

/** @throws ApiError as {@link listConnectors}, PathNotFound */
export async function getConnector(
  services: Omit<Uses, 'connectors'>,
  caller: Caller,
  params: ConnectorParams,
): Promise<Connector> {
  const owner = findOwner(services, caller, params, 'see')
  return show(services.secretBox, owner, await findRow(services, owner, params))
}

/**
 * Without a label it gets a free one. It is the default when that is asked for, and when nothing is said and its owner has
 * no default of the protocol.
 *
 * @throws ApiError as {@link listConnectors}, InputValidationError, InconsistentUsername, ConnectorLabelTaken
 */
export async function createConnector(
  services: Omit<Uses, 'connectors'>,
  caller: Caller,
  params: HolderParams,
  wanted: NewConnector,
): Promise<Connector> {
  const owner = findOwner(services, caller, params, 'change')
  requireSameAccount(services, wanted.username, owner)
  const { protocol, cred_type, path = '*', writeable = false } = wanted
  const credentials = parseCredentials({ protocol, type: cred_type, data: wanted.cred_data })
  const id = randomUUID()
  const fixed = {
    id,
    owner_id: owner.id,
    protocol,
    path_glob: checkedGlob(path),
    is_writeable: writeable ? 1 : 0,
    cred_type,
    sealed: sealCredentials(services.secretBox, id, credentials),
    credentials_version: 1,
    created_at: new Date().toISOString(),
    created_by: caller.kind === 'anonymous' ? '' : caller.account.id,
  }
  const row = await changeOwn(services, owner, async (transaction) => {
    const all = await queries.selectConnectors(transaction, owner.id)
    if (all.length >= MAX_CONNECTORS) throw tooMany(owner)
    const others = all.filter((each) => each.protocol === protocol)
    const label = wanted.label || freeLabel(protocol, others)
    const isDefault = wanted.is_default ?? others.every(({ is_default }) => is_default === 0)
    if (isDefault) await queries.clearDefault(transaction, owner.id, protocol)
    const made = { ...fixed, label, label_lower: label.toLowerCase(), is_default: isDefault ? 1 : 0 }
    await queries.insertConnector(transaction, made)
    return made
  })
  return show(services.secretBox, owner, row)
}

/**
 * Changes what is given; credentials are given anew as a whole. Counts from the next request on.
 * @throws ApiError as {@link createConnector}, PathNotFound
 */
export async function changeConnector(
  services: Uses,
  caller: Caller,
  params: ConnectorParams,
  change: ConnectorChange,
): Promise<Connector> {
  const owner = findOwner(services, caller, params, 'change')
  const row = await changeOwn(services, owner, async (transaction) => {
    const current = await findRow({ db: transaction }, owner, params)
    if (change.is_default) await queries.clearDefault(transaction, owner.id, current.protocol)
    return queries.updateConnector(transaction, current.id, { ...current, ...changed(services, current, change) })
  })
  if (!row) throw notFound()
  if (change.cred_data !== undefined) services.connectors.forget(row.id)
  return show(services.secretBox, owner, row)
}

/** When this returns nothing is read or written through it any more. @throws ApiError as {@link getConnector} */
export async function removeConnector(services: Uses, caller: Caller, params: ConnectorParams): Promise<void> {
  const owner = findOwner(services, caller, params, 'change')
  const id = idOf(params)
  if (!(await queries.deleteConnector(services.db, owner.id, id))) throw notFound()
  services.connectors.forget(id)
}

/** Deletes an account's connectors as part of a transaction that ends the account; nobody reaches them after it. */
export async function deleteConnectorsOf(transaction: Services['db'], ownerId: string): Promise<void> {
  await queries.deleteOwnersConnectors(transaction, ownerId)
}

function changed(
  { secretBox }: Pick<Uses, 'secretBox'>,
  { id, protocol, cred_type, credentials_version }: queries.ConnectorRow,
  { label, is_default, path, writeable, cred_data }: ConnectorChange,
): Partial<queries.ConnectorRow> {
  return {
    ...(label ? { label, label_lower: label.toLowerCase() } : {}),
    ...(is_default === undefined ? {} : { is_default: is_default ? 1 : 0 }),
    ...(path === undefined ? {} : { path_glob: checkedGlob(path) }),
    ...(writeable === undefined ? {} : { is_writeable: writeable ? 1 : 0 }),
    ...(cred_data === undefined
      ? {}
      : {
          sealed: sealCredentials(secretBox, id, parseCredentials({ protocol, type: cred_type, data: cred_data })),
          credentials_version: credentials_version + 1,
        }),
  }
}

/** Runs a change of an account's connectors while no other one changes them. @throws ApiError UserNotFound, ConnectorLabelTaken */
async function changeOwn<T>(
  { db }: Pick<Uses, 'db'>,
  owner: AccountEntry,
  change: (transaction: Services['db']) => Promise<T>,
): Promise<T> {
  try {
    return await db.transaction().execute(async (transaction) => {
      if (!(await queries.holdOwner(transaction, owner.id))) throw new ApiError('UserNotFound')
      return change(transaction)
    })
  } catch (error) {
    throw isUniqueViolation(error, 'connectors.owner_id,protocol,label_lower')
      ? new ApiError('ConnectorLabelTaken')
      : error
  }
}

async function findRow(
  { db }: Pick<Uses, 'db'>,
  owner: AccountEntry,
  params: ConnectorParams,
): Promise<queries.ConnectorRow> {
  const row = await queries.selectConnector(db, owner.id, idOf(params))
  if (!row) throw notFound()
  return row
}

const idOf = ({ connectorId = '' }: ConnectorParams): string => connectorId.toLowerCase()

/** `s3`, `s3_2`, `s3_3` … */
function freeLabel(protocol: string, others: readonly queries.ConnectorRow[]): string {
  const taken = new Set(others.map(({ label_lower }) => label_lower))
  let label = protocol
  for (let number = 2; taken.has(label); number++) label = `${protocol}_${number}`
  return label
}

function checkedGlob(path: string): string {
  const expected = problemOfGlob(path)
  if (expected === undefined) return path
  throw new ApiError('InputValidationError', `path: expected ${expected}, got '${path}'`)
}

function show(box: SecretBox, owner: AccountEntry, row: queries.ConnectorRow): Connector {
  const isWriteable = row.is_writeable === 1
  return {
    connector_id: row.id,
    username: owner.name,
    label: row.label,
    protocol: row.protocol,
    is_default: row.is_default === 1,
    permissions: isWriteable ? ['read', 'write'] : ['read'],
    path: row.path_glob,
    writeable: isWriteable,
    cred_type: row.cred_type,
    cred_data: publicMembers(openCredentials(box, row)),
    created_at: row.created_at,
  }
}

const tooMany = ({ name }: AccountEntry) =>
  new ApiError(
    'InputValidationError',
    `${name} has ${MAX_CONNECTORS} connectors, all that is allowed; delete one first`,
  )

const notFound = () => new ApiError('PathNotFound', 'The account has no connector with this id')
