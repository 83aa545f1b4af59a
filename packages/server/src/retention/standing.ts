/**
 * Which builds are needed. Walks through all of them, of each algorithm the newest first, and says how each stands among
 * the others; what that means for its files, its log and its record is decided here and nowhere else.
 */
import type { Database } from '../db/schema.ts'
import { type KeptBuild, readBuildsAfter } from './build-queries.ts'

const STRIDE = 500

export interface Standing {
  readonly build: KeptBuild
  /** 1 for the newest of its algorithm. */
  readonly rank: number
  /** The newest that succeeded: what is published next unless somebody names another. */
  readonly isNewestSuccess: boolean
  /** The newest of its commit, and the newest of its commit that succeeded. */
  readonly isNewestOfCommit: boolean
  readonly isNewestSuccessOfCommit: boolean
}

/** Head of the default branch of an algorithm; null: it has none. Rejects when it cannot be told. */
export type HeadOf = (algorithmId: string) => Promise<string | null>

/** Pages of builds; each algorithm is on one page or on several in a row. */
export async function* walkBuilds(db: Database): AsyncGenerator<readonly Standing[], void, void> {
  let line = newLine('')
  let last: KeptBuild | undefined
  do {
    const page = await readBuildsAfter(db, last, STRIDE)
    yield page.map((build) => {
      if (build.algorithm_id !== line.algorithmId) line = newLine(build.algorithm_id)
      return line.take(build)
    })
    last = page.length === STRIDE ? page.at(-1) : undefined
  } while (last !== undefined)
}

/** Of one algorithm, what has been seen of newer builds. */
function newLine(algorithmId: string) {
  let rank = 0
  let hasSuccess = false
  const commits = new Set<string>()
  const successes = new Set<string>()
  return {
    algorithmId,
    take(build: KeptBuild): Standing {
      const { commit_sha, artifact } = build
      const isRunnable = artifact !== null
      const standing = {
        build,
        rank: ++rank,
        isNewestSuccess: isRunnable && !hasSuccess,
        isNewestOfCommit: !commits.has(commit_sha),
        isNewestSuccessOfCommit: isRunnable && !successes.has(commit_sha),
      }
      commits.add(commit_sha)
      if (isRunnable) {
        hasSuccess = true
        successes.add(commit_sha)
      }
      return standing
    },
  }
}

/** True for files that nothing needs: not a version, not whoever publishes the newest build, not the default head. */
export async function isSpareArtifact(standing: Standing, headOf: HeadOf): Promise<boolean> {
  const { build, isNewestSuccess, isNewestSuccessOfCommit } = standing
  if (build.artifact === null || build.version_id !== null || isNewestSuccess) return false
  return !(isNewestSuccessOfCommit && (await isHead(build, headOf)))
}

/** True for a log that is not of a version, nor among the newest. */
export function isSpareLog({ build, rank }: Standing, kept: number): boolean {
  return build.log_bytes !== null && build.version_id === null && build.status !== 'in-progress' && rank > kept
}

/**
 * True for a record that is not of a version, has no files, and is not among the newest. That of the default head stays,
 * since a start builds a head that has none.
 */
export async function isSpareRecord(standing: Standing, kept: number, headOf: HeadOf): Promise<boolean> {
  const { build, rank, isNewestOfCommit } = standing
  if (build.artifact !== null || build.version_id !== null || build.status === 'in-progress' || rank <= kept)
    return false
  return !(isNewestOfCommit && (await isHead(build, headOf)))
}

/** A repository that cannot be read keeps what it has. */
async function isHead({ algorithm_id, commit_sha }: KeptBuild, headOf: HeadOf): Promise<boolean> {
  return headOf(algorithm_id).then(
    (head) => head === commit_sha,
    () => true,
  )
}

/** When a build ended, or began where it has not. */
export function endOf({ finished_at, started_at }: KeptBuild): string {
  return finished_at ?? started_at
}
