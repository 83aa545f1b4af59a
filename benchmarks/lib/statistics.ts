/** Figures from many measurements, and sides that take turns. */

export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export type Sides = Readonly<Record<string, () => Promise<unknown>>>
export type Turns<S extends Sides> = { readonly [Name in keyof S]: Awaited<ReturnType<S[Name]>>[] }

/** Each side has one turn in every round, and another one begins each time: machines are noisy, and noise has a rhythm. */
export async function takeTurns<S extends Sides>(rounds: number, sides: S): Promise<Turns<S>> {
  const names = Object.keys(sides)
  const turns = Object.fromEntries(names.map((name): [string, unknown[]] => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) turns[name]?.push(await sides[name]?.())
  }
  return turns as Turns<S>
}

/** Median of the ratios of each round: both of a pair had the same noise. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)))
}
