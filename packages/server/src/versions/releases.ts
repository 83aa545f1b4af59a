/** Reading of releases: a build with the version it carries, if any, and the log that goes with it. */
import type { CatalogEntry } from '../algorithms/catalog.ts'
import { logOfBuild } from '../builds/records.ts'
import type { Database } from '../db/schema.ts'
import { type ReleaseRow, readNewestRelease, readReleaseOfBuild, readReleaseOfCommit } from './queries.ts'

/** What one rendering of an algorithm is about. */
export interface Release {
  readonly row: ReleaseRow
  /** Build log; undefined where it is not to be shown, or the build has not ended. */
  readonly log?: string | undefined
}

/** The release that an algorithm is shown with: to its owner the newest build, to others the newest public version. */
export async function latestRelease(db: Database, entry: CatalogEntry, isOwn: boolean): Promise<Release | undefined> {
  if (isOwn) return withLog(db, await readNewestRelease(db, entry.id))
  const newestPublic = entry.versions.findLast(({ callability }) => callability === 'public')
  return newestPublic && withoutLog(await readReleaseOfBuild(db, newestPublic.buildId))
}

/** The release of one build, with its log. */
export async function releaseOfBuild(db: Database, buildId: string): Promise<Release | undefined> {
  return withLog(db, await readReleaseOfBuild(db, buildId))
}

/** The release of one build, without the log. */
export async function bareReleaseOfBuild(db: Database, buildId: string): Promise<Release | undefined> {
  return withoutLog(await readReleaseOfBuild(db, buildId))
}

/** The best build of a commit, with its log. */
export async function releaseOfCommit(
  db: Database,
  algorithmId: string,
  commitSha: string,
): Promise<Release | undefined> {
  return withLog(db, await readReleaseOfCommit(db, algorithmId, commitSha))
}

async function withLog(db: Database, row: ReleaseRow | undefined): Promise<Release | undefined> {
  return row && { row, log: (await logOfBuild(db, row.id)) ?? undefined }
}

function withoutLog(row: ReleaseRow | undefined): Release | undefined {
  return row && { row }
}
