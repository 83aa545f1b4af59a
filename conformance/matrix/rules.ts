/**
 * What each cell of the permission matrix must answer, computed from the operation list alone: `who` and `on` of the
 * contract, the rights of a key (rest-api.md 1.3) and the roles of platform.md 1.3. Nothing of the server is imported.
 */
import type { ObjectRule } from '@algorist/contract/object-rules.ts'
import type { Operation, Who } from '@algorist/contract/operation.ts'
import type { KeyRights } from '../lib/accounts.ts'

export type Role = 'owner' | 'member' | 'executor'

/** The accounts of the scene: a user with two algorithms, an organization with people in every role, and others. */
export type AccountName =
  | 'user'
  | 'organization'
  | 'org owner'
  | 'org member'
  | 'org executor'
  | 'other user'
  | 'administrator'
  | 'viewer'

const ROLES: Partial<Record<AccountName, Role>> = {
  'org owner': 'owner',
  'org member': 'member',
  'org executor': 'executor',
}

export type Credentials = 'none' | 'unknown key' | 'key' | 'admin key' | 'session' | 'token' | 'algorithm'

/** Who asks. */
export interface Facts {
  readonly credentials: Credentials
  readonly account: AccountName | null
  readonly rights: KeyRights & { readonly referer_host?: string }
}

/** What is asked about. */
export type Thing =
  | { readonly kind: 'none' }
  | { readonly kind: 'missing'; readonly of?: 'organization' }
  | { readonly kind: 'account'; readonly account: AccountName }
  /** The membership of whoever asks, in an organization that everybody belongs to. */
  | { readonly kind: 'own membership' }
  | {
      readonly kind: 'algorithm'
      readonly owner: 'user' | 'organization'
      readonly isPublic: boolean
      readonly isOpen: boolean
      /** Named by a selector that reaches what is not public. */
      readonly isInner: boolean
      readonly acl: readonly string[]
    }
  | { readonly kind: 'collection'; readonly owner: 'user' | 'organization'; readonly readers: Readers }

/** To whom the owner of a collection opens it (rest-api.md 5.4). */
export type Readers = 'nobody else' | 'algorithms' | 'everybody'

export type Expected = 'allow' | 401 | 403 | 404

/** The cell of one principal, one operation and one thing. */
export function expected(operation: Operation, who: Facts, thing: Thing): Expected {
  const { credentials } = who
  // A preflight is answered without a look at who asks.
  if (credentials === 'unknown key') return operation.method === 'OPTIONS' ? 'allow' : 401
  const areCookiesSeen = operation.raw !== true
  const areHeadersSeen = operation.tag !== 'git' || credentials === 'key' || credentials === 'admin key'
  const isKnown = credentials !== 'none' && (credentials !== 'session' || areCookiesSeen) && areHeadersSeen
  if (!operation.who.includes('public') && !isKnown) return 401
  const isOneOf = operation.who.some((kind) => isOfKind(who, kind, operation.method === 'GET'))
  // A push is refused for what it is about before the right to manage is looked at.
  if (!isOneOf && operation.id !== 'receiveGitPack') return 403
  if (credentials === 'admin key' && operation.tag === 'git') return 403
  return OBJECT_CELLS[operation.on](who, thing, operation)
}

function isOfKind(who: Facts, kind: Who, isRead: boolean): boolean {
  switch (kind) {
    case 'public':
      return true
    case 'key':
      return who.credentials === 'key' || who.credentials === 'token'
    case 'management':
      return isOfKind(who, 'key', isRead) && who.rights.allow_algo_management
    case 'cookie':
      return isPerson(who)
    case 'admin':
      return isAdministrator(who) || (isRead && isPerson(who) && who.account === 'viewer')
    case 'algorithm':
      return who.credentials === 'algorithm'
    case 'webhook':
      return false
  }
}

const isPerson = ({ credentials }: Facts): boolean => credentials === 'session' || credentials === 'token'
const isAdministrator = (who: Facts): boolean =>
  who.credentials === 'admin key' || (isPerson(who) && who.account === 'administrator')

/** Administrators where the operation lists them; viewers where it reads as well. */
const comesAsAdministrator = (who: Facts, { who: kinds, method }: Operation): boolean =>
  kinds.includes('admin') && isOfKind(who, 'admin', method === 'GET')

