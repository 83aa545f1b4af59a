/**
 * `bin/test` after the machine is set up: runs every check one after the other and adds them up. The last line is
 * "N passed, N failed"; the exit code is 1 when anything failed.
 */
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { describeLacking } from './languages-here.ts'
import { runNodeTests, type Tally } from './node-tests.ts'
import { show } from './show.ts'

interface Part {
  readonly name: string
  readonly what: string
  run(): Promise<Tally>
}

const ROOT = resolve(import.meta.dirname, '../..')
const TEST_TIMEOUT_MS = 10 * 60_000
/** Test files at the same time: one more than the two processors that are counted on, since files wait half of their time. */
const CONCURRENCY = 3
/** Characters of what a failed test says that are repeated at the end. */
const LONGEST_MESSAGE = 1000
const FILE_TIMEOUT_MS = 15 * 60_000
const LONG_TEST_TIMEOUT_MS = 60 * 60_000
const PART_TIMEOUT_MS = 35 * 60_000
const LONG_PART_TIMEOUT_MS = 3 * 60 * 60_000
/**
 * Made once and used by every process of one run: what Node has compiled of the sources, with which servers and commands start
 * in half the time, and an empty PostgreSQL (db/testing.ts).
 */
const SHARED = mkdtempSync(join(tmpdir(), 'algorist-shared-'))
const ENV = {
  ...process.env,
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  NODE_COMPILE_CACHE: join(SHARED, 'compiled'),
  TEST_POSTGRES_CLUSTER: join(SHARED, 'cluster'),
}

/** One installed program that passes or fails as a whole. */
function check(name: string, what: string, program: string, args: readonly string[]): Part {
  return whole(name, what, join(ROOT, 'node_modules/.bin', program), args, PART_TIMEOUT_MS)
}

function whole(
  name: string,
  what: string,
  command: string,
  args: readonly string[],
  timeoutMs = LONG_PART_TIMEOUT_MS,
): Part {
  return {
    name,
    what,
    run: async () => {
      const isGreen = (await show(command, args, { cwd: ROOT, env: ENV, timeoutMs })) === 0
      const failures = isGreen ? [] : [{ name: what, file: '', message: `${[command, ...args].join(' ')} ended badly` }]
      return { passed: isGreen ? 1 : 0, failed: failures.length, failures, unsteady: [] }
    },
  }
}

interface TestOptions {
  readonly files: readonly string[]
  readonly concurrency: number
  /** Of one test. */
  readonly timeoutMs?: number
  readonly partTimeoutMs?: number
  readonly env?: Readonly<Record<string, string>>
}

/** A run of `node --test`, counted test by test. */
function tests(name: string, what: string, { files, concurrency, ...options }: TestOptions): Part {
  const run = () =>
    runNodeTests({
      files,
      concurrency,
      cwd: ROOT,
      env: { ...ENV, ...options.env },
      timeoutMs: options.timeoutMs ?? TEST_TIMEOUT_MS,
      fileTimeoutMs: options.partTimeoutMs ?? FILE_TIMEOUT_MS,
      partTimeoutMs: options.partTimeoutMs ?? PART_TIMEOUT_MS,
    })
  return { name, what, run }
}

/** What measures deadlines and loads: it has the machine to itself. */
const MEASURING = ['conformance/bounds.test.ts', 'conformance/containment/attack-load.test.ts']
const OTHER_CONFORMANCE = globSync('conformance/**/*.test.ts', { cwd: ROOT }).filter(
  (file) => !MEASURING.includes(file),
)

const PARTS: readonly Part[] = [
  check('lint', 'format and lint', 'biome', ['ci', '--colors=off', '.']),
  check('types', 'types', 'tsc', ['--noEmit']),
  check('dead-code', 'dead code', 'knip', []),
  tests('unit', 'unit and integration tests', {
    files: ['packages/*/src/**/*.test.ts', 'languages/suite/**/*.test.ts', 'bin/**/*.test.ts'],
    concurrency: CONCURRENCY,
  }),
  // By itself: its attackers take what they can get of the machine.
  tests('containment', 'attacks', { files: ['packages/runner/attacks/attacks.test.ts'], concurrency: 1 }),
  tests('conformance', 'conformance', { files: OTHER_CONFORMANCE.sort(), concurrency: CONCURRENCY }),
  tests('measuring', 'conformance that measures', { files: MEASURING, concurrency: 1 }),
]

