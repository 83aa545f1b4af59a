/** Carries the suite out and prints its table: attack × sandbox × run or build × server as root or not. */
import { LANGUAGES } from './attack.ts'
import { THEMES } from './list/all.ts'
import { AFTERWARDS, UNAVAILABLE } from './sandboxes.ts'
import { runSuite, type UserFinding } from './suite.ts'

/** Rows are attacks, columns cells; a cell says in which languages something was not contained. */
export function describeFindings(findings: readonly UserFinding[]): string {
  const columns = [...new Set(findings.filter(isOfAttack).map(columnOf))].sort()
  const head = `| Attack | ${columns.join(' | ')} |\n|---|${columns.map(() => '---|').join('')}`
  const themes = Object.entries(THEMES).map(([theme, attacks]) => {
    const rows = attacks.map(({ name }) => {
      const cells = columns.map((column) =>
        cellOf(findings.filter((finding) => finding.attack === name && columnOf(finding) === column)),
      )
      return `| ${name} | ${cells.join(' | ')} |`
    })
    return [`| **${theme}** |${columns.map(() => ' |').join('')}`, ...rows].join('\n')
  })
  const missing = findings.filter(({ attack }) => attack === UNAVAILABLE)
  const without = [...new Set(missing.map(columnOf))].map(
    (column) => `${column}: ${UNAVAILABLE}; such code does not start.`,
  )
  const after = findings.filter(({ attack }) => attack === AFTERWARDS)
  const last = after.map(({ user, column, language, problem }) => {
    const slowest = `slowest call of the neighbour ${language}`
    return `Afterwards, server as ${user}, ${column}: ${problem ?? 'nothing changed, nothing left'}; ${slowest}.`
  })
  return `${head}\n${themes.join('\n')}\n\n${[...without, ...last].join('\n')}\n`
}

const isOfAttack = ({ attack }: UserFinding) => attack !== AFTERWARDS && attack !== UNAVAILABLE
const columnOf = ({ user, column }: UserFinding) => `${user}: ${column}`

function cellOf(findings: readonly UserFinding[]): string {
  if (findings.length === 0) return '–'
  const holes = findings.filter(({ problem }) => problem !== null)
  if (holes.length > 0) return `NOT in ${holes.map(({ language }) => language).join(', ')}`
  if (findings.some(({ wasSeen }) => wasSeen === false)) return 'contained, not reported'
  return findings.length === LANGUAGES.length ? 'contained' : `contained (${findings.map(({ language }) => language)})`
}

/** What failed, one line each. */
export function describeHoles(findings: readonly UserFinding[]): string[] {
  return findings
    .filter(({ problem, wasSeen }) => problem !== null || wasSeen === false)
    .map(({ user, column, language, attack, problem }) =>
      [user, column, language, attack, problem ?? 'contained, but the operator was not told'].join(' | '),
    )
}

if (import.meta.main) {
  const findings = await runSuite(process.argv[2])
  process.stdout.write(describeFindings(findings))
  process.stdout.write(
    describeHoles(findings)
      .map((line) => `${line}\n`)
      .join(''),
  )
}
