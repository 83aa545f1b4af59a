import assert from 'node:assert/strict'
import { test } from 'node:test'
import { booleanOf, parseQuery, timeoutSecondsOf } from './query.ts'

const queries: [string, Record<string, string>][] = [
  ['', {}],
  ['a=1&b=2', { a: '1', b: '2' }],
  ['a=1&a=2', { a: '1' }],
  ['a=&a=2', { a: '2' }],
  ['a=%zz&a=2', { a: '2' }],
  ['a', {}],
  ['=1', {}],
  ['a=b=c', { a: 'b=c' }],
  ['a=x+y%2Bz', { a: 'x y+z' }],
  ['a=x%2F', { a: 'x/' }],
  ['output=raw&output=raw&timeout=5', { output: 'raw', timeout: '5' }],
  ['timeout=10&stdout=true/?timeout=300&stdout=false&output=raw', { timeout: '10', stdout: 'true', output: 'raw' }],
  ['?true=true', { true: 'true' }],
  ['__proto__=1', Object.fromEntries([['__proto__', '1']])],
]

for (const [text, expected] of queries) {
  test(`the query '${text}' is read as ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(Object.fromEntries(parseQuery(text)), expected)
  })
}

test('booleans come in many spellings and never fail', () => {
  for (const text of ['true', 'True', 'TRUE', '1', 'yes', 'YES']) assert.equal(booleanOf(text, false), true, text)
  for (const text of ['false', 'False', 'FALSE', '0', 'no']) assert.equal(booleanOf(text, true), false, text)
  for (const text of [undefined, '', 'maybe', '2']) {
    assert.equal(booleanOf(text, true), true)
    assert.equal(booleanOf(text, undefined), undefined)
  }
})

test('timeouts are decimal seconds above zero, cut at 3000, 300 when unreadable', () => {
  const cases: [string | undefined, number][] = [
    [undefined, 300],
    ['', 300],
    ['10', 10],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['3000', 3000],
    ['3001', 3000],
    ['9'.repeat(400), 3000],
    ['0', 300],
    ['-5', 300],
    ['1e9', 300],
    ['Infinity', 300],
    ['ten', 300],
    ['5s', 300],
    ['.', 300],
  ]
  for (const [text, expected] of cases) assert.equal(timeoutSecondsOf(text), expected, String(text))
})
