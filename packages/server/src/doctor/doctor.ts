/**
 * `algorist doctor`: is this machine able to keep the promises? Owns the frame and the printing; which checks there are
 * is checks.ts.
 */

/** What one check found. */
export interface Finding {
  readonly name: string
  /**
   * `warning`: works, with less protection or comfort than promised. `skipped`: cannot be told, because another failed.
   * `absent`: not installed, and nothing needs it but who wants it.
   */
  readonly level: 'ok' | 'warning' | 'failed' | 'skipped' | 'absent'
  /** What was seen, for people. */
  readonly detail: string
  /** What to do about it, as a command where one exists. */
  readonly fix?: string
}

/** A check that throws counts as failed with its message. */
export interface Check {
  readonly name: string
  run(): Promise<Finding | readonly Finding[]>
}

/** Runs the checks one after another, so that they do not disturb each other's measurements. */
export async function examine(checks: readonly Check[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const check of checks) findings.push(...(await runCheck(check)))
  return findings
}

async function runCheck(check: Check): Promise<readonly Finding[]> {
  try {
    const found = await check.run()
    return Array.isArray(found) ? found : [found as Finding]
  } catch (error) {
    return [{ name: check.name, level: 'failed', detail: error instanceof Error ? error.message : String(error) }]
  }
}

const marks = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ', skipped: 'skipped', absent: 'absent ' } as const

/** The report as text; one line per finding and one more for each fix. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ name }) => name.length))
  const lines = findings.flatMap(({ name, level, detail, fix }) => [
    `${marks[level]}  ${name.padEnd(width)}  ${detail}`,
    ...(fix === undefined || level === 'ok' ? [] : [`${' '.repeat(width + 11)}${fix}`]),
  ])
  const failed = findings.filter(({ level }) => level === 'failed').length
  return `${lines.join('\n')}\n${failed === 0 ? 'Nothing promised is missing.' : `${failed} of ${findings.length} checks failed.`}\n`
}

/** The report for programs. */
export function findingsAsJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ ok: !hasFailed(findings), findings }, null, 2)}\n`
}

export const hasFailed = (findings: readonly Finding[]): boolean => findings.some(({ level }) => level === 'failed')
