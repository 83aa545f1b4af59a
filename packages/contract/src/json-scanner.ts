/**
 * Resumable JSON scanner (RFC 8259): finds where a value ends and whether it is valid, a chunk at a time, without building it,
 * so that `1.0`, 64-bit integers, key order and duplicates survive (runtime.md 2.8). UTF-8 is checked elsewhere; here bytes
 * above 0x7f may stand only inside strings.
 *
 * A table says what follows a byte in a state (json-table.ts), about 2 ns a byte; only what a table cannot hold, nesting and
 * the rare parts of strings and words, is code. A chunk that begins in a long string is passed faster (plain-bytes.ts).
 */
import {
  AFTER,
  BYTE_CLASS,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  DONE,
  END_NUMBER,
  END_STRING,
  ESCAPE,
  FIRST_ACTION,
  FIRST_ITEM,
  FIRST_KEY,
  HEX,
  KEY,
  KEY_STRING,
  MINUS,
  mayEndNumber,
  OPEN_ARRAY,
  OPEN_OBJECT,
  SPELL,
  STRING,
  TABLE,
  VALUE,
  WORD,
} from './json-table.ts'
import { skipPlain } from './plain-bytes.ts'

export interface JsonScanner {
  /**
   * Takes the bytes of `chunk` from `from` on. Returns the offset behind the value, `MORE` when it goes on in the next
   * chunk, or `INVALID`.
   */
  push(chunk: Uint8Array, from: number): number
  /** True when the end of input completes a value (numbers end only here or at a delimiter). */
  finish(): boolean
  /** True once NaN or Infinity was seen. */
  sawNonFinite(): boolean
  /** True once it was `INVALID` for its nesting alone. */
  sawTooDeep(): boolean
  /** Offset in the last chunk of the byte that made it `INVALID`. */
  invalidAt(): number
  /** What may follow, or might have in the place of what was `INVALID`; for people. */
  expected(): string
  reset(): void
}

export interface JsonScannerOptions {
  /** Lets the bare words NaN and Infinity through and notes them, so that a stream of values stays in step. */
  readonly passesNonFinite?: boolean
}

export const MORE = -1
export const INVALID = -2

/** Deeper nesting is refused: no language of ours reads it either. */
export const MAX_NESTING = 10_000

const [ARRAY, OBJECT] = [0, 1]
const WORDS = new Map(['true', 'false', 'null'].map((word) => [word.charCodeAt(0), word]))
const NON_FINITE = new Map(['NaN', 'Infinity'].map((word) => [word.charCodeAt(0), word]))
const ESCAPED = new Set([...'"\\/bfnrt'].map((letter) => letter.charCodeAt(0)))

