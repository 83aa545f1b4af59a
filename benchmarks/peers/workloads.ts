/** What is asked of every server, in the same bytes wherever its protocol allows it. */
import { recordOf } from '../lib/records.ts'

/** The heaviest comes last: what it leaves in a queue delays no other. */
export const WORKLOADS = ['hello', 'predict', 'echo'] as const
export type WorkloadName = (typeof WORKLOADS)[number]

export interface Case {
  /** A JSON object, since some servers take nothing else. */
  readonly input: Readonly<Record<string, unknown>>
  readonly expected: unknown
}

export interface Workload {
  readonly title: string
  /** All are asked to see that a server is right; the first is measured. */
  readonly cases: readonly [Case, ...Case[]]
}

/** Just below 1 MiB, where some servers draw a line. */
const RECORDS = Array.from({ length: 16_000 }, (_, id) => recordOf(id))

/** The three species of Iris, one flower each. */
const FLOWERS = [
  { row: [5.1, 3.5, 1.4, 0.2], species: 0 },
  { row: [5.0, 2.0, 3.5, 1.0], species: 1 },
  { row: [6.9, 3.2, 5.7, 2.3], species: 2 },
] as const

const [SETOSA, ...OTHERS] = FLOWERS

function flowerCase({ row, species }: (typeof FLOWERS)[number]): Case {
  return { input: { x: [row] }, expected: [species] }
}

export const WORKLOAD: Readonly<Record<WorkloadName, Workload>> = {
  hello: {
    title: 'hello: a name in, a greeting out',
    cases: [
      { input: { name: 'World' }, expected: 'Hello World' },
      { input: { name: 'Jürgen' }, expected: 'Hello Jürgen' },
    ],
  },
  echo: {
    title: 'echo: 1 MiB of JSON in, parsed, written and out again',
    cases: [{ input: { data: RECORDS }, expected: RECORDS }],
  },
  predict: {
    title:
      'predict: one flower in, its species out (Python: scikit-learn LogisticRegression; JavaScript: a dot product)',
    cases: [flowerCase(SETOSA), ...OTHERS.map(flowerCase)],
  },
}
