/**
 * The first call ever of a small algorithm, as after publishing it: nobody has called it, and its account has called nothing.
 * Beside it what the interpreter alone takes to start and to import the same. `bin/node benchmarks/first-call.bench.ts`; about
 * two minutes, most of it builds.
 */
import { execFileSync } from 'node:child_process'
import { createAccount } from '../conformance/lib/accounts.ts'
import type { Bench, Plan, Row } from './lib/bench.ts'
import { openCaller } from './lib/first-byte.ts'
import { runBenches } from './lib/run-benches.ts'
import { openService, type Service } from './lib/service.ts'
import { median, quantile } from './lib/statistics.ts'
import { install } from './lib/subjects.ts'

const CALLS_PER_ROUND = 3
const IMPORTS = {
  python3: 'import datetime, json, re',
  javascript: "require('node:path'); require('node:url')",
} as const

interface Kind {
  readonly name: string
  readonly language: 'python3' | 'javascript'
  readonly mostMs: number
  readonly source: string
  /** Starts the interpreter with nothing, or with a program. */
  run(program: string): void
}

const KINDS: readonly Kind[] = [
  {
    name: 'Python',
    language: 'python3',
    mostMs: 150,
    source: `${IMPORTS.python3}\n\n\ndef apply(input):\n    return input\n`,
    run: (program) => void execFileSync('/usr/bin/python3', ['-s', '-B', '-c', program]),
  },
  {
    name: 'JavaScript',
    language: 'javascript',
    mostMs: 200,
    source: `${IMPORTS.javascript}\nexports.apply = async (input) => input\n`,
    run: (program) => void execFileSync(process.execPath, ['-e', program]),
  },
]

function timed(work: () => void): number {
  const startMs = performance.now()
  work()
  return performance.now() - startMs
}

interface Samples {
  readonly callsMs: number[]
  readonly startsMs: number[]
  readonly importsMs: number[]
}

async function round(service: Service, kind: Kind, samples: Samples): Promise<void> {
  for (let count = 0; count < CALLS_PER_ROUND; count++) {
    const account = await createAccount(service.target, 'first')
    const shop = await install({ target: service.target, account }, kind, { name: 'First' })
    const caller = await openCaller(service.target.url)
    samples.callsMs.push(await caller.call(shop, 1))
    caller.close()
    const bareMs = timed(() => kind.run(''))
    samples.startsMs.push(bareMs)
    samples.importsMs.push(Math.max(0, timed(() => kind.run(IMPORTS[kind.language])) - bareMs))
  }
}

function rowOf({ name, language, mostMs }: Kind, { callsMs, startsMs, importsMs }: Samples): Row {
  const [p50Ms, worstMs] = [median(callsMs), quantile(callsMs, 1)]
  const [startMs, importMs] = [median(startsMs), median(importsMs)]
  const aloneMs = startMs + 3 * importMs
  return {
    id: `first-call-${language}`,
    what: `first call ever of a small algorithm, ${name}, to first byte`,
    bar: `median ≤ interpreter start + 3 × import, and all ≤ ${mostMs} ms`,
    figure: `median ${p50Ms.toFixed(0)} ms, worst ${worstMs.toFixed(0)} ms of ${callsMs.length}; start ${startMs.toFixed(0)} + 3 × import ${importMs.toFixed(0)} = ${aloneMs.toFixed(0)} ms`,
    holds: p50Ms <= aloneMs && worstMs <= mostMs,
    settings: {},
    details: { callsMs, startsMs, importsMs },
  }
}

async function measure(plan: Plan): Promise<Row[]> {
  const service = await openService(plan)
  try {
    const samples = KINDS.map((): Samples => ({ callsMs: [], startsMs: [], importsMs: [] }))
    for (let count = 0; count < plan.rounds; count++) {
      for (const [index, kind] of KINDS.entries()) {
        const of = samples[index]
        if (of) await round(service, kind, of)
      }
    }
    return KINDS.flatMap((kind, index) => {
      const of = samples[index]
      return of ? [rowOf(kind, of)] : []
    })
  } finally {
    await service.close()
  }
}

export const firstCall: Bench = { name: 'first-call', measure }

if (import.meta.main) await runBenches([firstCall])
