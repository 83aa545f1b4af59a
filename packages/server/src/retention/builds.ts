/**
 * Builds as three kinds: their files, their logs, and their records, which go last. The record forgets the files first, and
 * the files follow: whatever is cut off in between leaves files without a record, which the next start removes, and never
 * a version or a build without files.
 */
import type { Catalog } from '../algorithms/catalog.ts'
import { holdAlgorithm } from '../algorithms/records.ts'
import type { Database } from '../db/schema.ts'
import type { ArtifactFiles, RetiredBuild } from './artifact-files.ts'
import { deleteBuilds, forgetArtifacts, forgetLogs, type KeptBuild } from './build-queries.ts'
import { type Amount, type Cut, type Kind, type Limits, NOTHING, sum } from './kind.ts'
import {
  endOf,
  type HeadOf,
  isSpareArtifact,
  isSpareLog,
  isSpareRecord,
  type Standing,
  walkBuilds,
} from './standing.ts'

/** Builds of one transaction, and what their logs may have together: SQLite writes or frees a row with all that is in it. */
const BATCH = 200
const BATCH_LOG_BYTES = 1024 * 1024
/** Artifacts that are measured in one survey; a first survey of many thousands must not read the whole disk. */
const MEASURED_AT_ONCE = 100
/** A record with its indexes, about. */
const RECORD_BYTES = 500

export interface BuildKindOptions {
  readonly db: Database
  readonly catalog: Pick<Catalog, 'byId' | 'refresh'>
  readonly headOf: HeadOf
  readonly files: ArtifactFiles
  /** Newest builds of each algorithm whose records and logs stay. */
  readonly kept: number
}

/** What differs between the three. */
interface Part {
  readonly name: string
  readonly limits: Limits
  isSpare(standing: Standing, headOf: HeadOf): boolean | Promise<boolean>
  /** What a build has of it; nothing: zero rows. */
  amountOf(build: KeptBuild): Amount
  /** Removes it from builds of one algorithm. */
  removeFrom(algorithmId: string, builds: readonly KeptBuild[]): Promise<Amount>
  /** After some removals from an algorithm. */
  settle?(algorithmId: string): Promise<void>
}

export function artifactKind(options: BuildKindOptions, limits: Limits): Kind {
  const { db, catalog, files } = options
  let forgotten: RetiredBuild[] = []
  const part: Part = {
    name: 'artifacts',
    limits,
    isSpare: isSpareArtifact,
    amountOf: ({ artifact }) => (artifact === null ? NOTHING : { rows: 1, bytes: files.knownSizeOf(artifact) ?? 0 }),
    async removeFrom(algorithmId, builds) {
      const ids = await db.transaction().execute(async (transaction) => {
        const isThere = (await holdAlgorithm(transaction, algorithmId)) !== undefined
        return new Set(isThere ? await forgetArtifacts(transaction, idsOf(builds)) : [])
      })
      const gone = builds.flatMap(({ id, artifact }) =>
        artifact !== null && ids.has(id) ? [{ buildId: id, artifact }] : [],
      )
      forgotten.push(...gone)
      // Their bytes count when the files go.
      return { rows: gone.length, bytes: 0 }
    },
    /** Once for several, since it reads all builds of the algorithm. Files go only when calls do not find them any more. */
    async settle(algorithmId) {
      const gone = forgotten
      forgotten = []
      await catalog.refresh(algorithmId)
      files.retire(gone)
    },
  }
  return { ...buildKind(options, part), survey: () => surveyArtifacts(options, part) }
}

export function buildLogKind(options: BuildKindOptions, limits: Limits): Kind {
  return buildKind(options, {
    name: 'build logs',
    limits,
    isSpare: (standing) => isSpareLog(standing, options.kept),
    amountOf: ({ log_bytes }) => (log_bytes === null ? NOTHING : { rows: 1, bytes: log_bytes }),
    async removeFrom(_algorithmId, builds) {
      await forgetLogs(options.db, idsOf(builds))
      return { rows: builds.length, bytes: builds.reduce((all, { log_bytes }) => all + (log_bytes ?? 0), 0) }
    },
  })
}

export function buildRecordKind(options: BuildKindOptions, limits: Limits): Kind {
  return buildKind(options, {
    name: 'builds',
    limits,
    isSpare: (standing, headOf) => isSpareRecord(standing, options.kept, headOf),
    amountOf: ({ log_bytes }) => ({ rows: 1, bytes: RECORD_BYTES + (log_bytes ?? 0) }),
    async removeFrom(_algorithmId, builds) {
      const rows = await deleteBuilds(options.db, idsOf(builds))
      return { rows, bytes: rows * RECORD_BYTES }
    },
  })
}

