/**
 * The folders between a family and the groups in it: one for each account. The kernel shares the processor among accounts
 * first and among the groups of one then, so who has many workers takes nothing from who has few. Owns how long they are
 * kept; whoever makes the first group in one makes it.
 */
import { tryRemove } from './family.ts'

export interface AccountFolders {
  /** A group of the account was made. */
  enter(account: string | null): void
  /** One that had entered is removed. */
  leave(account: string | null): void
}

/** Name of an account's folder below the family's. Empty without one: its groups are in the family's own. */
export function accountFolder(account: string | null): string {
  return account === null ? '' : `account-${account}`
}

/** @param foldersOf the paths that the folder of this name has */
export function createAccountFolders(foldersOf: (name: string) => readonly string[]): AccountFolders {
  const groups = new Map<string, number>()

  return {
    enter(account) {
      if (account !== null) groups.set(account, (groups.get(account) ?? 0) + 1)
    },
    leave(account) {
      if (account === null) return
      const left = (groups.get(account) ?? 1) - 1
      if (left > 0) {
        groups.set(account, left)
        return
      }
      groups.delete(account)
      for (const folder of foldersOf(accountFolder(account))) tryRemove(folder)
    },
  }
}
