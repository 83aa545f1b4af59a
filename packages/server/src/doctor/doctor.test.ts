import assert from 'node:assert/strict'
import { test } from 'node:test'
import { examine, formatFindings, hasFailed } from './doctor.ts'

test('a check that throws is a failed finding, and the others still run', async () => {
  const findings = await examine([
    {
      name: 'broken',
      run: async () => {
        throw new Error('no such program')
      },
    },
    { name: 'fine', run: async () => ({ name: 'fine', level: 'ok', detail: 'seen' }) },
  ])
  assert.deepEqual(
    findings.map(({ level }) => level),
    ['failed', 'ok'],
  )
  assert.equal(hasFailed(findings), true)
})

test('the report shows each fix under its finding and counts the failures', () => {
  const text = formatFindings([
    { name: 'git', level: 'failed', detail: 'not found', fix: 'apt-get install git' },
    { name: 'disk', level: 'ok', detail: '10 GiB free', fix: 'never shown' },
  ])
  assert.match(
    text,
    /FAILED {3}git {3}not found\n +apt-get install git\nok {7}disk {2}10 GiB free\n1 of 2 checks failed\.\n/,
  )
})