function roleIn(who: Facts, owner: AccountName): Role | 'self' | undefined {
  if (who.credentials === 'admin key' || who.account === null) return undefined
  if (who.account === owner) return 'self'
  return owner === 'organization' ? ROLES[who.account] : undefined
}

const actsFor = (who: Facts, owner: AccountName): boolean =>
  ['self', 'owner', 'member'].includes(roleIn(who, owner) ?? '')
const looksInside = (who: Facts, owner: AccountName): boolean => roleIn(who, owner) !== undefined

type Cell = (who: Facts, thing: Thing, operation: Operation) => Expected

const allowIf = (isAllowed: boolean, otherwise: 403 | 404 = 403): Expected => (isAllowed ? 'allow' : otherwise)

type Algorithm = Extract<Thing, { kind: 'algorithm' }>

/** A rule about an algorithm; one that is not there is 404 for everybody. */
const algorithmCell =
  (decide: (who: Facts, algorithm: Algorithm, operation: Operation) => Expected): Cell =>
  (who, thing, operation) =>
    thing.kind === 'algorithm' ? decide(who, thing, operation) : 404

/** A rule about an account; `missing` is what those get who ask about one that is not there. */
const accountCell =
  (
    missing: (who: Facts, operation: Operation) => 403 | 404,
    decide: (who: Facts, account: AccountName, operation: Operation) => Expected,
  ): Cell =>
  (who, thing, operation) =>
    thing.kind === 'account' ? decide(who, thing.account, operation) : missing(who, operation)

const alwaysThere: Cell = () => 'allow'
const manages = (who: Facts, owner: AccountName): boolean => who.rights.allow_algo_management && actsFor(who, owner)

const readsCalls = (who: Facts, owner: AccountName, operation: Operation): boolean =>
  manages(who, owner) || comesAsAdministrator(who, operation)

const readsSource = algorithmCell((who, { owner, isOpen }, { tag }) =>
  allowIf(isOpen || actsFor(who, owner), tag === 'git' ? 404 : 403),
)

const ownsOrganization: Cell = accountCell(
  () => 404,
  (who, account, operation) =>
    allowIf(comesAsAdministrator(who, operation) || (isPerson(who) && roleIn(who, account) === 'owner')),
)

const keyHolder: Cell = (who, thing, operation) => {
  if (thing.kind === 'missing' && thing.of === 'organization') return 404
  if (thing.kind !== 'account') return comesAsAdministrator(who, operation) ? 404 : 403
  return roleIn(who, thing.account) === 'self' ? 'allow' : ownsOrganization(who, thing, operation)
}