function buildKind({ db, catalog, headOf }: BuildKindOptions, part: Part): Kind {
  const ownerOf = ({ algorithm_id }: KeptBuild) => catalog.byId(algorithm_id)?.ownerId

  async function spareOf(page: readonly Standing[], { before, holderId }: Cut): Promise<KeptBuild[]> {
    const spare: KeptBuild[] = []
    const heads = remembering(headOf)
    for (const standing of page) {
      const { build } = standing
      if (endOf(build) >= before || (holderId !== undefined && ownerOf(build) !== holderId)) continue
      if (part.amountOf(build).rows > 0 && (await part.isSpare(standing, heads))) spare.push(build)
    }
    return spare
  }

  return {
    name: part.name,
    limits: part.limits,
    async *survey() {
      let all = NOTHING
      for await (const page of walkBuilds(db)) {
        all = page.map(({ build }) => part.amountOf(build)).reduce(sum, all)
        yield null
      }
      return all
    },
    async count(before) {
      let all = NOTHING
      for await (const page of walkBuilds(db)) {
        all = (await spareOf(page, { before })).map(part.amountOf).reduce(sum, all)
      }
      return all
    },
    async *remove(cut) {
      for await (const page of walkBuilds(db)) {
        const spare = await spareOf(page, cut)
        for (const [algorithmId, builds] of Map.groupBy(spare, ({ algorithm_id }) => algorithm_id)) {
          try {
            for (const batch of oldestFirst(builds)) yield await part.removeFrom(algorithmId, batch)
          } finally {
            await part.settle?.(algorithmId)
          }
        }
        yield NOTHING
      }
    },
  }
}

/** All artifacts, and of owners with too many spare ones, what has to go. */
async function* surveyArtifacts(
  { db, catalog, files, headOf }: BuildKindOptions,
  { limits: { quota }, isSpare, amountOf }: Part,
): AsyncGenerator<Cut | null, Amount, void> {
  let all = NOTHING
  let measured = 0
  const spareOf = new Map<string, { readonly endedAt: string; readonly bytes: number }[]>()
  for await (const page of walkBuilds(db)) {
    const heads = remembering(headOf)
    for (const standing of page) {
      const { build } = standing
      if (build.artifact === null) continue
      if (files.knownSizeOf(build.artifact) === undefined && measured++ < MEASURED_AT_ONCE) {
        await files.sizeOf(build.artifact)
        yield null
      }
      const amount = amountOf(build)
      all = sum(all, amount)
      const ownerId = catalog.byId(build.algorithm_id)?.ownerId
      if (quota === null || ownerId === undefined || !(await isSpare(standing, heads))) continue
      const ofOwner = spareOf.get(ownerId) ?? []
      spareOf.set(ownerId, ofOwner)
      ofOwner.push({ endedAt: endOf(build), bytes: amount.bytes })
    }
    yield null
  }
  for (const [holderId, spare] of spareOf) {
    const before = overQuota(spare, quota?.bytes ?? Number.POSITIVE_INFINITY)
    if (before !== undefined) yield { before, holderId }
  }
  return all
}

const NOTHING_FITS = '9999'

/** The time before which things have to go so that the rest is within the quota; undefined: all of it is. */
function overQuota(spare: readonly { readonly endedAt: string; readonly bytes: number }[], quotaBytes: number) {
  let held = 0
  let fits: string | undefined
  for (const { endedAt, bytes } of [...spare].sort((a, b) => (a.endedAt < b.endedAt ? 1 : -1))) {
    held += bytes
    if (held > quotaBytes) return fits ?? NOTHING_FITS
    fits = endedAt
  }
  return undefined
}

function* oldestFirst(newestFirst: readonly KeptBuild[]): Generator<readonly KeptBuild[]> {
  let batch: KeptBuild[] = []
  let logBytes = 0
  for (const build of newestFirst.toReversed()) {
    const isFull = batch.length === BATCH || logBytes + (build.log_bytes ?? 0) > BATCH_LOG_BYTES
    if (isFull && batch.length > 0) {
      yield batch
      batch = []
      logBytes = 0
    }
    batch.push(build)
    logBytes += build.log_bytes ?? 0
  }
  if (batch.length > 0) yield batch
}

/** Asks once for each algorithm; for as long as one page takes. */
function remembering(headOf: HeadOf): HeadOf {
  const heads = new Map<string, Promise<string | null>>()
  return (algorithmId) => {
    const head = heads.get(algorithmId) ?? headOf(algorithmId)
    heads.set(algorithmId, head)
    return head
  }
}

function idsOf(builds: readonly KeptBuild[]): string[] {
  return builds.map(({ id }) => id)
}
