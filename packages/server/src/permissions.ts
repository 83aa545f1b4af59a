/**
 * Who may do what: the whole policy, decided from memory alone. The contract has it as data: `who` of an operation says
 * which credentials may use it (`admits`), `on` what the caller must be to the object (all the rest; OBJECT_RULES has the
 * words). Features find objects, ask here and refuse with `denied`. What a key lets its holder call is looked at where a call
 * is read (calls/call-handler.ts, web.ts, resolve.ts). docs/permissions.md shows what comes of it all.
 */
import { ApiError, ERRORS } from '@algorist/contract/errors.ts'
import type { Operation, Who } from '@algorist/contract/operation.ts'
import type { AccountDirectory } from './accounts/directory.ts'
import type { CatalogEntry } from './algorithms/catalog.ts'
import { type AccountEntry, administratorOf, type Caller, isAdministrator, isPerson, isViewer } from './caller.ts'
import type { CollectionAcl } from './db/hosted-tables.ts'

/** What is done to an object: secrets are revealed to their owners, and to no administrator. */
export type Act = 'see' | 'change' | 'reveal'

type Roles = Pick<AccountDirectory, 'roleOf' | 'mayActFor' | 'mayCallFor'>

/** A refusal. The reason is told to those who may know of the object (design.md 7). */
export function denied(reason?: string): ApiError {
  const { message } = ERRORS.NotAuthorized
  return new ApiError('NotAuthorized', reason === undefined ? message : `${message}: ${reason}`)
}

// Credentials

/** May these credentials use the operation at all? Viewers may where administrators read. */
export function admits({ who, method }: Operation, caller: Caller): boolean {
  return who.some((kind) => isOfKind(caller, kind, method === 'GET' ? 'see' : 'change'))
}

function isOfKind(caller: Caller, kind: Who, act: Act): boolean {
  switch (kind) {
    case 'public':
      return true
    case 'key':
      return caller.kind === 'key' && caller.login !== 'session'
    case 'management':
      return caller.kind === 'key' && caller.login !== 'session' && caller.rights.allowAlgoManagement
    case 'admin':
      return administers(caller, act)
    case 'cookie':
      return isPerson(caller)
    case 'algorithm':
      return caller.kind === 'algorithm'
    default:
      return false
  }
}

const CREDENTIALS: Readonly<Record<Who, string>> = {
  public: 'nothing',
  key: 'an API key',
  management: 'an API key with allow_algo_management',
  cookie: 'somebody who signed in',
  admin: 'an administrator with an admin key, or signed in',
  webhook: 'the signature of the source host',
  algorithm: 'a running algorithm',
}

/** Why {@link admits} says no; a fact about the operation that its reference tells everybody. */
export function needed({ who }: Operation): string {
  return `it needs ${who.map((kind) => CREDENTIALS[kind]).join(' or ')}`
}

// Accounts and organizations

/** Administrators, and for looking alone viewers (platform.md 1.3). */
export function administers(caller: Caller, act: Act): boolean {
  return (act !== 'reveal' && isAdministrator(caller)) || (act === 'see' && isViewer(caller))
}

/** Who changes what belongs to the server. @throws ApiError NotAuthorized */
export function requireAdministrator(caller: Caller): AccountEntry {
  const account = administratorOf(caller)
  if (!account) throw denied()
  return account
}

/** The account itself, by a key or signed in. */
export function isSelf(caller: Caller, accountId: string): boolean {
  return caller.kind === 'key' && caller.account.id === accountId
}

/** Everybody with a role in it, and its own keys. */
export function belongsTo(roles: Roles, caller: Caller, organizationId: string): boolean {
  return caller.kind === 'key' && roles.mayCallFor(caller.account.id, organizationId)
}

/** Owners who signed in: a key manages no organization. */
export function ownsOrganization(roles: Roles, caller: Caller, organizationId: string): boolean {
  return isPerson(caller) && roles.roleOf(organizationId, caller.account.id) === 'owner'
}

// Algorithms

/** True once a version can be called by everybody; until then an algorithm is its owner's alone. */
export function isPublic(entry: CatalogEntry): boolean {
  return entry.versions.some(({ callability }) => callability === 'public')
}

/** The owner itself, or an owner or member of the organization that owns it. An admin key is neither. */
export function isOwn(roles: Roles, caller: Caller, ownerId: string): boolean {
  return (caller.kind === 'key' || caller.kind === 'algorithm') && roles.mayActFor(caller.account.id, ownerId)
}

