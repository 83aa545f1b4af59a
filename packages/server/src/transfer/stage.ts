/**
 * Puts repositories and files of a bundle where they belong, under a placeholder that nobody sees. What a crash leaves of it is
 * removed at the next start: repositories without an algorithm, objects without a file, collections that were put aside.
 */
import type { FileHandle } from 'node:fs/promises'
import { BadGitBundle, readGitBundle } from '../git/bundle.ts'
import type { Services } from '../services.ts'
import { badBundle } from './bad-bundle.ts'
import { type BundleEntry, readBundle } from './bundle-reader.ts'
import { folderOf, parseName } from './entry-names.ts'
import { createFileStaging } from './file-staging.ts'
import { insertCollectionAside } from './import-queries.ts'
import type { Inventory } from './inventory.ts'
import type { Plan } from './plan.ts'

export type StageUses = Pick<Services, 'db' | 'repositories' | 'objects' | 'reclaimer' | 'disk' | 'config' | 'log'>

export interface Staging {
  readonly inventory: Inventory
  readonly plan: Plan
  /** Account that holds what is put aside. */
  readonly placeholderId: string
}

/** @throws ApiError for what is wrong with the bundle, and what the storage says */
export async function stage(uses: StageUses, file: FileHandle, staging: Staging): Promise<void> {
  const { inventory, plan, placeholderId } = staging
  const algorithmIds = new Map(inventory.algorithms.map(({ name, id }) => [name, plan.idOf(id)]))
  const collectionIds = new Map<string, string>()
  for (const { id, acl, ...named } of inventory.collections) {
    const collectionId = plan.idOf(id)
    collectionIds.set(folderOf({ algorithm: undefined, ...named }), collectionId)
    await insertCollectionAside(uses.db, { id: collectionId, ownerId: placeholderId, acl })
  }
  const files = createFileStaging(uses)
  try {
    for await (const entry of readBundle(file)) {
      const named = parseName(entry.name)
      uses.disk.requireRoom()
      if (named?.kind === 'repository') {
        await stageRepository(uses, entry, { id: required(algorithmIds, named.algorithm), ownerId: placeholderId })
      } else if (named?.kind === 'file') {
        await files.add(entry, { collection_id: required(collectionIds, named.folder), name: named.name })
      }
    }
    await files.finish()
  } catch (error) {
    await files.discard()
    throw error
  }
}

/** Removes what was staged; what cannot be removed now is left to the next start. */
export async function unstage(
  { repositories, reclaimer, log }: StageUses,
  { inventory, plan, placeholderId }: Staging,
): Promise<void> {
  try {
    for (const { id } of inventory.algorithms) await repositories.remove(plan.idOf(id))
    for (const { id } of inventory.collections) await reclaimer.retire({ id: plan.idOf(id), owner_id: placeholderId })
  } catch (err) {
    log.warn({ err }, 'something of an import that failed is left; the next start removes it')
  }
}

/** The bundle may have been changed since it was checked. */
function required(ids: ReadonlyMap<string, string>, key: string): string {
  const id = ids.get(key)
  if (id === undefined) throw badBundle('it was changed while it was read')
  return id
}

async function stageRepository(
  { repositories, config }: StageUses,
  { name, body }: BundleEntry,
  repository: { readonly id: string; readonly ownerId: string },
): Promise<void> {
  try {
    await readGitBundle(repositories, repository, body, { timeoutMs: config.git.timeoutMs })
  } catch (error) {
    throw error instanceof BadGitBundle ? badBundle(`${name}: ${error.message}`) : error
  }
}
