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

export interface WrkResult extends LoadResult {
  readonly replies: number
  /** Replies with a status from 400 on. */
  readonly badReplies: number
  /** Connections that were refused or broke, and requests without an answer within 10 s. */
  readonly brokenConnections: number
}

/** Its body comes from a file, and its figures are printed as JSON instead of with rounded units. */
const SCRIPT = `
wrk.method = "POST"
local file = assert(io.open(os.getenv("WRK_BODY"), "rb"))
wrk.body = file:read("*a")
file:close()
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'FIGURES {"replies":%d,"us":%d,"p50Us":%d,"p99Us":%d,"badReplies":%d,"brokenConnections":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
`

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
    const [script, body] = [join(folder, 'post.lua'), join(folder, 'body')]
    writeFileSync(script, SCRIPT)
    writeFileSync(body, options.body)
    return await run(options, script, body)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function run({ url, headers, connections, durationMs }: LoadOptions, script: string, body: string) {
  const seconds = Math.max(1, Math.round(durationMs / 1000))
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script]
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`)
  const env = { ...process.env, WRK_BODY: body }
  const { stdout } = await promisify(execFile)('wrk', [...args, url], { env, timeout: (seconds + 30) * 1000 })
  const figures = stdout.match(/^FIGURES (.*)$/m)?.[1]
  if (figures === undefined) throw new Error(`wrk printed no figures: ${stdout}`)
  const { replies, us, p50Us, p99Us, badReplies, brokenConnections } = JSON.parse(figures)
  return {
    callsPerSecond: (replies - badReplies) / (us / 1e6),
    p50Ms: p50Us / 1000,
    p99Ms: p99Us / 1000,
    replies,
    badReplies,
    brokenConnections,
  }
}