export function createJsonScanner({ passesNonFinite = false }: JsonScannerOptions = {}): JsonScanner {
  let state = VALUE
  let depth = 0
  /** One entry for each container around the current byte. */
  let stack = new Uint8Array(64)
  let stringIsKey = false
  let hexLeft = 0
  let word = ''
  let wordAt = 0
  let nonFinite = false
  let tooDeep = false
  let invalidAt = 0

  const behindValue = () => (depth === 0 ? DONE : AFTER)

  function open(kind: number): number {
    tooDeep = depth >= MAX_NESTING
    if (tooDeep) return INVALID
    if (depth === stack.length) {
      const larger = new Uint8Array(2 * depth)
      larger.set(stack)
      stack = larger
    }
    stack[depth++] = kind
    return kind === OBJECT ? FIRST_KEY : FIRST_ITEM
  }

  function close(kind: number): number {
    if (depth === 0 || stack[depth - 1] !== kind) return INVALID
    depth--
    return behindValue()
  }

  /** What follows where the table has an action; `INVALID` where nothing may. */
  function act(action: number, byte: number): number {
    switch (action) {
      case OPEN_OBJECT:
        return open(OBJECT)
      case OPEN_ARRAY:
        return open(ARRAY)
      case CLOSE_OBJECT:
        return close(OBJECT)
      case CLOSE_ARRAY:
        return close(ARRAY)
      case COMMA:
        return depth > 0 && stack[depth - 1] === OBJECT ? KEY : VALUE
      case END_STRING:
        return behindValue()
      case SPELL:
        return spell(byte)
      default:
        return INVALID
    }
  }

  /** Inside escapes and words, and at their beginning. */
  function spell(byte: number): number {
    if (state === ESCAPE) return escaped(byte)
    if (state === HEX) return hexadecimal(byte)
    if (state === WORD) return letter(byte)
    if (state !== STRING && state !== KEY_STRING) return beginWord(byte)
    stringIsKey = state === KEY_STRING
    return ESCAPE
  }

  const backToString = () => (stringIsKey ? KEY_STRING : STRING)

  function escaped(byte: number): number {
    if (byte !== 0x75) return ESCAPED.has(byte) ? backToString() : INVALID
    hexLeft = 4
    return HEX
  }

  function hexadecimal(byte: number): number {
    const lower = byte | 0x20
    if (!((byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66))) return INVALID
    return --hexLeft === 0 ? backToString() : HEX
  }

  function beginWord(byte: number): number {
    // After a minus only Infinity makes sense.
    const finite = state === MINUS ? undefined : WORDS.get(byte)
    const other = passesNonFinite && (state !== MINUS || byte === 0x49) ? NON_FINITE.get(byte) : undefined
    const begun = finite ?? other
    if (begun === undefined) return INVALID
    if (finite === undefined) nonFinite = true
    word = begun
    wordAt = 1
    return WORD
  }

  function letter(byte: number): number {
    if (byte !== word.charCodeAt(wordAt++)) return INVALID
    return wordAt === word.length ? behindValue() : WORD
  }

  function push(chunk: Uint8Array, from: number): number {
    let current = state
    // In the loop below this would cost every other body a third.
    let at = current === STRING || current === KEY_STRING ? skipPlain(chunk, from) : from
    while (current !== DONE) {
      let action = 0
      // This loop is nearly all of the time: it holds nothing but the table.
      for (; at < chunk.length; at++) {
        action = TABLE[current + (BYTE_CLASS[chunk[at] as number] as number)] as number
        if (action >= FIRST_ACTION) break
        current = action
      }
      state = current
      if (at >= chunk.length) return MORE
      current = action === END_NUMBER ? behindValue() : act(action, chunk[at] as number)
      if (current === INVALID) {
        invalidAt = at
        return INVALID
      }
      // The byte behind a number counts by itself.
      if (action !== END_NUMBER) at++
    }
    state = current
    return at
  }

  return {
    push,
    finish: () => state === DONE || (mayEndNumber(state) && depth === 0),
    sawNonFinite: () => nonFinite,
    sawTooDeep: () => tooDeep,
    invalidAt: () => invalidAt,
    expected: () => expectedIn(state, depth > 0 && stack[depth - 1] === OBJECT),
    reset() {
      state = VALUE
      depth = 0
      nonFinite = false
      tooDeep = false
    },
  }
}

const EXPECTED = new Map([
  [VALUE, 'a value'],
  [FIRST_ITEM, 'a value or ]'],
  [FIRST_KEY, 'a string or }'],
  [KEY, 'a string'],
  [COLON, ':'],
  [DONE, 'the end of the body'],
  [STRING, 'the end of the string'],
  [KEY_STRING, 'the end of the string'],
  [ESCAPE, 'an escape such as \\n'],
  [HEX, 'a hexadecimal digit'],
  [WORD, 'true, false or null'],
])

function expectedIn(state: number, isInObject: boolean): string {
  if (state === AFTER) return isInObject ? ', or }' : ', or ]'
  return EXPECTED.get(state) ?? (mayEndNumber(state) ? 'the end of the number' : 'a digit')
}

/** True for a byte that may stand between JSON tokens. */
export function isJsonSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
