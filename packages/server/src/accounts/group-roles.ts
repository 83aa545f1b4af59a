/** Which groups of an identity provider give which role in which organization (platform.md 1.2), in memory. */
import type { AccountEntry, OrganizationRole } from '../caller.ts'

const RANKS: Readonly<Record<OrganizationRole, number>> = { executor: 1, member: 2, owner: 3 }

/** The one that may do more. */
export function higherRole<A extends OrganizationRole | null | undefined>(a: A, b: A): A {
  return (a ? RANKS[a] : 0) >= (b ? RANKS[b] : 0) ? a : b
}

const MEMBERS: readonly [string, OrganizationRole][] = [
  ['external_admin_group', 'owner'],
  ['external_member_group', 'member'],
  ['external_executor_group', 'executor'],
]

/** Roles by group, from the stored profile of an organization; undefined when no group gives any. */
export function groupRolesOf(profile: string | null): ReadonlyMap<string, OrganizationRole> | undefined {
  if (profile === null) return undefined
  const stored = JSON.parse(profile) as { readonly [member: string]: unknown }
  const roles = new Map<string, OrganizationRole>()
  for (const [member, role] of MEMBERS) {
    for (const group of groupsIn(stored[member])) roles.set(group, higherRole(roles.get(group), role) ?? role)
  }
  return roles.size > 0 ? roles : undefined
}

/** Clients send a list, or a text with commas. */
function groupsIn(value: unknown): string[] {
  const groups = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : []
  return groups.flatMap((group) => (typeof group === 'string' && group.trim() !== '' ? [group.trim()] : []))
}

export interface GroupRoles {
  /** Takes what an organization says now in place of what it said before. */
  put(before: AccountEntry | undefined, now: AccountEntry | undefined): void
  /** Role by organization of somebody in these groups. */
  rolesOf(groups: Iterable<string>): Map<string, OrganizationRole>
}

export function createGroupRoles(): GroupRoles {
  const organizations = new Map<string, Map<string, OrganizationRole>>()

  function remove({ id, groupRoles }: AccountEntry): void {
    for (const group of groupRoles?.keys() ?? []) {
      const roles = organizations.get(group)
      roles?.delete(id)
      if (roles?.size === 0) organizations.delete(group)
    }
  }

  function add({ id, groupRoles, isClosed }: AccountEntry): void {
    for (const [group, role] of isClosed ? [] : (groupRoles ?? [])) {
      const roles = organizations.get(group) ?? new Map<string, OrganizationRole>()
      organizations.set(group, roles.set(id, role))
    }
  }

  return {
    put(before, now) {
      if (before) remove(before)
      if (now) add(now)
    },
    rolesOf(groups) {
      const found = new Map<string, OrganizationRole>()
      for (const group of groups) {
        for (const [id, role] of organizations.get(group) ?? []) found.set(id, higherRole(found.get(id), role) ?? role)
      }
      return found
    },
  }
}
