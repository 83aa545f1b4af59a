/** Hostile code harms nobody: every attack in every cell (design.md 5 and 10). Prints the table. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { isRoot } from '../test-fixtures/harness.ts'
import { LANGUAGES } from './attack.ts'
import { ATTACKS } from './list/all.ts'
import { containmentPage } from './page.ts'
import { AFTERWARDS } from './sandboxes.ts'
import { runSuite, type ServerUser, type UserFinding, whyNoUser } from './suite.ts'
import { describeFindings, describeHoles } from './table.ts'

/** The first test waits for the whole suite, which a slow machine may take long over. */
const SUITE_TIMEOUT_MS = 20 * 60_000

let findings: UserFinding[] = []
before(
  async () => {
    findings = await runSuite()
    process.stdout.write(describeFindings(findings))
  },
  { timeout: SUITE_TIMEOUT_MS },
)

const USERS: readonly { user: ServerUser; skip: string | false }[] = [
  { user: 'root', skip: !isRoot && 'needs root' },
  { user: 'user', skip: whyNoUser() ?? false },
]

for (const { user, skip } of USERS) {
  for (const phase of ['run', 'build'] as const) {
    test(`no attack harms anybody and operators are told: ${phase}s, server as ${user}`, {
      skip,
      timeout: SUITE_TIMEOUT_MS,
    }, () => {
      const own = findings.filter((finding) => finding.user === user && finding.column.endsWith(phase))
      assert.deepEqual(describeHoles(own), [])
      for (const { name, phases = [phase], languages = LANGUAGES } of ATTACKS) {
        if (!phases.includes(phase)) continue
        const tried = new Set(own.filter(({ attack }) => attack === name).map(({ language }) => language))
        assert.deepEqual([...tried].sort(), [...languages].sort(), name)
      }
    })
  }

  test(`nothing is changed or left after all attacks, server as ${user}`, { skip }, () => {
    const last = findings.filter(({ user: by, attack }) => by === user && attack === AFTERWARDS)
    assert.ok(last.length > 0)
    assert.deepEqual(describeHoles(last), [])
  })
}

test('docs/containment.md says what the attacks say', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/containment.md'), 'utf8')
  assert.equal(page, containmentPage(), 'run packages/runner/attacks/page.ts > docs/containment.md')
})
