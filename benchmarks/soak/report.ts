/** What a soak found, as data and in words. */
import type { Sample } from './samples.ts'
import type { Counts } from './tally.ts'
import type { TrafficReport } from './traffic.ts'
import type { Growth, Held } from './verdicts.ts'

export interface SoakReport {
  readonly plan: {
    readonly minutes: number
    readonly perSecond: number
    readonly killSeconds: number
    readonly seed: number
  }
  readonly machine: string
  /** Before the load, when everything had been used and was idle, and after it. */
  readonly before: Sample
  readonly after: Sample
  readonly samples: readonly Sample[]
  readonly loadedSeconds: number
  readonly traffic: TrafficReport
  readonly kills: number
  readonly kinds: Readonly<Record<string, Counts>>
  readonly surprises: Readonly<Record<string, number>>
  readonly total: Counts
  /** Calls that were acknowledged for later and had no result two minutes after the load. */
  readonly unanswered: number
  readonly growth: readonly Growth[]
  readonly held: readonly Held[]
}

/** Of all requests: at a modest rate hardly any is to be refused. */
const MOST_REFUSED = 0.01

export interface Described {
  readonly text: string
  /** One line each, for a picture. */
  readonly captions: readonly string[]
  readonly isGood: boolean
}

export function describeSoak(report: SoakReport): Described {
  const { plan, traffic, total, kills, unanswered, growth, held } = report
  const problems = problemsOf(report)
  const isGood = problems.length === 0
  const caption =
    `${plan.minutes} min, ${traffic.sent} requests, ${kills} processes of workers killed, ` +
    `surprises: ${total.surprises}, acknowledged calls without a result: ${unanswered}`
  const lines = [
    `Soak: ${caption}`,
    `  ${report.machine}; seed ${plan.seed}; ${traffic.heldBack} requests held back by the client`,
    ...Object.entries(report.kinds).map(([name, counts]) => row(name, counts)),
    row('all', total),
    ...Object.entries(report.surprises).map(([words, count]) => `  surprise, ${count} times: ${words}`),
    '  second half of the load       mean     per hour   ± noise',
    ...growth.map(
      ({ figure, mean, perHour, noisePerHour, isLeak }) =>
        `  ${figure.padEnd(24)}${cell(mean)}${cell(perHour)}${cell(noisePerHour)}${isLeak ? '   GROWS' : ''}`,
    ),
    '  idle                        before        after',
    ...held.map(
      ({ figure, before, after, isLeak }) =>
        `  ${figure.padEnd(24)}${cell(before)}${cell(after)}${isLeak ? '   LEFT OVER' : ''}`,
    ),
    `  memory, idle: ${report.before.rssMiB.toFixed(0)} MiB resident before, ${report.after.rssMiB.toFixed(0)} after`,
    isGood ? 'Nothing leaked, nothing was lost.' : problems.join('\n'),
    '',
  ]
  return {
    text: lines.join('\n'),
    captions: [caption, isGood ? 'nothing leaked, nothing was lost' : problems.join('; ')],
    isGood,
  }
}

function problemsOf({ total, unanswered, growth, held }: SoakReport): string[] {
  const all = total.right + total.killed + total.refused + total.surprises
  return [
    ...growth.filter(({ isLeak }) => isLeak).map(({ figure }) => `${figure} grows`),
    ...held.filter(({ isLeak }) => isLeak).map(({ figure }) => `${figure} left over`),
    ...(unanswered > 0 ? [`acknowledged calls without a result: ${unanswered}`] : []),
    ...(total.surprises > 0 ? [`answers that were not as they should be: ${total.surprises}`] : []),
    ...(total.refused > all * MOST_REFUSED ? [`requests refused: ${total.refused}`] : []),
  ]
}

function row(name: string, { right, killed, refused, surprises, longestMs }: Counts): string {
  return (
    `  ${name.padEnd(26)} ${String(right).padStart(7)} right  ${String(killed).padStart(4)} killed  ` +
    `${String(refused).padStart(4)} refused  ${String(surprises).padStart(3)} surprises  longest ${(longestMs / 1000).toFixed(1)} s`
  )
}

const cell = (value: number) => value.toFixed(1).padStart(12)
