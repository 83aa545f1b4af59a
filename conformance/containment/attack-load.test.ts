/** A short mixed attack: a normal caller's calls are all answered, and the operator sees what was stopped. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { attackLoad, describeAttackLoad } from '../attack-load.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { ATTACKED_SETTINGS, type Attackers, installAttackers } from './attackers.ts'

const PHASES = { rounds: 2, aloneMs: 2000, besideMs: 6000 }

let target: Target
let probe: Probe
let attackers: Attackers
before(async () => {
  target = await startTarget(ATTACKED_SETTINGS)
  probe = await installProbe(target)
  attackers = await installAttackers(target)
})
after(() => target?.close())

test('beside eight kinds of attackers no call of a normal caller fails', { timeout: 240_000 }, async (t) => {
  const report = await attackLoad({ target, probe, attackers }, PHASES)
  for (const line of describeAttackLoad(report).trim().split('\n')) t.diagnostic(line)
  assert.deepEqual(report.alone.errors, [])
  assert.deepEqual(report.besideAttackers.errors, [])
  assert.ok(report.besideAttackers.tookMs.length >= 100, `${report.besideAttackers.tookMs.length} calls`)
  assert.equal(report.attacks.size, 8)
  // Whether an account may harm others is decided above; that it was stopped has to be told.
  for (const cause of ['memory', 'protocol', 'time', 'disk']) {
    assert.ok((report.contained.get(cause) ?? 0) > 0, `nothing was contained by ${cause}`)
  }
})
