/** Which environments new algorithms may use: all, but those that an administrator turned off (rest-api.md X17 to X19). */
import type { Language } from '@algorist/runner/languages.ts'
import type { Services } from '../services.ts'
import { bySpecification } from './environments.ts'
import { deleteDisabled, insertDisabled, selectDisabled } from './queries.ts'

type Uses = Pick<Services, 'db' | 'languages'>

/** Every language with its environments that are not turned off. */
export async function enabledLanguages({ db, languages }: Uses): Promise<Language[]> {
  const disabled = new Set(await selectDisabled(db))
  return languages.map((language) => ({
    ...language,
    environments: language.environments.filter(({ specification_id }) => !disabled.has(specification_id)),
  }))
}

/** @throws ApiError PathNotFound for a specification that this server does not have */
export async function enableEnvironment({ db, languages }: Uses, specificationId: string): Promise<void> {
  bySpecification(languages, specificationId)
  await deleteDisabled(db, specificationId.toLowerCase())
}

/** Algorithms that use it are built and called as before. @throws ApiError PathNotFound */
export async function disableEnvironment({ db, languages }: Uses, specificationId: string): Promise<void> {
  bySpecification(languages, specificationId)
  await insertDisabled(db, specificationId.toLowerCase())
}
