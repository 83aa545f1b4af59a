/** How reports name what they are about, also what is deleted by now. */
import type { Services } from '../services.ts'
import { type Line, selectAlgorithmNames } from './read-queries.ts'

export interface Names {
  /** Of an account; its id where nothing is known of it any more. */
  account(id: string): string
  algorithm(id: string): AlgorithmName
}

export interface AlgorithmName {
  readonly name: string
  readonly owner: string
}

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'>

/** @param algorithmIds all that will be asked for */
export async function readNames({ db, directory, catalog }: Uses, algorithmIds: Iterable<string>): Promise<Names> {
  const account = (id: string) => directory.byId(id)?.name ?? id
  const deleted = [...new Set(algorithmIds)].filter((id) => !catalog.byId(id))
  const kept = await selectAlgorithmNames(db, deleted)
  return {
    account,
    algorithm(id) {
      const entry = catalog.byId(id)
      if (entry) return { name: entry.name, owner: account(entry.ownerId) }
      const row = kept.get(id)
      return row ? { name: row.name, owner: account(row.owner_id) } : { name: id, owner: '' }
    },
  }
}

/** One part of the keys of lines. */
export const partOf = (lines: readonly Line[], index: number): string[] => lines.map(({ key }) => key[index] ?? '')
