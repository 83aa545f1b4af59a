import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccountName, isAlgorithmName, isCollectionName, isCommitSha, isUuid } from './names.ts'

test('names are a letter followed by letters, digits and underscores', () => {
  for (const check of [isAccountName, isAlgorithmName, isCollectionName]) {
    for (const name of ['a', 'Z', 'demo', 'A_1', 'a'.repeat(30)]) assert.ok(check(name), name)
    for (const name of ['', '1a', '_a', 'a-b', 'a b', 'a.b', 'a/b', 'é', 'a\n', '.my', '..'])
      assert.ok(!check(name), name)
  }
})

test('names have a longest length', () => {
  assert.deepEqual([isAccountName('a'.repeat(31)), isCollectionName('a'.repeat(64))], [false, true])
  assert.deepEqual([isCollectionName('a'.repeat(65)), isAlgorithmName('a'.repeat(128))], [false, true])
  assert.equal(isAlgorithmName('a'.repeat(129)), false)
})

test('UUIDs are told by their form in any case', () => {
  assert.ok(isUuid('dc7daff0-37e7-549e-b469-d9da822a4092') && isUuid('DC7DAFF0-37E7-549E-B469-D9DA822A4092'))
  for (const text of [
    '',
    'demo',
    'dc7daff037e7549eb469d9da822a4092',
    'gc7daff0-37e7-549e-b469-d9da822a4092',
    'xdc7daff0-37e7-549e-b469-d9da822a4092',
  ]) {
    assert.ok(!isUuid(text), text)
  }
})

test('a commit id is forty hex digits', () => {
  assert.ok(isCommitSha('0123456789abcdefABCD0123456789abcdefabcd'))
  assert.ok(!isCommitSha('0123456') && !isCommitSha('g'.repeat(40)) && !isCommitSha('a'.repeat(41)))
})
