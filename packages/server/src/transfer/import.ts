/**
 * Imports a bundle (docs/moving.md): reads all of it once to check it, again to put repositories and files aside, and makes
 * everything visible in one transaction. Until then, and when it fails, nobody sees anything of it.
 */
import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { ApiError } from '@algorist/contract/errors.ts'
import { addAccount, newAccountRow, publishAccount } from '../accounts/accounts.ts'
import type { BuildRow } from '../builds/records.ts'
import { isUniqueViolation, uniqueViolation } from '../db/violations.ts'
import type { Services } from '../services.ts'
import { type Appeared, appear } from './appear.ts'
import { openBundle } from './bundle-reader.ts'
import { deleteAccount, hasAccount } from './import-queries.ts'
import { type Inventory, takeInventory } from './inventory.ts'
import { type Plan, type PlanUses, planImport } from './plan.ts'
import { type StageUses, type Staging, stage, unstage } from './stage.ts'

export type ImportUses = PlanUses &
  StageUses &
  Pick<Services, 'keyRing' | 'catalog' | 'disk'> & { readonly builds: Pick<Services['builds'], 'start'> }

export interface ImportOptions {
  /** Absolute. */
  readonly path: string
  /** Name of the account here, where it is to be another one. */
  readonly as: string | undefined
  /** Who imports: becomes owner of an organization of which no owner is here. */
  readonly operatorId: string
}

export interface Imported {
  readonly inventory: Inventory
  readonly plan: Plan
  readonly appeared: Appeared
}

/** Two of the same bundle at a time would put their parts into the same places. */
const importing = new WeakSet<Services['db']>()

/**
 * The builds have begun when this resolves.
 *
 * @throws ApiError InvalidRequest, InputValidationError for what is wrong with the bundle or in its way;
 *   InsufficientStorage, StorageFailed
 */
export async function importOwner(services: ImportUses, options: ImportOptions): Promise<Imported> {
  if (importing.has(services.db))
    throw new ApiError('InvalidRequest', 'Another import is going on; wait until it is done')
  services.disk.requireRoom()
  importing.add(services.db)
  const file = await openBundle(options.path).catch((error: unknown) => {
    importing.delete(services.db)
    throw error
  })
  try {
    return await importFrom(services, file, options)
  } finally {
    importing.delete(services.db)
    await file.close()
  }
}

async function importFrom(
  services: ImportUses,
  file: FileHandle,
  { as, operatorId }: ImportOptions,
): Promise<Imported> {
  const inventory = await takeInventory(file)
  const plan = await planImport(services, inventory, as)
  const placeholder = await addPlaceholder(services)
  const staging: Staging = { inventory, plan, placeholderId: placeholder.id }
  try {
    await stage(services, file, staging)
    const appeared = await appear(services, { inventory, plan, placeholder, operatorId })
    await publish(services, placeholder.id, appeared)
    return { inventory, plan, appeared }
  } catch (error) {
    await giveUp(services, staging)
    throw inWords(error, plan)
  }
}

/**
 * A closed account with a name that nobody can have: it has the host uid that repositories are made under. One that a crash
 * leaves stays, as rows of deleted accounts do.
 */
function addPlaceholder(services: ImportUses) {
  const name = `import:${randomUUID()}`
  const closed = { email: name, deleted_at: new Date().toISOString() }
  return addAccount(services, newAccountRow({ kind: 'user', name, ...closed }))
}

/** Lets the server know what is in the database already. */
async function publish(services: ImportUses, placeholderId: string, appeared: Appeared): Promise<void> {
  const { account, members, keys, algorithms } = appeared
  services.directory.remove(placeholderId)
  publishAccount(services, account)
  for (const { userId, role } of members) services.directory.putMember(account.id, userId, role)
  for (const { algorithm } of algorithms) await services.catalog.refresh(algorithm.id)
  for (const key of keys) services.keyRing.put(key)
  for (const { builds } of algorithms) for (const build of builds) services.builds.start(build as BuildRow)
}

/** Unless the transaction was committed all the same: its connection may have broken at its end. */
async function giveUp(services: ImportUses, staging: Staging): Promise<void> {
  const { db, directory, log } = services
  const accountId = staging.plan.idOf(staging.inventory.account.id)
  try {
    if (await hasAccount(db, accountId)) return
    await unstage(services, staging)
    await deleteAccount(db, staging.placeholderId)
    directory.remove(staging.placeholderId)
  } catch (err) {
    log.warn({ err }, 'something of an import that failed is left; the next start removes it')
  }
}

/** Somebody may have taken a name or a key since they were looked up. */
function inWords(error: unknown, { name }: Plan): unknown {
  if (isUniqueViolation(error, 'accounts.name_lower')) {
    return new ApiError('InvalidRequest', `The name ${name} was taken just now; give another with --as NAME`)
  }
  const columns = uniqueViolation(error)
  return columns === undefined
    ? error
    : new ApiError('InvalidRequest', `Something of the bundle was taken just now (${columns}); try again`)
}
