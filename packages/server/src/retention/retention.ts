/**
 * What grows on this server and when it goes: the list of kinds, and the keeper that works through it. A new kind is one
 * entry here. Of what is promised (versions, acknowledged data, results within their day) nothing is on it.
 */
import type { Catalog } from '../algorithms/catalog.ts'
import type { RemovalHold } from '../backup/removal-hold.ts'
import type { KeptResults } from '../calls/kept-results.ts'
import type { Engine } from '../db/migrate.ts'
import type { RetentionPolicy } from '../retention-settings.ts'
import type { Services } from '../services.ts'
import { createArtifactFiles } from './artifact-files.ts'
import { auditLogKind } from './audit-log.ts'
import { artifactKind, buildLogKind, buildRecordKind } from './builds.ts'
import { callResultKind } from './call-results.ts'
import { freePagesChore } from './free-pages.ts'
import { createKeeper, type Keeper, type KeeperOptions } from './keeper.ts'
import { keptPackagesChore } from './kept-packages.ts'
import type { Kind } from './kind.ts'
import { repackChore } from './repositories.ts'
import { rowKind } from './rows.ts'
import { CALL_LOG, INSIGHTS, INVITATIONS, NOTIFICATIONS, PASSWORD_RESETS, USAGE_DAYS, USAGE_SUMS } from './tables.ts'

export interface RetentionOptions extends Pick<Services, 'db' | 'log' | 'catalog' | 'repositories' | 'runner'> {
  readonly engine: Engine
  readonly policy: RetentionPolicy
  readonly disk: KeeperOptions['disk']
  readonly results: KeptResults
  /** True while a push to the repository is going on. */
  isPushing(repositoryId: string): boolean
  readonly removals: Pick<RemovalHold, 'run'>
  readonly isPaused: KeeperOptions['isPaused']
}

const DAY_MS = 24 * 60 * 60 * 1000
/** What a full disk leaves of logs and of files that can be built again. */
const FLOOR_MS = DAY_MS

/** Begins by itself, some seconds later. */
export function createRetention(options: RetentionOptions): Keeper {
  const { db, log, engine, policy, disk, results, catalog, repositories } = options
  const { ageMs, quotaBytes, intervalMs, pauseMs, graceMs } = policy
  const files = createArtifactFiles({ db, runner: options.runner, graceMs })
  const builds = { db, catalog, files, kept: policy.buildsKept, headOf: headsOf(catalog, repositories) }
  const ownerOf = (algorithmId: string) => catalog.byId(algorithmId)?.ownerId
  const perOwner = (bytes: number | null) => (bytes === null ? null : ({ bytes, per: 'owner' } as const))
  const byAge = (maxAgeMs: number) => ({ maxAgeMs, quota: null, floorMs: null })

  const kinds: readonly Kind[] = [
    rowKind({
      ...{ db, ownerOf, name: 'call log', table: CALL_LOG },
      limits: { maxAgeMs: ageMs.callLog, quota: perOwner(quotaBytes.callLogPerOwner), floorMs: FLOOR_MS },
    }),
    rowKind({
      ...{ db, ownerOf, name: 'insights', table: INSIGHTS },
      limits: { maxAgeMs: ageMs.insights, quota: perOwner(quotaBytes.insightsPerOwner), floorMs: FLOOR_MS },
    }),
    buildLogKind(builds, { maxAgeMs: ageMs.buildLogs, quota: null, floorMs: FLOOR_MS }),
    artifactKind(builds, {
      maxAgeMs: ageMs.artifacts,
      quota: perOwner(quotaBytes.artifactsPerOwner),
      floorMs: FLOOR_MS,
    }),
    buildRecordKind(builds, byAge(ageMs.builds)),
    callResultKind(results),
    rowKind({ db, name: 'usage', table: USAGE_DAYS, limits: byAge(ageMs.usage) }),
    rowKind({ db, name: 'usage sums', table: USAGE_SUMS, limits: byAge(ageMs.usage) }),
    rowKind({ db, name: 'notifications', table: NOTIFICATIONS, limits: byAge(ageMs.notifications) }),
    // By the time at which they end; sessions remove themselves (accounts/sessions.ts).
    rowKind({ db, name: 'password resets', table: PASSWORD_RESETS, limits: byAge(0) }),
    rowKind({ db, name: 'invitations', table: INVITATIONS, limits: byAge(0) }),
    auditLogKind(db, engine, ageMs.audit),
  ]
  const { isPushing, removals } = options
  const repack = { catalog, repositories, log, isPushing, removals, maxPacks: policy.gitPacks }
  const chores = [keptPackagesChore(options.runner), files, freePagesChore(db, engine), repackChore(repack)]
  return createKeeper({ kinds, chores, disk, log, intervalMs, pauseMs, isPaused: options.isPaused })
}

function headsOf(catalog: Pick<Catalog, 'byId'>, repositories: RetentionOptions['repositories']) {
  return async (algorithmId: string): Promise<string | null> => {
    const algorithm = catalog.byId(algorithmId)
    return algorithm ? repositories.head(algorithm) : null
  }
}
