/**
 * A version that was imported and could not be built stays as it is, with the log that says why. Once the cause is gone (a
 * registry that did not answer, too little memory) its build is begun again.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import { formatVersion } from '@algorist/contract/version.ts'
import type { BuildRow } from '../builds/records.ts'
import type { Services } from '../services.ts'
import { resetBuild, selectFailedVersions } from './import-queries.ts'

type Uses = Pick<Services, 'db' | 'directory'> & { readonly builds: Pick<Services['builds'], 'start'> }

/** @returns the builds that have begun @throws ApiError UserNotFound */
export async function rebuildFailed(
  { db, directory, builds }: Uses,
  ownerName: string,
): Promise<(BuildRow & { readonly algorithm: string; readonly version: string })[]> {
  const owner = directory.byName(ownerName)
  if (!owner || owner.isClosed) throw new ApiError('UserNotFound', `There is no user or organization ${ownerName}`)
  const rows = await db.transaction().execute(async (transaction) => {
    const failed = await selectFailedVersions(transaction, owner.id)
    const reset = await Promise.all(failed.map(({ id }) => resetBuild(transaction, id)))
    return failed.filter((_, index) => reset[index])
  })
  for (const row of rows) builds.start({ ...row, status: 'in-progress', finished_at: null })
  return rows.map((row) => ({ ...row, version: formatVersion(row) }))
}
