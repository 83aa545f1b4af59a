/** Runs test files with `node --test` and answers what passed, what failed, and what failed only beside others. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { show } from './show.ts'
import type { Counts, Failure } from './test-reporter.ts'

export interface Tally {
  readonly passed: number
  readonly failed: number
  /** What failed, at most once per test; a part that is no test names itself. */
  readonly failures: readonly Pick<Failure, 'name' | 'file' | 'message'>[]
  /** What failed beside other files and passed when its file was run again by itself. */
  readonly unsteady: readonly Failure[]
}

export interface NodeTestOptions {
  /** Paths or patterns, relative to `cwd`. */
  readonly files: readonly string[]
  /** Files at the same time. */
  readonly concurrency: number
  /** Of one test. */
  readonly timeoutMs: number
  /** Of one file, from its start until its process has exited. */
  readonly fileTimeoutMs: number
  /** Of all of them. */
  readonly partTimeoutMs: number
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/** When more files failed than these, it is not for want of time. */
const MOST_AGAIN = 3
const REPORTER = join(import.meta.dirname, 'test-reporter.ts')
const FILE_LIMIT = join(import.meta.dirname, 'test-file-limit.ts')

/**
 * Runs the files; the few that failed are run once more by themselves (decision 0078). What fails then has failed.
 *
 * @throws Error when Node cannot be started
 */
export async function runNodeTests(options: NodeTestOptions): Promise<Tally> {
  const first = await runOnce(options)
  const files = [...new Set(first.failures.map(({ file }) => file))]
  const mayPass = files.length > 0 && files.length <= MOST_AGAIN && files.every((file) => existsSync(file))
  if (!first.isWhole || !mayPass) return { ...first, unsteady: [] }
  process.stdout.write(`\n== once more, by themselves: ${files.join(' ')}\n`)
  const again = await runOnce({ ...options, files, concurrency: 1 })
  return {
    passed: first.passed + Math.max(0, first.failed - again.failed),
    failed: again.failed,
    failures: again.failures,
    unsteady: again.failed === 0 ? first.failures : [],
  }
}

interface Once {
  /** False when it was ended before all files had run. */
  readonly isWhole: boolean
  readonly passed: number
  readonly failed: number
  readonly failures: readonly Failure[]
}

async function runOnce({ files, concurrency, timeoutMs, cwd, ...options }: NodeTestOptions): Promise<Once> {
  const folder = mkdtempSync(join(tmpdir(), 'algorist-test-'))
  const report = join(folder, 'report.jsonl')
  const args = [
    `--import=${pathToFileURL(FILE_LIMIT)}`,
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutMs}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${REPORTER}`,
    `--test-reporter-destination=${report}`,
    ...files,
  ]
  const env = { ...options.env, TEST_FILE_TIMEOUT_MS: String(options.fileTimeoutMs) }
  try {
    const exitCode = await show(process.execPath, args, { cwd, env, timeoutMs: options.partTimeoutMs })
    return readReport(existsSync(report) ? readFileSync(report, 'utf8') : '', exitCode)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A run that ends badly or counted nothing is one failure at least. */
function readReport(text: string, exitCode: number): Once {
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Counts | Failure)
  const failures = lines.filter((line) => line.kind === 'failure')
  const counts = lines.find((line) => line.kind === 'counts')
  const { passed, failed } = counts ?? { passed: 0, failed: failures.length }
  const isSound = exitCode === 0 && passed > 0
  return { isWhole: counts !== undefined, passed, failed: isSound ? failed : Math.max(failed, 1), failures }
}
