/** Reading of releases: a build with the version it carries, if any, and the log that goes with it. */

import type { AccountDirectory } from '../accounts/directory.ts'
import type { CatalogEntry } from '../algorithms/catalog.ts'
import { logOfBuild } from '../builds/records.ts'
import type { Caller } from '../caller.ts'
import type { Database } from '../db/schema.ts'
import { looksInside, mayReadBuildLogs } from '../permissions.ts'
import {
  type ReleaseRow,
  readNewestRelease,
  readReleaseOfBuild,
  readReleaseOfCommit,
  readReleaseOfVersion,
  type VersionReference,
} from './queries.ts'

/** What one rendering of an algorithm is about. */
export interface Release {
  readonly row: ReleaseRow
  /** Build log; undefined where it is not to be shown, or the build has not ended. */
  readonly log?: string | undefined
}

/** How much of an algorithm somebody is shown. */
export interface Shows {
  /** Unpublished builds and private versions as well. */
  readonly everyRelease: boolean
  readonly logs: boolean
}

export const EVERYTHING: Shows = { everyRelease: true, logs: true }

export function showsTo(directory: AccountDirectory, caller: Caller, ownerId: string): Shows {
  return {
    everyRelease: looksInside(directory, caller, ownerId),
    logs: mayReadBuildLogs(directory, caller, ownerId),
  }
}

/** The release that an algorithm is shown with: from inside the newest build, to others the newest public version. */
export async function latestRelease(db: Database, entry: CatalogEntry, shows: Shows): Promise<Release | undefined> {
  if (shows.everyRelease) return withLogIf(shows.logs, db, await readNewestRelease(db, entry.id))
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

/** The best build of a commit. */
export async function releaseOfCommit(
  db: Database,
  { algorithmId, commitSha, logs }: { algorithmId: string; commitSha: string; logs: boolean },
): Promise<Release | undefined> {
  return withLogIf(logs, db, await readReleaseOfCommit(db, algorithmId, commitSha))
}

/** The release of a version that has no successful build. */
export async function releaseOfUnbuilt(
  db: Database,
  { algorithmId, version, logs }: { algorithmId: string; version: VersionReference; logs: boolean },
): Promise<Release | undefined> {
  return withLogIf(logs, db, await readReleaseOfVersion(db, algorithmId, version))
}

async function withLog(db: Database, row: ReleaseRow | undefined): Promise<Release | undefined> {
  return row && { row, log: (await logOfBuild(db, row.id)) ?? undefined }
}

function withLogIf(isShown: boolean, db: Database, row: ReleaseRow | undefined): Promise<Release | undefined> {
  return isShown ? withLog(db, row) : Promise.resolve(withoutLog(row))
}

function withoutLog(row: ReleaseRow | undefined): Release | undefined {
  return row && { row }
}