/** Sees private versions, builds and settings: as {@link isOwn}, and executors (platform.md 1.3). */
export function looksInside(roles: Roles, caller: Caller, ownerId: string): boolean {
  return (caller.kind === 'key' || caller.kind === 'algorithm') && roles.mayCallFor(caller.account.id, ownerId)
}

/** May read about it (rest-api.md 3.2, row 41). */
export function isVisible(roles: Roles, caller: Caller, entry: CatalogEntry): boolean {
  return isPublic(entry) || looksInside(roles, caller, entry.ownerId)
}

/** Source that is open may be read by every account (runtime.md 1.4). */
export function mayReadSource(roles: Roles, caller: Caller, entry: CatalogEntry): boolean {
  return entry.settings.sourceVisibility === 'open' || isOwn(roles, caller, entry.ownerId)
}

/** Build logs quote the source and what it depends on: the management right opens them (rest-api.md 1.3). */
export function mayReadBuildLogs(roles: Roles, caller: Caller, ownerId: string): boolean {
  return hasManagementRight(caller) && looksInside(roles, caller, ownerId)
}

/** Calls tell what others sent and what came of it: for those who manage the algorithm, and administrators. */
export function mayReadCalls(roles: Roles, caller: Caller, ownerId: string): boolean {
  return mayManage(roles, caller, ownerId) || administers(caller, 'see')
}

/** Creates, changes, builds, publishes and deletes what `ownerId` owns. */
export function mayManage(roles: Roles, caller: Caller, ownerId: string): boolean {
  return hasManagementRight(caller) && isOwn(roles, caller, ownerId)
}

export function hasManagementRight(caller: Caller): boolean {
  return caller.kind === 'key' && caller.rights.allowAlgoManagement
}

/** Deletes what is public: that belongs to nobody alone (rest-api.md 3.2, row 43). */
export function mayDeletePublic(caller: Caller): boolean {
  return hasManagementRight(caller) && caller.kind === 'key' && caller.account.isAdmin
}

/**
 * Calls versions and builds that are not public: whoever looks inside, and an algorithm of the same owner for whoever called
 * it (runtime.md 7, row U). Public versions are everybody's.
 */
export function mayCallPrivate(roles: Roles, caller: Caller, ownerId: string): boolean {
  return (
    looksInside(roles, caller, ownerId) || (caller.kind === 'algorithm' && caller.call.algorithmOwnerId === ownerId)
  )
}

// Data

/** May read data at all: a key with the right, and a running algorithm as its call may. */
export function mayReadData(caller: Caller): boolean {
  return (
    (caller.kind === 'key' && caller.rights.allowData) || (caller.kind === 'algorithm' && caller.call.rights.dataRead)
  )
}

/** May change data at all. */
export function mayWriteData(caller: Caller): boolean {
  return (
    (caller.kind === 'key' && caller.rights.allowDataWrite) ||
    (caller.kind === 'algorithm' && caller.call.rights.dataWrite)
  )
}

/** The owner, everybody in the organization that owns it, and algorithms that one of them called (rest-api.md 5.4). */
export function readsDataOf(roles: Roles, caller: Caller, ownerId: string): boolean {
  return (caller.kind === 'key' || caller.kind === 'algorithm') && roles.mayCallFor(caller.account.id, ownerId)
}

/** The same without those who only call what an organization owns (platform.md 1.3). */
export function changesDataOf(roles: Roles, caller: Caller, ownerId: string): boolean {
  return isOwn(roles, caller, ownerId)
}

/** Access lists with which a collection of `ownerId` can be read (rest-api.md 5.4; runtime.md 4.5). */
export function readableAcls(roles: Roles, caller: Caller, ownerId: string): readonly CollectionAcl[] {
  if (readsDataOf(roles, caller, ownerId)) return ['private', 'my_algorithms', 'public']
  // Whoever called it: an algorithm reads what its owner opened to algorithms.
  const isOwnersAlgorithm = caller.kind === 'algorithm' && caller.call.algorithmOwnerId === ownerId
  return isOwnersAlgorithm ? ['my_algorithms', 'public'] : ['public']
}

/** Runs of an algorithm alone write what is kept for it and its caller (runtime.md 4.5). */
export function isRunOf(caller: Caller, algorithmId: string): boolean {
  return caller.kind === 'algorithm' && caller.call.algorithmId === algorithmId
}
