/** Settings of what is kept how long: part of the table in settings.ts. Applying them is retention/. */
import { integer, optional, type Setting, wholeNumber } from './setting-kinds.ts'

const RETENTION = 'Retention'
const DAY_MS = 24 * 60 * 60 * 1000
const MIB = 1024 * 1024
const mebibytes = wholeNumber({ min: 1, max: 1_073_741_824 })

function days(value: number, name: string, meaning: string) {
  return integer(
    value,
    { min: 0, max: 36_500 },
    { name: `ALGORIST_RETENTION_${name}_DAYS`, section: RETENTION, meaning },
  )
}

function mebibytesOf(value: number, name: string, meaning: string) {
  return integer(
    value,
    { min: 1, max: 1_073_741_824 },
    { name: `ALGORIST_RETENTION_${name}`, section: RETENTION, meaning },
  )
}

export const RETENTION_SETTINGS = {
  retentionIntervalSeconds: integer(
    600,
    { min: 1, max: 86_400 },
    {
      name: 'ALGORIST_RETENTION_INTERVAL_SECONDS',
      section: RETENTION,
      meaning:
        'Time between two looks for what is too old or too much. A look that finds nothing costs next to nothing.',
    },
  ),
  retentionPauseMs: integer(
    20,
    { min: 0, max: 60_000 },
    {
      name: 'ALGORIST_RETENTION_PAUSE_MS',
      section: RETENTION,
      meaning: 'Pause after each step of at most 200 rows, so that calls and requests come first.',
    },
  ),
  retentionGraceSeconds: integer(
    60,
    { min: 0, max: 86_400 },
    {
      name: 'ALGORIST_RETENTION_GRACE_SECONDS',
      section: RETENTION,
      meaning:
        'How long the files of a build stay after calls stopped finding it, for those that found it before. Files that a ' +
        'call waits for or runs on stay longer in any case.',
    },
  ),
  retentionArtifactDays: days(
    30,
    'ARTIFACT',
    'Files of builds that no version has and that are not the newest of their algorithm or of its default branch. ' +
      'A call to such a commit then says that it has to be built again.',
  ),
  retentionArtifactMib: optional('no limit', mebibytes.expected, mebibytes.parse, {
    name: 'ALGORIST_RETENTION_ARTIFACT_MIB_PER_OWNER',
    section: RETENTION,
    meaning:
      'Files of such builds of one owner together, in MiB; the oldest go first. What versions need does not count and stays.',
  }),
  retentionBuildDays: days(
    90,
    'BUILD',
    'Records of builds that no version has, once their files are gone; the newest of each algorithm stay (see the next).',
  ),
  retentionBuildsKept: integer(
    20,
    { min: 1, max: 100_000 },
    {
      name: 'ALGORIST_RETENTION_BUILDS_KEPT',
      section: RETENTION,
      meaning:
        'Newest builds of each algorithm whose records and logs stay whatever their age. A page of history for people.',
    },
  ),
  retentionBuildLogDays: days(30, 'BUILD_LOG', 'Logs of those builds. They are by far the largest part of a record.'),
  retentionCallLogDays: days(
    30,
    'CALL_LOG',
    'The call log, with what was printed. Long enough to look into last month.',
  ),
  retentionCallLogMib: mebibytesOf(
    1024,
    'CALL_LOG_MIB_PER_OWNER',
    'Call log of the algorithms of one owner, in MiB; the oldest calls go first. One noisy owner must not fill the disk.',
  ),
  retentionInsightDays: days(30, 'INSIGHT', 'Insights that algorithms reported.'),
  retentionInsightMib: mebibytesOf(
    256,
    'INSIGHT_MIB_PER_OWNER',
    'Insights of the algorithms of one owner, in MiB; the oldest go first.',
  ),
  retentionUsageDays: days(400, 'USAGE', 'Daily sums of usage. A year can be compared with the one before.'),
  retentionAuditDays: days(
    1095,
    'AUDIT',
    'The audit log. Three years; `36500` for ever. Nothing but its age ever shortens it, a full disk neither.',
  ),
  retentionNotificationDays: days(90, 'NOTIFICATION', 'Notifications, read or not.'),
  retentionGitPacks: integer(
    50,
    { min: 2, max: 100_000 },
    {
      name: 'ALGORIST_RETENTION_GIT_PACKS',
      section: RETENTION,
      meaning:
        'Packs of a repository, one for each push, above which they are put together into one. Nothing of a repository is ' +
        'thrown away.',
    },
  ),
} as const

type Values = {
  readonly [K in keyof typeof RETENTION_SETTINGS]: (typeof RETENTION_SETTINGS)[K] extends Setting<infer T> ? T : never
}

/** What is kept, as retention/ takes it. */
export type RetentionPolicy = ReturnType<typeof retentionPolicy>

export function retentionPolicy(values: Values) {
  return {
    intervalMs: values.retentionIntervalSeconds * 1000,
    pauseMs: values.retentionPauseMs,
    graceMs: values.retentionGraceSeconds * 1000,
    /** Newest builds of each algorithm whose records stay. */
    buildsKept: values.retentionBuildsKept,
    /** Packs of a repository above which they are put together. */
    gitPacks: values.retentionGitPacks,
    ageMs: {
      artifacts: values.retentionArtifactDays * DAY_MS,
      builds: values.retentionBuildDays * DAY_MS,
      buildLogs: values.retentionBuildLogDays * DAY_MS,
      callLog: values.retentionCallLogDays * DAY_MS,
      insights: values.retentionInsightDays * DAY_MS,
      usage: values.retentionUsageDays * DAY_MS,
      audit: values.retentionAuditDays * DAY_MS,
      notifications: values.retentionNotificationDays * DAY_MS,
    },
    quotaBytes: {
      /** Null: no limit. */
      artifactsPerOwner: values.retentionArtifactMib === null ? null : values.retentionArtifactMib * MIB,
      callLogPerOwner: values.retentionCallLogMib * MIB,
      insightsPerOwner: values.retentionInsightMib * MIB,
    },
  } as const
}
