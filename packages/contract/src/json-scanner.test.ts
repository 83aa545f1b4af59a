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

/** The same numbers in each run: what fails can be run again. */
function createDice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

const ATOMS = [
  '0',
  '-0',
  '7',
  '120',
  '-3.25',
  '1e9',
  '2E-7',
  '0.0e+0',
  'true',
  'false',
  'null',
  '""',
  '"a"',
  '"\\n\\u00Ff"',
]

/** A valid text: containers in each other, atoms, long strings, spaces here and there. */
function compose(dice: (sides: number) => number, depth: number): string {
  const gap = () => ['', '', '', ' ', '\n\t', '\r\n   '][dice(6)] as string
  const kind = depth === 0 ? 0 : dice(4)
  if (kind < 2) return dice(5) === 0 ? JSON.stringify('é%\\"'.repeat(dice(30))) : (ATOMS[dice(ATOMS.length)] as string)
  const items = Array.from({ length: dice(5) }, () => gap() + compose(dice, depth - 1) + gap())
  if (kind === 2) return `[${gap()}${items.join(',')}]`
  return `{${gap()}${items.map((item) => `${gap()}"k${dice(9)}\\t"${gap()}:${item}`).join(',')}}`
}

test('the scanner agrees with JSON.parse on texts made at random, with bytes changed, however they are cut', () => {
  const dice = createDice(20_261_123)
  const noise = '"\\,:[]{}0129-+.eEu tfn\u0001'
  let wrong = 0
  for (let round = 0; round < 20_000; round++) {
    let text = compose(dice, 4)
    for (let changes = dice(3); changes > 0; changes--) {
      const at = dice(text.length + 1)
      text = text.slice(0, at) + noise[dice(noise.length)] + text.slice(at + dice(2))
    }
    const expected = parses(text)
    if (!expected) wrong++
    assert.equal(isJson(text, 1 + dice(40)), expected, JSON.stringify(text))
  }
  assert.ok(wrong > 4000 && wrong < 16_000, `${wrong} were no JSON`)
})

test('the scanner remembers a text that is longer than what it looks at in one go', () => {
  const items = Array.from({ length: 9000 }, (_, n) => `{"deep":[[${n}.5e1,{"a":"é\\u0041"}]],"t":true}`)
  const text = `[${items.join(' , ')}]`
  assert.ok(text.length > 3 * 65_536)
  for (const size of [9973, 65_536, 65_537, 200_000, text.length * 2]) {
    assert.equal(isJson(text, size), true, `by ${size}`)
    assert.equal(isJson(text.replace('8765.5e1', '8765.5e'), size), false, `by ${size}`)
  }
})

test('two scanners that take turns do not meet', () => {
  const [one, two] = [createJsonScanner(), createJsonScanner()]
  const [left, right] = [Buffer.from('[{"a":[1,"\\u00e9",tr'), Buffer.from('{"b":{"c":"')]
  assert.deepEqual([one.push(left, 0), two.push(right, 0)], [MORE, MORE])
  assert.equal(one.push(Buffer.from('ue]}] '), 0), 5)
  assert.equal(two.push(Buffer.from('"}}'), 0), 3)
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
