import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_NESTING } from '@algorist/contract/json-scanner.ts'
import { createJsonValidator } from './json-validator.ts'
import { createUtf8Validator } from './utf8-validator.ts'

function accepts(text: string, size = Number.POSITIVE_INFINITY): boolean {
  const validator = createJsonValidator()
  const bytes = Buffer.from(text)
  for (let i = 0; i < bytes.length; i += size) {
    if (!validator.push(bytes.subarray(i, Math.min(bytes.length, i + size)))) return false
  }
  return validator.end()
}

const valid = [
  '1',
  '-0',
  '0.5e-10',
  '1E+5',
  '12345678901234567890',
  '1e400',
  '"a"',
  '"\\u00e9\\n\\""',
  'null',
  'true',
  ' [ ] ',
  '{}',
  '[1,2.0,{"a":[true,false,null]}]',
  '{"a":1,"a":2}',
  '\t{"x" : "ü"}\r\n',
  '[[[]]]',
  '[1 ,2]',
  '{"a":-1}',
  '[0]',
  '[0,0.0]',
  '-1.5E3 ',
]
const invalid = [
  '',
  ' ',
  '01',
  '-',
  '1.',
  '.5',
  '1e',
  '1e+',
  '+1',
  'nul',
  'nulll',
  'True',
  '"',
  '"\\x"',
  '"\\u12g4"',
  '"a\nb"',
  '[',
  '[1,]',
  '[1 2]',
  '{',
  '{a:1}',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{1:2}',
  ']',
  '[}',
  '{]',
  '1 2',
  'NaN',
  'Infinity',
  '[1}',
  "{'a':1}",
  '"a" "b"',
  '[0x1]',
  '1.e5',
  '-a',
  '\u00a0',
]

test('JSON is accepted and everything else refused, however it is cut into chunks', () => {
  for (const text of valid)
    for (const size of [1, 2, 3, 1000]) assert.equal(accepts(text, size), true, `${text} by ${size}`)
  for (const text of invalid)
    for (const size of [1, 2, 3, 1000]) assert.equal(accepts(text, size), false, `${text} by ${size}`)
})

test('the verdict equals that of JSON.parse on random mutations of valid texts', () => {
  const alphabet = '{}[]",:0123456789.eE+-tfnrualse \\u\n'
  let seed = 42
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return seed % n
  }
  for (let round = 0; round < 20_000; round++) {
    const base = valid[random(valid.length)] as string
    const at = random(base.length + 1)
    const text = base.slice(0, at) + alphabet[random(alphabet.length)] + base.slice(at + random(2))
    let parsed = true
    try {
      JSON.parse(text)
    } catch {
      parsed = false
    }
    assert.equal(accepts(text, 1 + random(4)), parsed, JSON.stringify(text))
  }
})

test('the problem names what was expected, what came and where', () => {
  const validator = createJsonValidator()
  assert.equal(validator.push(Buffer.from('{"a" 1}')), false)
  assert.equal(validator.problem(), 'expected :, got `1` at byte 6')
})

test('nesting beyond the limit is refused', () => {
  assert.equal(accepts('['.repeat(MAX_NESTING) + ']'.repeat(MAX_NESTING)), true)
  assert.equal(accepts('['.repeat(MAX_NESTING + 1) + ']'.repeat(MAX_NESTING + 1)), false)
})

test('UTF-8 is checked across chunk boundaries', () => {
  const text = Buffer.from('aé€😀z')
  for (let size = 1; size <= text.length; size++) {
    const validator = createUtf8Validator()
    for (let i = 0; i < text.length; i += size) assert.equal(validator.push(text.subarray(i, i + size)), true)
    assert.equal(validator.end(), true)
  }
  const cut = createUtf8Validator()
  assert.equal(cut.push(text.subarray(0, 2)), true)
  assert.equal(cut.end(), false)
  assert.equal(createUtf8Validator().push(Buffer.from([0xff])), false)
  assert.equal(createUtf8Validator().push(Buffer.from([0xc0, 0x80, 0x41])), false)
})
