import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJsonScanner, INVALID, isJsonSpace, MORE } from './json-scanner.ts'

/** Scans `text` in chunks of `size` bytes; true when it is one JSON value and whitespace. */
function isJson(text: string, size: number): boolean {
  const scanner = createJsonScanner()
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size)
    const end = scanner.push(chunk, 0)
    if (end === INVALID) return false
    if (end !== MORE) return [...chunk.subarray(end), ...bytes.subarray(at + size)].every(isJsonSpace)
  }
  return scanner.finish()
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const texts = [
  ...['1', '-1', '0', '-0', '01', '1.', '.5', '1.5e', '1e+5', '1E-05', '-', '--1', '1e400', '0.0', '1 2', ''],
  ...[
    'true',
    'tru',
    'truex',
    'null',
    'false',
    '"a"',
    '"a',
    '"\\u00e9"',
    '"\\u00g9"',
    '"\\x"',
    '"\n"',
    '"\\""',
    '"é\u2028"',
  ],
  ...['[]', '[1]', '[1,]', '[,1]', '[1 2]', '{}', '{"a":1}', '{"a" : [ {} ] }', '{"a":1,}', '{a:1}', '{"a"}', '{"a":}'],
  ...[
    '[',
    ']',
    '{',
    '}',
    '[}',
    '{]',
    '[[[[]]]]',
    ' \t\r\n[ ]\n ',
    '{"a":1,"a":2}',
    '[1]]',
    '"a" "b"',
    '[1.5,-2e3,"x"]',
  ],
]

test('the scanner agrees with JSON.parse, however the text is cut', () => {
  for (const text of texts) {
    for (const size of [1, 2, 3, 1000])
      assert.equal(isJson(text, size), parses(text), `${JSON.stringify(text)} by ${size}`)
  }
})

test('the scanner agrees with JSON.parse where chunks begin in a long string', () => {
  const long = 'é%'.repeat(40_000)
  const around = [`{"${long}":"${long}"}`, `["${long}\\n${long}",1]`, `["${long}\n"]`, `["${long}"x]`, `["${long}\\x"]`]
  for (const text of around) {
    for (const size of [1000, 65_536]) assert.equal(isJson(text, size), parses(text), `${text.slice(-10)} by ${size}`)
  }
})

test('the scanner agrees with JSON.parse on valid texts with one byte changed', () => {
  const valid = '{"key":[1.5e3,-0,true,null,"a\\u00e9\\n"],"b":{"c":{}},"d":[]}'
  for (let at = 0; at < valid.length; at++) {
    for (const byte of ['"', ',', ':', '[', ']', '{', '}', '0', '-', '.', 'e', ' ', '\\', 't']) {
      const text = valid.slice(0, at) + byte + valid.slice(at + 1)
      assert.equal(isJson(text, 7), parses(text), text)
    }
  }
})

test('the scanner tells where a value ends and lets NaN and Infinity through with a note', () => {
  const scanner = createJsonScanner({ passesNonFinite: true })
  assert.equal(scanner.push(Buffer.from('{"a":1}{"b":2}'), 0), 7)
  assert.equal(scanner.sawNonFinite(), false)
  for (const word of ['NaN', 'Infinity', '-Infinity']) {
    scanner.reset()
    assert.equal(scanner.push(Buffer.from(`[${word}] `), 0), word.length + 2)
    assert.equal(scanner.sawNonFinite(), true)
  }
})

test('without leave NaN and Infinity are no JSON', () => {
  for (const word of ['NaN', 'Infinity', '-Infinity', '[NaN]']) {
    assert.equal(createJsonScanner().push(Buffer.from(word), 0), INVALID)
  }
})
