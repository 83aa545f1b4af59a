import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSecretBox } from './secret-box.ts'

const box = createSecretBox(Buffer.alloc(32, 1))

test('open() gives back what seal() took', () => {
  for (const text of ['', 'simabc', 'čaj 🍵', 'x'.repeat(100_000)]) {
    assert.equal(box.open(box.seal(text, 'key-1'), 'key-1'), text)
  }
})

test('seal() never gives the same twice, and not the text', () => {
  assert.notEqual(box.seal('simabc', 'a'), box.seal('simabc', 'a'))
  assert.ok(!Buffer.from(box.seal('simabc', 'a'), 'base64').toString('latin1').includes('simabc'))
})

test('open() refuses another context, another master key and any changed byte', () => {
  const sealed = box.seal('simabc', 'key-1')
  assert.throws(() => box.open(sealed, 'key-2'))
  assert.throws(() => createSecretBox(Buffer.alloc(32, 2)).open(sealed, 'key-1'))
  const bytes = Buffer.from(sealed, 'base64')
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes)
    changed[index] = (changed[index] ?? 0) ^ 1
    assert.throws(() => box.open(changed.toString('base64'), 'key-1'), `byte ${index}`)
  }
  assert.throws(() => box.open('', 'key-1'), /Not a sealed value/)
})
