import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAllowEntry, parseAllowEntry } from './allow-list.ts'

test('entries are addresses, ranges and host names, each with or without a port', () => {
  const texts = [
    '10.1.2.3',
    '10.0.0.0/8',
    '10.0.0.0/8:443',
    'fd00::5',
    'fd00::/8',
    '[fd00::5]:443',
    '[fd00::/8]:443',
    'mirror',
    'mirror.example:8081',
    'a-b.c_d.example',
  ]
  for (const text of texts) {
    const entry = parseAllowEntry(text)
    assert.equal(entry && formatAllowEntry(entry), text)
  }
  assert.deepEqual(parseAllowEntry('Mirror.Example:80'), { target: 'mirror.example', port: 80 })
  assert.deepEqual(parseAllowEntry('[fd00::5]'), parseAllowEntry('fd00::5'))
})

test('what is no entry is refused, broken addresses above all', () => {
  const texts = [
    '',
    ':443',
    '10.0.0.0/33',
    '10.0.0.256',
    '10.0.0',
    '1234',
    '10.0.0.1:0',
    '10.0.0.1:65536',
    '[10.0.0.1]:443',
    '[mirror]:443',
    'fd00::5]:443',
    'fe80::1%eth0',
    'mirror.',
    '-mirror',
    'http://mirror',
    'mirror/path',
    'a b',
    'mirror:',
    '*.example',
  ]
  for (const text of texts) assert.equal(parseAllowEntry(text), undefined, text)
})
