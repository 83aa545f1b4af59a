import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FULL_RIGHTS, type KeyRights } from '../caller.ts'
import { intersection, isWithin, permissionsOf, rightsOf } from './rights.ts'

const acl = (...algoAcl: string[]): KeyRights => ({ ...FULL_RIGHTS, algoAcl })

const coverage: [string, string, boolean][] = [
  ['algo://*', 'algo://*', true],
  ['algo://a/*', 'algo://*', true],
  ['algo://a/b/*', 'algo://a/*', true],
  ['algo://A/B/*', 'algo://a/b/*', true],
  ['algo://*', 'algo://a/*', false],
  ['algo://ab/*', 'algo://a/*', false],
  ['algo://a/bc/*', 'algo://a/b/*', false],
]
for (const [part, whole, expected] of coverage) {
  test(`${part} is ${expected ? '' : 'not '}within ${whole}`, () => {
    assert.equal(isWithin(acl(part), acl(whole)), expected)
  })
}

test('every single right counts', () => {
  const none = rightsOf({})
  assert.ok(isWithin(none, none))
  for (const right of ['allowData', 'allowDataWrite', 'allowAlgo', 'allowWebAlgo', 'allowAlgoManagement'] as const) {
    assert.equal(isWithin({ ...none, [right]: true }, none), false, right)
    assert.equal(isWithin({ ...none, [right]: true }, { ...none, [right]: true }), true, right)
  }
})

test('a host that browsers must come from is kept', () => {
  const limited = { ...FULL_RIGHTS, refererHost: 'a.example' }
  assert.equal(isWithin(FULL_RIGHTS, limited), false)
  assert.equal(isWithin({ ...FULL_RIGHTS, refererHost: 'b.example' }, limited), false)
  assert.equal(isWithin({ ...FULL_RIGHTS, allowWebAlgo: false }, limited), true)
  assert.equal(intersection(FULL_RIGHTS, limited).refererHost, 'a.example')
  assert.equal(intersection({ ...FULL_RIGHTS, refererHost: 'b.example' }, limited).allowWebAlgo, false)
})

test('an intersection is within both', () => {
  const a = { ...acl('algo://a/*', 'algo://b/x/*'), allowData: false }
  const b = { ...acl('algo://a/y/*', 'algo://b/*'), allowAlgo: false }
  const both = intersection(a, b)
  assert.ok(isWithin(both, a) && isWithin(both, b))
  assert.deepEqual(both.algoAcl.toSorted(), ['algo://a/y/*', 'algo://b/x/*'])
})

test('permissionsOf() and rightsOf() are each other’s inverse', () => {
  for (const rights of [FULL_RIGHTS, rightsOf({}), { ...FULL_RIGHTS, refererHost: 'a.example' }]) {
    assert.deepEqual(rightsOf(permissionsOf(rights)), rights)
  }
})