/** What only `--long` runs, or being named. */
const LONG_PARTS: readonly Part[] = [
  tests('crash', '50 crash rounds of each kind', {
    files: ['conformance/crash/*.test.ts'],
    concurrency: 1,
    timeoutMs: LONG_TEST_TIMEOUT_MS,
    partTimeoutMs: LONG_PART_TIMEOUT_MS,
    env: { ALGORIST_CRASH_ROUNDS: '50' },
  }),
  whole('overload', 'two minutes of overload', process.execPath, ['conformance/overload.ts', '120']),
  whole('attack-load', 'five minutes of mixed attack', process.execPath, ['conformance/attack-load.ts', '300']),
  whole('big-data', '5 GiB through each storage', process.execPath, ['conformance/big-data.ts']),
  whole('many-accounts', '100,000 users with their keys', process.execPath, ['conformance/many-accounts.ts']),
  whole('many-calls', '1,000,000 calls in a call log', process.execPath, ['conformance/many-calls.ts']),
  whole('many-files', '100,000 files in a collection', process.execPath, ['conformance/many-files.ts']),
  whole('soak', 'an hour of mixed load with workers killed', process.execPath, ['benchmarks/soak.ts']),
  whole('fuzz', 'ten minutes of fuzzing', process.execPath, ['conformance/fuzz.ts', '--minutes', '10']),
]

function chooseParts(args: string[]): readonly Part[] {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    // Languages are installed by now.
    options: { long: { type: 'boolean' }, languages: { type: 'string' } },
  })
  const all = [...PARTS, ...LONG_PARTS]
  const unknown = positionals.filter((name) => !all.some((part) => part.name === name))
  if (unknown.length > 0) {
    throw new Error(`Unknown part: ${unknown.join(', ')}. Parts: ${all.map((part) => part.name).join(', ')}`)
  }
  if (positionals.length > 0) return all.filter((part) => positionals.includes(part.name))
  return values.long ? all : PARTS
}

async function runAll(parts: readonly Part[]): Promise<Tally> {
  const summary: string[] = []
  const tallies: Tally[] = []
  for (const part of parts) {
    process.stdout.write(`\n== ${part.what}\n`)
    const startedAtMs = performance.now()
    const tally = await part.run()
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
    summary.push(`${part.what.padEnd(28)} ${tally.passed} passed, ${tally.failed} failed, ${seconds} s`)
    tallies.push(tally)
  }
  const leftOut = await describeLacking(join(ROOT, 'languages'))
  if (leftOut.length > 0) summary.push('Left out (bin/test --languages all installs them):', ...leftOut)
  const sum = (key: 'passed' | 'failed') => tallies.reduce((total, tally) => total + tally[key], 0)
  const failures = tallies.flatMap((tally) => tally.failures)
  const unsteady = tallies.flatMap((tally) => tally.unsteady)
  list('failed beside other files, passed by themselves', unsteady)
  list('failed', failures)
  process.stdout.write(`\n== summary\n${summary.join('\n')}\n`)
  return { passed: sum('passed'), failed: sum('failed'), failures, unsteady }
}

/** What failed once more, so that nobody has to look for it in the output of thousands. */
function list(title: string, failures: Tally['failures']): void {
  if (failures.length === 0) return
  process.stdout.write(`\n== ${title}\n`)
  for (const { name, file, message } of failures) {
    const place = file === '' ? '' : `${relative(ROOT, file)}: `
    process.stdout.write(`${place}${name}\n${message.slice(0, LONGEST_MESSAGE).replace(/^/gm, '    ')}\n`)
  }
}

try {
  const total = await runAll(chooseParts(process.argv.slice(2)))
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`)
  process.exitCode = total.failed === 0 ? 0 : 1
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
} finally {
  rmSync(SHARED, { recursive: true, force: true })
}
