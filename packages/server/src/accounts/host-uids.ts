/** Under which user ids of the host the accounts' files and processes are. */
import type { AccountDirectory } from './directory.ts'

/**
 * Tells an account's user id by the account's id. Undefined is the server's own: for an account that is gone, and for all
 * where the server cannot switch.
 *
 * @param uidBase what the setting for it says; null when there is none
 */
export function createHostUids(
  directory: Pick<AccountDirectory, 'byId'>,
  uidBase: number | null,
): (accountId: string) => number | undefined {
  return (accountId) => {
    const account = directory.byId(accountId)
    return uidBase === null || !account ? undefined : uidBase + account.hostUid
  }
}
