/**
 * The load generator `wrk` (Debian package of that name), which costs less than `load.ts` and so leaves more of a small
 * machine to the server. Whoever measures takes it where it is installed.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { LoadOptions, LoadResult } from './load.ts'

/** What it sends and prints. */
const SCRIPT = join(import.meta.dirname, 'wrk.lua')

export interface WrkResult extends LoadResult {
  readonly replies: number
  /** Replies with a status from 400 on. */
  readonly badReplies: number
  /** Connections that were refused or broke, and requests without an answer within 10 s. */
  readonly brokenConnections: number
}

export function isWrkInstalled(): boolean {
  try {
    // It ends with 1 after printing its version.
    execFileSync('wrk', ['-v'], { stdio: 'ignore' })
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT')
  }
}

/**
 * One thread, `connections` kept alive, the next request on each when its last was answered.
 * @param options durations are rounded to whole seconds, at least one; `status` is not looked at
 * @throws Error with what wrk said when it could not run
 */
export async function wrk(options: LoadOptions): Promise<WrkResult> {
  const folder = mkdtempSync(join(tmpdir(), 'algorist-wrk-'))
  try {
    const body = join(folder, 'body')
    writeFileSync(body, options.body)
    return await run(options, body)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function run({ url, headers, connections, durationMs, paths = [] }: LoadOptions, body: string) {
  const seconds = Math.max(1, Math.round(durationMs / 1000))
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '--latency', '-s', SCRIPT]
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`)
  const env = { ...process.env, WRK_BODY: body, WRK_PATHS: paths.join('\n') }
  const { stdout } = await promisify(execFile)('wrk', [...args, url], { env, timeout: (seconds + 30) * 1000 })
  const figures = stdout.match(/^FIGURES (.*)$/m)?.[1]
  if (figures === undefined) throw new Error(`wrk printed no figures: ${stdout}`)
  const { replies, us, p50Us, p90Us, p99Us, p999Us, badReplies, brokenConnections } = JSON.parse(figures)
  return {
    callsPerSecond: (replies - badReplies) / (us / 1e6),
    p50Ms: p50Us / 1000,
    p90Ms: p90Us / 1000,
    p99Ms: p99Us / 1000,
    p999Ms: p999Us / 1000,
    replies,
    badReplies,
    brokenConnections,
  }
}
