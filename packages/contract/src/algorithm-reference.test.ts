import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAlgorithmUri, isAclPattern, matchesAcl, parseAlgorithmPath } from './algorithm-reference.ts'

const id = 'dc7daff0-37e7-549e-b469-d9da822a4092'
const hello = { kind: 'name', owner: 'demo', name: 'Hello' }

const paths: [string, unknown, string | undefined][] = [
  ['demo/Hello', hello, undefined],
  ['demo/Hello/', hello, undefined],
  ['demo/Hello/0.1.0', hello, '0.1.0'],
  ['demo/Hello/0.1.0/', hello, '0.1.0'],
  ['demo/Hello/1.2.%2A', hello, '1.2.*'],
  ['demo/Hello/1.2.*', hello, '1.2.*'],
  ['algo://demo/Hello', hello, undefined],
  ['algo:/demo/Hello/latestPrivate', hello, 'latestPrivate'],
  ['ALGO://demo/Hello/1/', hello, '1'],
  ['algo%3A%2F%2Fdemo%2FHello', hello, undefined],
  [id, { kind: 'id', id }, undefined],
  [`${id.toUpperCase()}/1.0.0/`, { kind: 'id', id }, '1.0.0'],
  [`algo://${id}/latest`, { kind: 'id', id }, 'latest'],
]

for (const [path, algorithm, selectorText] of paths) {
  test(`the call path ${path} is understood`, () => {
    assert.deepEqual(parseAlgorithmPath(path), { algorithm, selectorText })
  })
}

for (const path of [
  '',
  '/',
  'demo',
  'demo/',
  '/Hello',
  'demo//1.0.0',
  'demo/Hello//',
  'demo/Hello/1/2',
  'demo/%zz',
  'demo/Hello/%E0%A4%A',
  `${id}/1/2`,
  'algo://',
  'algo:///demo/Hello',
]) {
  test(`the call path '${path}' names no algorithm`, () => {
    assert.equal(parseAlgorithmPath(path), undefined)
  })
}

test('an algorithm is written back with and without its selector', () => {
  assert.equal(formatAlgorithmUri('demo', 'Hello'), 'algo://demo/Hello')
  assert.equal(formatAlgorithmUri('demo', 'Hello', '1.*'), 'algo://demo/Hello/1.*')
})

test('key permissions match by owner and name, in any case, and nothing matches an empty list', () => {
  const cases: [string[], boolean][] = [
    [[], false],
    [['algo://*'], true],
    [['algo://demo/*'], true],
    [['algo://DEMO/hello/*'], true],
    [['algo://other/*', 'algo://demo/Hello/*'], true],
    [['algo://demo/Hell/*'], false],
    [['algo://dem/*'], false],
    [['algo://demo/Hello'], false],
    [['*'], false],
    [['algo://demo*'], false],
  ]
  for (const [acl, expected] of cases) assert.equal(matchesAcl(acl, 'demo', 'Hello'), expected, JSON.stringify(acl))
})

test('only the three documented forms are permissions', () => {
  for (const pattern of ['algo://*', 'algo://demo/*', 'algo://demo/Hello/*']) assert.ok(isAclPattern(pattern), pattern)
  for (const pattern of [
    '',
    '*',
    'algo://',
    'algo://demo',
    'algo://demo/Hello',
    'algo://demo*',
    'algo://a-b/*',
    'algo://a/b/c/*',
    'algo://*/*',
    'data://*',
  ]) {
    assert.ok(!isAclPattern(pattern), pattern)
  }
})
