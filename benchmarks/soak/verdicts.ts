/** What the samples of a soak say: what is still held after the load, and what grew during its second half. */
import type { Figure, Sample } from './samples.ts'

export interface Growth {
  readonly figure: Figure
  /** Of the straight line through the second half, by least squares. */
  readonly perHour: number
  /** Twice the standard error of that: what noise may account for. */
  readonly noisePerHour: number
  readonly mean: number
  readonly isLeak: boolean
}

export interface Held {
  readonly figure: Figure
  readonly before: number
  readonly after: number
  readonly isLeak: boolean
}

const GROWING: readonly Figure[] = [
  'rssMiB',
  'pssMiB',
  'treePssMiB',
  'heapMiB',
  'codeMiB',
  'externalMiB',
  'descriptors',
  'processes',
]
/** V8 goes on compiling what is called more seldom for an hour, ever less. */
const NOT_JUDGED: readonly Figure[] = ['codeMiB']
/** Growth below this share of the figure within the second half is not told from its ups and downs. */
const NEGLIGIBLE = 0.05

/** How much each figure may be above its idle value afterwards: connections and files that are kept open for a while. */
const ALLOWED: Readonly<Partial<Record<Figure, number>>> = {
  descriptors: 4,
  processes: 0,
  zombies: 0,
  groups: 0,
  mounts: 0,
  temporaryFiles: 0,
}

/** @param samples those taken while the load ran, in order */
export function growthOf(samples: readonly Sample[]): Growth[] {
  const half = samples.slice(Math.floor(samples.length / 2))
  const first = half[0]?.seconds ?? 0
  const hours = ((half.at(-1)?.seconds ?? 0) - first) / 3600
  return GROWING.map((figure) => {
    const points = half.map((sample): Point => [(sample.seconds - first) / 3600, sample[figure]])
    const { slope, error, mean } = line(points)
    const isSure = slope - 2 * error > 0
    return {
      figure,
      perHour: slope,
      noisePerHour: 2 * error,
      mean,
      isLeak: isSure && slope * hours > NEGLIGIBLE * mean && !NOT_JUDGED.includes(figure),
    }
  })
}

type Point = readonly [number, number]

function line(points: readonly Point[]): { slope: number; error: number; mean: number } {
  const meanX = mean(points.map(([x]) => x))
  const meanY = mean(points.map(([, y]) => y))
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread
  const left = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0)
  return { slope, error: Math.sqrt(left / Math.max(1, points.length - 2) / spread), mean: meanY }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

export function heldAfter(before: Sample, after: Sample): Held[] {
  return (Object.entries(ALLOWED) as [Figure, number][]).map(([figure, allowed]) => ({
    figure,
    before: before[figure],
    after: after[figure],
    isLeak: after[figure] > before[figure] + allowed,
  }))
}

/** True when nothing that a soak looks at is left over. */
export function isBackToIdle(before: Sample, now: Sample): boolean {
  return !heldAfter(before, now).some(({ isLeak }) => isLeak)
}
