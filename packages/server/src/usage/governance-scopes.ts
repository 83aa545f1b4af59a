/**
 * The four levels of governance reports (platform.md 5.3): whose calls each is about, and what its lines can be. Calls to
 * algorithms of organizations count; those to algorithms of persons where they are asked for.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import { type AccountEntry, type Caller, isPerson } from '../caller.ts'
import type { SumKind } from '../db/usage-tables.ts'
import { administers, denied, isSelf } from '../permissions.ts'
import type { Services } from '../services.ts'
import type { Owners, Source } from './read-queries.ts'

/** What a line is about. */
export type Group = 'algorithm' | 'user' | 'organization'

export interface Scope {
  /** The first is the usual one. */
  readonly groups: readonly Group[]
  /** Of the lines; undefined where they cannot be read from an index (callers' organizations of an algorithm). */
  sources(group: Group): readonly Source[] | undefined
  readonly series: readonly Omit<Source, 'key'>[]
  /** Account whose hosted data belongs to the totals; all those that a line can be about at the level of the cluster. */
  readonly dataOf: string | 'owners'
  readonly ownerKinds: readonly OwnerKind[]
}

type OwnerKind = 'organization' | 'user'

const kindsOf = (includesPersonal: boolean): OwnerKind[] =>
  includesPersonal ? ['organization', 'user'] : ['organization']

const sums = (kind: SumKind, scope_id: string): Source => ({
  table: 'usage_sums',
  key: ['item_id'],
  fixed: { kind, scope_id },
})

export function clusterScope(includesPersonal: boolean): Scope {
  const kinds = kindsOf(includesPersonal)
  const of = (kind: SumKind) => kinds.map((owner) => sums(kind, owner))
  const kindOf = { algorithm: 'algorithm', user: 'caller', organization: 'owner' } as const
  return {
    groups: ['algorithm', 'user', 'organization'],
    sources: (group) => of(kindOf[group]),
    series: of('total'),
    dataOf: 'owners',
    ownerKinds: kinds,
  }
}

export function organizationScope({ id }: AccountEntry): Scope {
  return {
    groups: ['algorithm', 'user'],
    sources: (group) => [sums(group === 'user' ? 'owner-caller' : 'owner-algorithm', id)],
    series: [{ table: 'usage_sums', fixed: { kind: 'owner', scope_id: 'organization', item_id: id } }],
    dataOf: id,
    ownerKinds: ['organization'],
  }
}

/** @param owners whose algorithms count; undefined: everybody's */
export function accountScope({ id }: AccountEntry, owners: Owners | undefined): Scope {
  const byOwner = { ...sums('caller-owner', id), owners }
  const byAlgorithm: Source = { table: 'usage_days', key: ['algorithm_id'], fixed: { caller_id: id }, owners }
  return {
    groups: ['algorithm', 'organization'],
    sources: (group) => [group === 'organization' ? byOwner : byAlgorithm],
    series: [byOwner],
    dataOf: id,
    ownerKinds: ['organization', 'user'],
  }
}

/** Who asks for one algorithm is told of all of its calls, whoever owns it. */
export function algorithmScope(algorithmId: string): Scope {
  const byCaller: Source = {
    table: 'usage_days',
    key: ['caller_id'],
    fixed: { algorithm_id: algorithmId },
    isByKey: true,
  }
  return {
    groups: ['user', 'organization'],
    sources: (group) => (group === 'user' ? [byCaller] : undefined),
    series: [{ table: 'usage_sums', fixed: { kind: 'version', scope_id: algorithmId } }],
    dataOf: '',
    ownerKinds: ['organization', 'user'],
  }
}

type Uses = Pick<Services, 'directory'>

/**
 * The user that a report is about, for that user, administrators, and owners of an organization it belongs to.
 * @returns the owners whose algorithms the caller is told of; undefined: all
 * @throws ApiError NotAuthorized, UserNotFound for administrators alone, so that nobody can ask for names
 */
export function findReportedUser(
  { directory }: Uses,
  caller: Caller,
  nameOrId: string,
): { readonly user: AccountEntry; readonly ownerIds: readonly string[] | undefined } {
  const found = directory.byName(nameOrId) ?? directory.byId(nameOrId.toLowerCase())
  const user = found?.kind === 'user' && !found.isClosed ? found : undefined
  const isAllowed = administers(caller, 'see')
  if (found && isSelf(caller, found.id)) return { user: found, ownerIds: undefined }
  if (user && isAllowed) return { user, ownerIds: undefined }
  if (isAllowed) throw new ApiError('UserNotFound')
  const owned = user ? commonOrganizations({ directory }, caller, user) : []
  if (!user || owned.length === 0) throw denied()
  return { user, ownerIds: owned }
}

/** Those that the caller owns and the user belongs to. */
function commonOrganizations({ directory }: Uses, caller: Caller, user: AccountEntry): string[] {
  if (!isPerson(caller)) return []
  const { id } = caller.account
  return directory
    .organizationsOf(user.id)
    .map((organization) => organization.id)
    .filter((organizationId) => directory.roleOf(organizationId, id) === 'owner')
}
