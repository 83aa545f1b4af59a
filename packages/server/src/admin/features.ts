/** Feature flags: of the server, and of single accounts, which win (rest-api.md 3.10, rows 14 and 15). */
import { ApiError } from '@algorist/contract/errors.ts'
import { findUser } from '../accounts/accounts.ts'
import type { Services } from '../services.ts'
import { selectFeatures, upsertFeature } from './queries.ts'

type Uses = Pick<Services, 'db' | 'directory'>

/** Every flag there is, with what it is until somebody sets it (platform.md 5.4, 8.1). */
const FLAGS = { 'algorithm-errors': false, 'dark-theme-enabled': false } as const

export interface Feature {
  readonly name: string
  readonly enabled: boolean
}

/** The flags as they are for a user, or for the server without one. @throws ApiError UserNotFound */
export async function listFeatures({ db, directory }: Uses, username: string | undefined): Promise<Feature[]> {
  const own = username === undefined ? new Map() : await selectFeatures(db, findUser(directory, username).id)
  const common = await selectFeatures(db, '')
  return Object.entries(FLAGS).map(([name, byDefault]) => ({
    name,
    enabled: own.get(name) ?? common.get(name) ?? byDefault,
  }))
}

/** A flag as it is for an account. */
export async function isFeatureOn(
  { db }: Pick<Uses, 'db'>,
  name: keyof typeof FLAGS,
  accountId: string,
): Promise<boolean> {
  const own = await selectFeatures(db, accountId)
  return own.get(name) ?? (await selectFeatures(db, '')).get(name) ?? FLAGS[name]
}

/** @throws ApiError UserNotFound, ConfigEntryNotFound for a flag that does not exist */
export async function setFeature(
  { db, directory }: Uses,
  name: string,
  { username, enabled }: { readonly username: string | undefined; readonly enabled: boolean },
): Promise<void> {
  const accountId = username === undefined ? '' : findUser(directory, username).id
  if (!Object.hasOwn(FLAGS, name)) {
    const known = Object.keys(FLAGS).join(', ')
    throw new ApiError('ConfigEntryNotFound', `There is no feature '${name}'; there are ${known}`)
  }
  await upsertFeature(db, { name, accountId, isEnabled: enabled })
}
