import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bumpVersion,
  compareVersions,
  formatVersion,
  parseSemanticVersion,
  parseVersionSelector,
  type VersionSelector,
} from './version.ts'

const exact = (major: number, minor: number, revision: number): VersionSelector => ({
  kind: 'exact',
  version: { major, minor, revision },
})
const sha = 'a'.repeat(39)

const selectors: [string | undefined, VersionSelector | undefined][] = [
  [undefined, { kind: 'latest' }],
  ['', { kind: 'latest' }],
  ['latest', { kind: 'latest' }],
  ['latestPrivate', { kind: 'latestPrivate' }],
  [`${sha}1`, { kind: 'hash', hash: `${sha}1` }],
  [`${sha.toUpperCase()}F`, { kind: 'hash', hash: `${sha}f` }],
  ['1'.repeat(40), { kind: 'hash', hash: '1'.repeat(40) }],
  ['0.1.0', exact(0, 1, 0)],
  ['10.20.30', exact(10, 20, 30)],
  ['1', { kind: 'range', major: 1 }],
  ['12', { kind: 'range', major: 12 }],
  ['1.*', { kind: 'range', major: 1 }],
  ['1.x', { kind: 'range', major: 1 }],
  ['1.*.*', { kind: 'range', major: 1 }],
  ['1.2', { kind: 'range', major: 1, minor: 2 }],
  ['1.2.*', { kind: 'range', major: 1, minor: 2 }],
  ['1.2.x', { kind: 'range', major: 1, minor: 2 }],
  ['0.0', { kind: 'range', major: 0, minor: 0 }],
  ...[
    'Latest',
    'latestprivate',
    '*',
    'x',
    '*.*',
    '*.1',
    '1.*.2',
    '1.2.3.4',
    '1.2.3.*',
    '1.2.*.*',
    '1.',
    '.1',
    '1..2',
  ].map(never),
  ...['01', '1.02', '1.2.03', '-1', '+1', '1.2.3-beta', 'v1', sha, 'abc1234', '1'.repeat(10), ' 1', '1\n'].map(never),
]

function never(text: string): [string, undefined] {
  return [text, undefined]
}

for (const [text, expected] of selectors) {
  test(`the selector ${JSON.stringify(text)} means ${expected ? JSON.stringify(expected) : 'nothing'}`, () => {
    assert.deepEqual(parseVersionSelector(text), expected)
  })
}

test('a semantic version survives parsing and formatting', () => {
  for (const text of ['0.0.0', '1.2.3', '999999999.0.12']) {
    const version = parseSemanticVersion(text)
    assert.ok(version)
    assert.equal(formatVersion(version), text)
  }
})

test('versions sort by number, not by text', () => {
  const sorted = ['1.10.0', '1.9.9', '0.1.1', '1.9.10', '0.1.0']
    .map((text) => parseSemanticVersion(text))
    .filter((v) => v !== undefined)
  assert.deepEqual(sorted.sort(compareVersions).map(formatVersion), ['0.1.0', '0.1.1', '1.9.9', '1.9.10', '1.10.0'])
})

test('the first and the next version depend on the part that is raised', () => {
  const next = { major: 1, minor: 2, revision: 3 }
  const bumps = (['major', 'minor', 'revision'] as const).map((part) => [
    formatVersion(bumpVersion(undefined, part)),
    formatVersion(bumpVersion(next, part)),
  ])
  assert.deepEqual(bumps, [
    ['1.0.0', '2.0.0'],
    ['0.1.0', '1.3.0'],
    ['0.0.1', '1.2.4'],
  ])
})
