/** Prints docs/containment.md from the attacks: `bin/node packages/runner/attacks/page.ts > docs/containment.md`. */
import { type Attack, anyThatWorked } from './attack.ts'
import { THEMES } from './list/all.ts'

const HEAD = `# Containment

What hostile code tries, what stops it, and what the operator sees of it. Printed by \`packages/runner/attacks/page.ts\` from
the attacks that \`bin/test containment\` carries out: in Python, JavaScript and C, in calls with network \`isolated\` and
\`full\` and in builds, with workers started one by one, forked (zygotes) and started ahead, with the server as root and as
an ordinary user. While they go on, another account's calls must all be answered rightly.
\`bin/node packages/runner/attacks/table.ts\` prints what came of them on this machine. The setting for trusted code only
contains nothing, by definition, and is no column there.

"The kernel refuses" means that the attacker gets an error, as every program does that asks for what it may not have; that is
not reported. What is reported is one warning in the server's log, \`contained\` with its cause and whose code it was, and a
count by cause in \`/metrics\`. Where the host gives the server no control group, memory is looked at a few times a second, and
the kernel may refuse it before that, which is then not reported.
`

/** The page's text; a test compares it with the file. */
export function containmentPage(): string {
  const sections = Object.entries(THEMES).map(([theme, attacks]) => {
    const rows = attacks.map(
      (attack) => `| ${attack.name} | ${whereOf(attack)} | ${attack.stoppedBy} | ${seenOf(attack)} |`,
    )
    return `\n## ${theme}\n\n| Attack | In | Stopped by | Operators see |\n|---|---|---|---|\n${rows.join('\n')}\n`
  })
  return HEAD + sections.join('')
}

const whereOf = ({ phases = ['run', 'build'] }: Attack) =>
  phases.map((phase) => (phase === 'run' ? 'calls' : 'builds')).join(', ')

function seenOf({ seenAs, succeededBy = anyThatWorked }: Attack): string {
  if (seenAs !== undefined) return `\`contained\`, cause \`${seenAs}\``
  return succeededBy === anyThatWorked ? 'nothing: the kernel refuses' : 'nothing: it has no effect on others'
}

if (import.meta.main) process.stdout.write(containmentPage())