const OBJECT_CELLS: Readonly<Record<ObjectRule, Cell>> = {
  anything: (_who, { kind }) => (kind === 'missing' ? 404 : 'allow'),
  caller: alwaysThere,
  // Nobody learns who exists; administrators do. Organizations are no users.
  self: accountCell(
    (who, operation) => (comesAsAdministrator(who, operation) ? 404 : 403),
    (who, account, operation) => {
      if (roleIn(who, account) === 'self') return 'allow'
      if (!comesAsAdministrator(who, operation)) return 403
      return account === 'organization' ? 404 : 'allow'
    },
  ),
  'key holder': keyHolder,
  'connector owner': (who, thing, operation) => {
    const { allow_data, allow_data_write } = who.rights
    if (who.credentials === 'key' && !(operation.method === 'GET' ? allow_data : allow_data_write)) return 403
    return keyHolder(who, thing, operation)
  },
  'reported user': accountCell(
    (who, operation) => (comesAsAdministrator(who, operation) ? 404 : 403),
    (who, account, operation) => {
      if (roleIn(who, account) === 'self') return 'allow'
      if (comesAsAdministrator(who, operation)) return account === 'organization' ? 404 : 'allow'
      return allowIf(isPerson(who) && who.account === 'org owner' && ROLES[account] !== undefined)
    },
  ),
  'organization member': accountCell(
    () => 404,
    (who, account, operation) => allowIf(comesAsAdministrator(who, operation) || looksInside(who, account)),
  ),
  'organization owner': ownsOrganization,
  approver: accountCell(
    () => 404,
    (who, account, operation) => {
      const owning = ownsOrganization(who, { kind: 'account', account }, operation)
      const isKnown = looksInside(who, account) || who.account === 'viewer'
      return isKnown || owning === 'allow' ? owning : 404
    },
  ),
  'organization owner or oneself': (who, thing, operation) =>
    thing.kind === 'own membership' ? 'allow' : ownsOrganization(who, thing, operation),
  'invited user': accountCell(
    () => 404,
    (who, account) => allowIf(roleIn(who, account) === 'self', 404),
  ),
  'name space': accountCell(
    () => 404,
    (who, account) => allowIf(manages(who, account)),
  ),
  'visible algorithm': algorithmCell((who, { owner, isPublic }, operation) =>
    allowIf(isPublic || looksInside(who, owner) || comesAsAdministrator(who, operation)),
  ),
  'own data': ({ rights }) => allowIf(rights.allow_data),
  'source reader': readsSource,
  'source writer': (who, thing, operation) => {
    const reading = readsSource(who, thing, operation)
    if (reading !== 'allow' || thing.kind !== 'algorithm') return reading
    return allowIf(manages(who, thing.owner))
  },
  'build log reader': algorithmCell((who, { owner }) =>
    allowIf(who.rights.allow_algo_management && looksInside(who, owner)),
  ),
  'call log reader': algorithmCell((who, { owner }, operation) => allowIf(readsCalls(who, owner, operation))),
  'call log entry reader': (who, thing, operation) => {
    if (thing.kind !== 'algorithm') return 404
    const hasMadeIt = who.account === 'user' && who.rights.allow_algo && mayName(who, thing)
    return allowIf(readsCalls(who, thing.owner, operation) || hasMadeIt, 404)
  },
  // Who is not there called nothing. Organizations are no users.
  'error log reader': (who, thing, operation) => {
    if (thing.kind !== 'account' || comesAsAdministrator(who, operation)) return 'allow'
    if (thing.account === 'organization')
      return operation.id === 'listUserErrors' ? 'allow' : allowIf(looksInside(who, thing.account))
    return allowIf(roleIn(who, thing.account) === 'self')
  },
  'algorithm manager': algorithmCell((who, { owner }, operation) =>
    allowIf(manages(who, owner) || comesAsAdministrator(who, operation)),
  ),
  'algorithm manager or administrator': algorithmCell((who, { owner, isPublic }) =>
    allowIf(isPublic ? who.account === 'administrator' : manages(who, owner)),
  ),
  'algorithm caller': callCell,
  'call maker': (who, thing) => {
    if (thing.kind !== 'algorithm' || who.account !== 'user' || who.credentials === 'algorithm') return 404
    return allowIf(who.rights.allow_algo && mayName(who, thing), 404)
  },
  data: dataCell,
}

/** The right to call at all comes first, then whether it is there for the caller, then the key's list (rest-api.md 4.7). */
function callCell(who: Facts, thing: Thing, { id }: Operation): Expected {
  const { allow_algo, allow_web_algo, referer_host } = who.rights
  const isWeb = id === 'callAlgorithmFromWeb'
  if (who.credentials !== 'algorithm') {
    if (isWeb ? !allow_web_algo || referer_host !== undefined : !allow_algo) return 403
  }
  if (thing.kind !== 'algorithm') return 404
  if (!thing.isPublic && !looksInside(who, thing.owner)) return 404
  return allowIf(mayName(who, thing) && (!thing.isInner || looksInside(who, thing.owner)))
}

const mayName = ({ rights }: Facts, { acl }: Algorithm): boolean => rights.algo_acl.some((entry) => acl.includes(entry))

/** The right to the way comes first, then what is there (rest-api.md 5.4). The algorithm that asks is the user's. */
function dataCell(who: Facts, thing: Thing, { method }: Operation): Expected {
  const { credentials, rights } = who
  const isReading = method === 'GET' || method === 'HEAD'
  const isPublic = thing.kind === 'collection' && thing.readers === 'everybody'
  if (credentials === 'none' || credentials === 'session') return isReading && isPublic ? 'allow' : 401
  if (credentials === 'admin key' || !(isReading ? rights.allow_data : rights.allow_data_write)) return 403
  if (thing.kind === 'missing') return 404
  if (thing.kind === 'account') return allowIf(isReading || actsFor(who, thing.account))
  if (thing.kind !== 'collection') return 'allow'
  if (!isReading) return allowIf(actsFor(who, thing.owner))
  const isOwnersAlgorithm = credentials === 'algorithm' && thing.owner === 'user' && thing.readers === 'algorithms'
  return allowIf(isPublic || isOwnersAlgorithm || looksInside(who, thing.owner))
}
