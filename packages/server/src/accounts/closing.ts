/** Deleting users: the person is gone at once, name and e-mail address stay taken (platform.md 1.1). */
import { ApiError } from '@algorist/contract/errors.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import { deleteConnectorsOf } from '../connectors/connectors.ts'
import { deleteKeysOf } from '../keys/keys.ts'
import { leaveAll, soleOwnerships } from '../organizations/members.ts'
import { requireAdministrator } from '../permissions.ts'
import type { Services } from '../services.ts'
import { publishAccount } from './accounts.ts'
import { closeAccount } from './queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'keyRing' | 'sessions'> & {
  readonly runner: Pick<Services['runner'], 'recycle'>
}

/**
 * Deletes a user; nothing happens when there is none (rest-api.md 3.4, row 116). Keys, connectors, sessions and memberships
 * end before this returns. Algorithms stay under the name: others may call what is public, and an administrator can
 * delete them.
 *
 * @throws ApiError InvalidRequest for the last administrator and for the only owner of an organization
 */
export async function closeUser(services: Uses, caller: Caller, nameOrId: string): Promise<void> {
  requireAdministrator(caller)
  const { directory } = services
  const account = directory.byName(nameOrId) ?? directory.byId(nameOrId.toLowerCase())
  if (account?.kind !== 'user' || account.isClosed) return
  requireAnotherAdministrator(services, account)
  const closed = await services.db.transaction().execute(async (transaction) => {
    const alone = await soleOwnerships(transaction, account.id)
    if (alone.length > 0) {
      const names = alone.map((id) => directory.byId(id)?.name ?? id).join(', ')
      throw new ApiError(
        'InvalidRequest',
        `${account.name} is the only owner of ${names}; make somebody else one first`,
      )
    }
    await leaveAll(transaction, account.id)
    const keys = await deleteKeysOf(transaction, account.id)
    await deleteConnectorsOf(transaction, account.id)
    const row = await closeAccount(transaction, account.id, new Date().toISOString())
    return row && { row, keys }
  })
  if (!closed) return
  for (const key of closed.keys) services.keyRing.remove(key)
  for (const { id } of directory.organizationsOf(account.id)) directory.removeMember(id, account.id)
  publishAccount(services, closed.row)
  await services.sessions.endAll(account.id)
  await services.runner.recycle({ accountId: account.id })
}

function requireAnotherAdministrator({ directory }: Uses, account: AccountEntry): void {
  if (!account.isAdmin || directory.administrators().length > 1) return
  throw new ApiError('InvalidRequest', `${account.name} is the last administrator`)
}
