/**
 * What follows a byte in a state of the JSON scanner (json-scanner.ts): another state, or an action where a state alone does
 * not say it.
 */

/** Classes of bytes; a state is a multiple of their number, so that state + class is a place in the table. */
const CLASSES = 32
const [OTHER, CONTROL, BLANK, LINE, QUOTE, BACKSLASH] = [0, 1, 2, 3, 4, 5]
const [BRACE, END_BRACE, BRACKET, END_BRACKET, COMMA_SIGN, COLON_SIGN] = [6, 7, 8, 9, 10, 11]
const [MINUS_SIGN, PLUS_SIGN, DOT, ZERO_DIGIT, DIGIT, LETTER_E, LETTER, HIGH] = [12, 13, 14, 15, 16, 17, 18, 19]

const states = (first: number) => first * CLASSES
/** A value has to come. */
export const VALUE = states(0)
/** Behind `[`: a value or `]`. */
export const FIRST_ITEM = states(1)
/** Behind `{`: a key or `}`. */
export const FIRST_KEY = states(2)
/** Behind `,` in an object. */
export const KEY = states(3)
export const COLON = states(4)
/** Behind a value in a container. */
export const AFTER = states(5)
/** Behind the whole value. */
export const DONE = states(6)
export const STRING = states(7)
export const KEY_STRING = states(8)
export const ESCAPE = states(9)
export const HEX = states(10)
/** In true, false, null and the like. */
export const WORD = states(11)
export const MINUS = states(12)
const ZERO = states(13)
const INTEGER = states(14)
const POINT = states(15)
const FRACTION = states(16)
const EXPONENT = states(17)
const EXPONENT_SIGN = states(18)
const EXPONENT_DIGITS = states(19)
const STATES = 20

export const FIRST_ACTION = states(STATES)
const FAIL = FIRST_ACTION
export const OPEN_OBJECT = FIRST_ACTION + 1
export const OPEN_ARRAY = FIRST_ACTION + 2
export const CLOSE_OBJECT = FIRST_ACTION + 3
export const CLOSE_ARRAY = FIRST_ACTION + 4
export const COMMA = FIRST_ACTION + 5
export const END_STRING = FIRST_ACTION + 6
/** The number ended before this byte. */
export const END_NUMBER = FIRST_ACTION + 7
/** Parts of strings and words that are looked at by code. */
export const SPELL = FIRST_ACTION + 8

/** A number that is all there is may end here. */
export function mayEndNumber(state: number): boolean {
  return state === ZERO || state === INTEGER || state === FRACTION || state === EXPONENT_DIGITS
}

const SIGNS = new Map([
  ['"', QUOTE],
  ['\\', BACKSLASH],
  ['{', BRACE],
  ['}', END_BRACE],
  ['[', BRACKET],
  [']', END_BRACKET],
  [',', COMMA_SIGN],
  [':', COLON_SIGN],
  ['-', MINUS_SIGN],
  ['+', PLUS_SIGN],
  ['.', DOT],
  ['0', ZERO_DIGIT],
  [' ', BLANK],
])

/** The class of each byte. */
export const BYTE_CLASS = new Uint8Array(256).map((_, byte) => classOf(byte))
/** By state + class. */
export const TABLE = makeTable()

function classOf(byte: number): number {
  const sign = SIGNS.get(String.fromCharCode(byte))
  if (sign !== undefined) return sign
  if (byte === 0x09 || byte === 0x0a || byte === 0x0d) return LINE
  if (byte < 0x20) return CONTROL
  if (byte >= 0x31 && byte <= 0x39) return DIGIT
  if (byte >= 0x80) return HIGH
  if ((byte | 0x20) === 0x65) return LETTER_E
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a ? LETTER : OTHER
}

function makeTable(): Uint16Array {
  const table = new Uint16Array(STATES * CLASSES).fill(FAIL)
  const set = (state: number, rules: readonly (readonly [next: number, ...classes: number[]])[]) => {
    for (const [next, ...classes] of rules) for (const each of classes) table[state + each] = next
  }
  const every = Array.from({ length: CLASSES }, (_, each) => each)
  const space = (state: number) => [state, BLANK, LINE] as const
  const value = [
    [STRING, QUOTE],
    [OPEN_OBJECT, BRACE],
    [OPEN_ARRAY, BRACKET],
    [MINUS, MINUS_SIGN],
    [ZERO, ZERO_DIGIT],
    [INTEGER, DIGIT],
    [SPELL, LETTER],
  ] as const
  set(VALUE, [space(VALUE), ...value])
  set(FIRST_ITEM, [space(FIRST_ITEM), ...value, [CLOSE_ARRAY, END_BRACKET]])
  set(FIRST_KEY, [space(FIRST_KEY), [KEY_STRING, QUOTE], [CLOSE_OBJECT, END_BRACE]])
  set(KEY, [space(KEY), [KEY_STRING, QUOTE]])
  set(COLON, [space(COLON), [VALUE, COLON_SIGN]])
  set(AFTER, [space(AFTER), [COMMA, COMMA_SIGN], [CLOSE_OBJECT, END_BRACE], [CLOSE_ARRAY, END_BRACKET]])
  const plain = every.filter((each) => ![CONTROL, LINE, QUOTE, BACKSLASH].includes(each))
  set(STRING, [
    [STRING, ...plain],
    [SPELL, BACKSLASH],
    [END_STRING, QUOTE],
  ])
  set(KEY_STRING, [
    [KEY_STRING, ...plain],
    [SPELL, BACKSLASH],
    [COLON, QUOTE],
  ])
  for (const state of [ESCAPE, HEX, WORD]) set(state, [[SPELL, ...every]])

  set(MINUS, [
    [ZERO, ZERO_DIGIT],
    [INTEGER, DIGIT],
    [SPELL, LETTER],
  ])
  // What may follow is for the state behind the value to say.
  const ends = [END_NUMBER, ...every.filter((each) => each !== ZERO_DIGIT && each !== DIGIT)] as const
  set(ZERO, [ends, [POINT, DOT], [EXPONENT, LETTER_E]])
  set(INTEGER, [ends, [INTEGER, ZERO_DIGIT, DIGIT], [POINT, DOT], [EXPONENT, LETTER_E]])
  set(POINT, [[FRACTION, ZERO_DIGIT, DIGIT]])
  set(FRACTION, [ends, [FRACTION, ZERO_DIGIT, DIGIT], [EXPONENT, LETTER_E]])
  set(EXPONENT, [
    [EXPONENT_DIGITS, ZERO_DIGIT, DIGIT],
    [EXPONENT_SIGN, MINUS_SIGN, PLUS_SIGN],
  ])
  set(EXPONENT_SIGN, [[EXPONENT_DIGITS, ZERO_DIGIT, DIGIT]])
  set(EXPONENT_DIGITS, [ends, [EXPONENT_DIGITS, ZERO_DIGIT, DIGIT]])
  return table
}
