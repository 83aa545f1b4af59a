/**
 * The files of builds whose record no longer names them. A crash leaves none behind: a start removes what no record names
 * (builds/queue.ts). Until then this waits for those who found the build earlier: calls on their way, on workers, and stored.
 */
import type { Runner } from '@algorist/runner/types.ts'
import type { Database } from '../db/schema.ts'
import { readPendingBuilds } from './build-queries.ts'
import { type Amount, type Chore, NOTHING } from './kind.ts'

const STRIDE = 500

export interface ArtifactFiles extends Chore {
  /** To be removed once nobody can need them. */
  retire(builds: readonly RetiredBuild[]): void
  /** Bytes on the disk; what was measured once is remembered, since artifacts never change. */
  sizeOf(artifact: string): Promise<number>
  /** The same without measuring; undefined where that has not been done. */
  knownSizeOf(artifact: string): number | undefined
}

export interface RetiredBuild {
  readonly buildId: string
  readonly artifact: string
}

export interface ArtifactFilesOptions {
  readonly db: Database
  readonly runner: Pick<Runner, 'recycle' | 'isInUse' | 'removeArtifact' | 'measureArtifact'>
  /** From when calls do not find a build any more to when its files may go. */
  readonly graceMs: number
}

export function createArtifactFiles({ db, runner, graceMs }: ArtifactFilesOptions): ArtifactFiles {
  const retired = new Map<string, RetiredBuild & { readonly atMs: number }>()
  const sizes = new Map<string, number>()

  async function* run(): AsyncGenerator<Amount, void, void> {
    const due = [...retired.values()].filter(({ atMs }) => performance.now() - atMs >= graceMs)
    if (due.length === 0) return
    const awaited = new Set<string>()
    for await (const buildId of pendingBuilds(db)) awaited.add(buildId)
    for (const build of due) {
      if (!awaited.has(build.buildId) && (await isIdle(build))) yield await remove(build)
    }
  }

  async function isIdle({ buildId, artifact }: RetiredBuild): Promise<boolean> {
    await runner.recycle({ buildId })
    return !runner.isInUse(artifact)
  }

  async function remove({ artifact }: RetiredBuild): Promise<Amount> {
    const bytes = await sizeOf(artifact)
    await runner.removeArtifact(artifact)
    retired.delete(artifact)
    sizes.delete(artifact)
    return { ...NOTHING, bytes }
  }

  async function sizeOf(artifact: string): Promise<number> {
    const bytes = sizes.get(artifact) ?? (await runner.measureArtifact(artifact))
    sizes.set(artifact, bytes)
    return bytes
  }

  return {
    name: 'files of builds',
    run,
    readyInMs: () => Math.max(0, ...[...retired.values()].map(({ atMs }) => atMs + graceMs - performance.now())),
    sizeOf,
    knownSizeOf: (artifact) => sizes.get(artifact),
    retire(builds) {
      for (const build of builds) retired.set(build.artifact, { ...build, atMs: performance.now() })
    },
  }
}

async function* pendingBuilds(db: Database): AsyncGenerator<string, void, void> {
  let after = ''
  for (;;) {
    const page = await readPendingBuilds(db, after, STRIDE)
    for (const { build_id } of page) yield build_id
    const last = page.at(-1)
    if (page.length < STRIDE || last === undefined) return
    after = last.request_id
  }
}
