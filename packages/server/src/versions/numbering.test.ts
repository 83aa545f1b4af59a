import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { bumpOf, chooseNumber } from './numbering.ts'

const at = (major: number, minor: number, revision: number) => ({ major, minor, revision })

test('the first number depends on the type', () => {
  assert.deepEqual(chooseNumber(undefined), at(0, 1, 0))
  assert.deepEqual(chooseNumber(undefined, { version_type: 'revision' }), at(0, 0, 1))
  assert.deepEqual(chooseNumber(undefined, { version_type: 'major' }), at(1, 0, 0))
})

test('every spelling of a type is understood', () => {
  const last = at(1, 2, 3)
  for (const version_type of ['patch', 'revision', 'Revision', 'PATCH']) {
    assert.deepEqual(chooseNumber(last, { version_type }), at(1, 2, 4))
  }
  for (const version_type of ['minor', 'default', 'Minor', '', undefined]) {
    assert.deepEqual(chooseNumber(last, { version_type }), at(1, 3, 0))
  }
  assert.deepEqual(chooseNumber(last, { type: 'major' }), at(2, 0, 0))
})

test('an explicit number must be one and be higher than the last', () => {
  assert.deepEqual(chooseNumber(at(1, 2, 3), { semantic_version: '4.0.7' }), at(4, 0, 7))
  for (const semantic_version of ['1.2.3', '1.2.2', '0.9.9', '1.2', 'v2.0.0', '1.02.4']) {
    assert.throws(() => chooseNumber(at(1, 2, 3), { semantic_version }), ApiError, semantic_version)
  }
  assert.throws(() => chooseNumber(undefined, { version_type: 'huge' }), ApiError)
})

test('a step is named by the first part that differs', () => {
  assert.equal(bumpOf(at(1, 2, 3), at(2, 2, 3)), 'major')
  assert.equal(bumpOf(at(1, 2, 3), at(1, 4, 0)), 'minor')
  assert.equal(bumpOf(at(1, 2, 3), at(1, 2, 9)), 'revision')
})
