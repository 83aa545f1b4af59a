/** Who belongs to which organization, in memory, found from either side and in the order of names. */
import type { OrganizationRole } from '../caller.ts'

export interface Memberships {
  /** Adds a member or gives one another role. */
  put(organizationId: string, userId: string, role: OrganizationRole): void
  remove(organizationId: string, userId: string): void
  /** Ends all memberships of a user, or in an organization. */
  removeAll(id: string): void
  roleOf(organizationId: string, userId: string): OrganizationRole | undefined
  /** Roles by user, in no particular order. */
  rolesIn(organizationId: string): ReadonlyMap<string, OrganizationRole>
  organizationsOf(userId: string): readonly string[]
  /** Ids of the first members whose names come after this one. */
  inOrder(organizationId: string, after: string, limit: number): readonly string[]
}

interface NamedMember {
  readonly name: string
  readonly userId: string
}

const NOBODY: ReadonlyMap<string, OrganizationRole> = new Map()

/** @param nameOf what a user is ordered by; it never changes */
export function createMemberships(nameOf: (userId: string) => string): Memberships {
  const roles = new Map<string, Map<string, OrganizationRole>>()
  // A list, since most users are in a few organizations and a set for each of them would take much more memory.
  const organizations = new Map<string, string[]>()
  // Sorted when somebody first asks, kept so from then on: a page costs the same wherever it begins.
  const sorted = new Map<string, NamedMember[]>()

  function remove(organizationId: string, userId: string): void {
    if (!roles.get(organizationId)?.delete(userId)) return
    const left = (organizations.get(userId) ?? []).filter((id) => id !== organizationId)
    if (left.length > 0) organizations.set(userId, left)
    else organizations.delete(userId)
    const members = sorted.get(organizationId) ?? []
    const place = placeAfter(members, nameOf(userId)) - 1
    if (members[place]?.userId === userId) members.splice(place, 1)
    else sorted.delete(organizationId)
  }

  function sort(organizationId: string): NamedMember[] {
    const userIds = [...(roles.get(organizationId)?.keys() ?? [])]
    const members = userIds.map((userId) => ({ name: nameOf(userId), userId }))
    members.sort((a, b) => (a.name < b.name ? -1 : 1))
    sorted.set(organizationId, members)
    return members
  }

  return {
    put(organizationId, userId, role) {
      const users = roles.get(organizationId) ?? new Map<string, OrganizationRole>()
      const isNew = !users.has(userId)
      roles.set(organizationId, users.set(userId, role))
      if (!isNew) return
      organizations.set(userId, [...(organizations.get(userId) ?? []), organizationId])
      const members = sorted.get(organizationId)
      const name = nameOf(userId)
      members?.splice(placeAfter(members, name), 0, { name, userId })
    },
    remove,
    removeAll(id) {
      for (const organizationId of organizations.get(id) ?? []) remove(organizationId, id)
      for (const userId of [...(roles.get(id)?.keys() ?? [])]) remove(id, userId)
      roles.delete(id)
      sorted.delete(id)
    },
    roleOf: (organizationId, userId) => roles.get(organizationId)?.get(userId),
    rolesIn: (organizationId) => roles.get(organizationId) ?? NOBODY,
    organizationsOf: (userId) => organizations.get(userId) ?? [],
    inOrder(organizationId, after, limit) {
      const members = sorted.get(organizationId) ?? sort(organizationId)
      const begin = placeAfter(members, after)
      return members.slice(begin, begin + limit).map(({ userId }) => userId)
    },
  }
}

/** Index of the first member whose name comes after this one. */
function placeAfter(members: readonly NamedMember[], name: string): number {
  let [low, high] = [0, members.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((members[middle]?.name ?? '') <= name) low = middle + 1
    else high = middle
  }
  return low
}
