/** `algorist retention`: what grows on this server, how much of it there is and may be, and what would go now. */
import { formatBytes, formatDuration } from '../retention/format.ts'
import type { Keeper, KindFigures } from '../retention/keeper.ts'
import { timeBefore } from '../retention/kind.ts'
import { type Command, type OperatorServices, UsageError } from './command.ts'

export const retentionCommands: readonly Command[] = [
  {
    name: 'retention run',
    arguments: [],
    options: {},
    summary: 'remove what is too old or too much now, and say what that was',
    isChange: true,
    run: async ({ services }) => {
      const removed = await keeperOf(services).run()
      return [...removed]
        .filter(([, { rows, bytes }]) => rows + bytes > 0)
        .map(([what, { rows, bytes }]) => ({ what, rows, size: formatBytes(bytes) }))
    },
  },
  {
    name: 'retention',
    arguments: [],
    options: {},
    summary:
      'list what is kept, how much and how long, what is beyond that now, and what went since the server started',
    isChange: false,
    run: async ({ services }) => {
      const keeper = keeperOf(services)
      const rows = []
      for (const figures of keeper.figures()) rows.push(await rowOf(figures, keeper))
      return rows
    },
  },
]

async function rowOf({ kind, held, removed }: KindFigures, keeper: Keeper) {
  const { maxAgeMs, quota, floorMs } = kind.limits
  const beyond = await kind.count(timeBefore(maxAgeMs))
  return {
    kind: kind.name,
    rows: held.rows,
    size: formatBytes(held.bytes),
    kept: formatDuration(maxAgeMs),
    quota: quota === null ? '' : `${formatBytes(quota.bytes)} per ${quota.per}`,
    'when full': floorMs === null ? 'stays' : formatDuration(Math.min(floorMs, maxAgeMs)),
    beyond: beyond.rows,
    removed: removed.rows,
    'last run': keeper.lastRunAt() ?? 'not yet',
  }
}

function keeperOf({ retention }: OperatorServices): Keeper {
  if (retention) return retention
  throw new UsageError('Retention is work of the running server: start it first')
}
