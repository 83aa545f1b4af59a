/**
 * Roles in organizations that follow the groups of an identity provider (platform.md 1.5). Groups raise what people
 * gave by hand and take back only what groups gave.
 */
import { higherRole } from '../accounts/group-roles.ts'
import type { OrganizationRole } from '../caller.ts'
import { deleteKeysOfMember } from '../keys/organization-keys.ts'
import type { Services } from '../services.ts'
import { advanceGroups, type HeldRole, putGroupRole, selectRolesOf } from './group-queries.ts'
import { deleteMember, lockOrganization, selectOwnerIds } from './queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'keyRing' | 'log'>

export interface GroupsOfUser {
  readonly userId: string
  /** All groups that the user is in. */
  readonly groups: readonly string[]
  /** When the provider said so, ISO; older news than what is known change nothing. */
  readonly asOf: string
}

interface Change {
  readonly organizationId: string
  /** Undefined: none any more. */
  readonly role: OrganizationRole | undefined
}

interface Made extends Change {
  /** Keys that went with the role. */
  readonly keys: Awaited<ReturnType<typeof deleteKeysOfMember>>
}

/** Gives and takes roles, so that they are what the groups say. The last owner of an organization stays. */
export async function syncGroups(services: Uses, { userId, groups, asOf }: GroupsOfUser): Promise<void> {
  const { db, directory, keyRing } = services
  const given = directory.rolesOfGroups(groups)
  const changes = await db.transaction().execute(async (transaction) => {
    const wanted = changesOf(await selectRolesOf(transaction, userId), given)
    // In an order, so that two who hold several do not wait for each other; organizations before users, as elsewhere.
    const held: string[] = []
    for (const { organizationId } of wanted.toSorted(byId)) {
      if (await lockOrganization(transaction, organizationId)) held.push(organizationId)
    }
    if (!(await advanceGroups(transaction, userId, asOf))) return []
    const now = changesOf(await selectRolesOf(transaction, userId), given)
    const possible = now.filter(({ organizationId }) => held.includes(organizationId))
    const made: Made[] = []
    for (const change of possible) made.push(...(await apply({ ...services, db: transaction }, userId, change)))
    return made
  })
  for (const { keys, organizationId, role } of changes) {
    for (const key of keys) keyRing.remove(key)
    if (role) directory.putMember(organizationId, userId, role)
    else directory.removeMember(organizationId, userId)
  }
}

function byId(a: Change, b: Change): number {
  return a.organizationId < b.organizationId ? -1 : 1
}

/** What has to change, for what somebody has and what groups give. */
function changesOf(has: readonly HeldRole[], given: ReadonlyMap<string, OrganizationRole>): Change[] {
  const roles = new Map(has.map((held) => [held.organizationId, held]))
  return [...new Set([...roles.keys(), ...given.keys()])].flatMap((organizationId) => {
    const held = roles.get(organizationId)
    const role = higherRole(held?.manualRole ?? undefined, given.get(organizationId))
    return role === held?.role ? [] : [{ organizationId, role }]
  })
}

/** Makes nothing when nobody else could manage the organization. */
async function apply(
  { db, directory, log }: Pick<Uses, 'db' | 'directory' | 'log'>,
  userId: string,
  { organizationId, role }: Change,
): Promise<Made[]> {
  const member = { organizationId, userId }
  const owners = role === 'owner' ? [] : await selectOwnerIds(db, organizationId)
  if (owners.length === 1 && owners[0] === userId) {
    const organization = directory.byId(organizationId)?.name
    log.warn({ organization, userId }, 'the last owner is no longer in a group of owners, and stays')
    return []
  }
  if (role) await putGroupRole(db, { ...member, role })
  else await deleteMember(db, member)
  // Such a key does all that the organization may, which is for its members.
  const keys = role === 'owner' || role === 'member' ? [] : await deleteKeysOfMember(db, member)
  return [{ organizationId, role, keys }]
}
