/**
 * Resumable JSON scanner: finds where a value ends and whether it is valid, a chunk at a time, without building it
 * (runtime.md 2.8). The bare words NaN and Infinity are let through and noted, so that the stream stays in step.
 */

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
  reset(): void
}

export const MORE = -1
export const INVALID = -2

const MAX_DEPTH = 10_000

const VALUE = 0
const FIRST_ITEM = 1
const FIRST_KEY = 2
const KEY = 3
const COLON = 4
const AFTER = 5
const STRING = 6
const ESCAPE = 7
const HEX = 8
const WORD = 9
const MINUS = 10
const ZERO = 11
const INTEGER = 12
const POINT = 13
const FRACTION = 14
const EXPONENT = 15
const EXPONENT_SIGN = 16
const EXPONENT_DIGITS = 17
const DONE = 18

const ARRAY = 0
const OBJECT = 1

const WORDS = new Map(['true', 'false', 'null', 'NaN', 'Infinity'].map((word) => [word.charCodeAt(0), word]))

export function createJsonScanner(): JsonScanner {
  let state = VALUE
  let stringIsKey = false
  let hexLeft = 0
  let word = ''
  let wordAt = 0
  let nonFinite = false
  let tooDeep = false
  let containers: number[] = []

  /** State behind a complete value. */
  const behindValue = () => (containers.length === 0 ? DONE : AFTER)

  function beginValue(byte: number): number {
    if (byte === 0x22) {
      stringIsKey = false
      return STRING
    }
    if (byte === 0x7b || byte === 0x5b) {
      tooDeep = containers.length >= MAX_DEPTH
      if (tooDeep) return INVALID
      containers.push(byte === 0x7b ? OBJECT : ARRAY)
      return byte === 0x7b ? FIRST_KEY : FIRST_ITEM
    }
    if (byte === 0x2d) return MINUS
    if (byte === 0x30) return ZERO
    if (byte > 0x30 && byte <= 0x39) return INTEGER
    return beginWord(byte)
  }

  function beginWord(byte: number): number {
    const known = WORDS.get(byte)
    if (known === undefined) return INVALID
    word = known
    wordAt = 1
    if (word === 'NaN' || word === 'Infinity') nonFinite = true
    return WORD
  }

  function endContainer(kind: number): number {
    if (containers.pop() !== kind) return INVALID
    return behindValue()
  }

  function afterValue(byte: number): number {
    if (byte === 0x2c) return containers[containers.length - 1] === OBJECT ? KEY : VALUE
    if (byte === 0x7d) return endContainer(OBJECT)
    if (byte === 0x5d) return endContainer(ARRAY)
    return INVALID
  }

  function beginKey(byte: number): number {
    if (byte !== 0x22) return INVALID
    stringIsKey = true
    return STRING
  }

  /** State behind a byte that is not whitespace, outside strings, words and numbers. */
  function structural(byte: number): number {
    switch (state) {
      case VALUE:
        return beginValue(byte)
      case FIRST_ITEM:
        return byte === 0x5d ? endContainer(ARRAY) : beginValue(byte)
      case FIRST_KEY:
        return byte === 0x7d ? endContainer(OBJECT) : beginKey(byte)
      case KEY:
        return beginKey(byte)
      case COLON:
        return byte === 0x3a ? VALUE : INVALID
      default:
        return afterValue(byte)
    }
  }

  /** State behind a byte of a number, or `MORE` when the byte no longer belongs to it. */
  function numeric(byte: number): number {
    const digit = byte >= 0x30 && byte <= 0x39
    const exponent = byte === 0x65 || byte === 0x45
    switch (state) {
      case MINUS:
        if (byte === 0x49) return beginWord(byte)
        return byte === 0x30 ? ZERO : digit ? INTEGER : INVALID
      case ZERO:
        return byte === 0x2e ? POINT : exponent ? EXPONENT : digit ? INVALID : MORE
      case INTEGER:
        return digit ? INTEGER : byte === 0x2e ? POINT : exponent ? EXPONENT : MORE
      case POINT:
        return digit ? FRACTION : INVALID
      case FRACTION:
        return digit ? FRACTION : exponent ? EXPONENT : MORE
      case EXPONENT:
        return digit ? EXPONENT_DIGITS : byte === 0x2b || byte === 0x2d ? EXPONENT_SIGN : INVALID
      case EXPONENT_SIGN:
        return digit ? EXPONENT_DIGITS : INVALID
      default:
        return digit ? EXPONENT_DIGITS : MORE
    }
  }

  function escaped(byte: number): number {
    if (byte === 0x75) {
      hexLeft = 4
      return HEX
    }
    // " \ / b f n r t
    const known = byte === 0x22 || byte === 0x5c || byte === 0x2f || byte === 0x62 || byte === 0x66 || byte === 0x6e
    return known || byte === 0x72 || byte === 0x74 ? STRING : INVALID
  }

  return {
    push(chunk, from) {
      let at = from
      const end = chunk.length
      while (at < end) {
        if (state === DONE) return at
        if (state === STRING) {
          at = endOfPlainText(chunk, at)
          if (at === end) return MORE
          const byte = chunk[at++]
          if (byte === 0x22) state = stringIsKey ? COLON : behindValue()
          else if (byte === 0x5c) state = ESCAPE
          else return INVALID
          continue
        }
        const byte = chunk[at++] as number
        if (state >= MINUS) {
          const next = numeric(byte)
          if (next === INVALID) return INVALID
          if (next === MORE) {
            state = behindValue()
            at--
          } else state = next
        } else if (state === ESCAPE) {
          state = escaped(byte)
        } else if (state === HEX) {
          const letter = byte | 0x20
          if (!((byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x66))) return INVALID
          if (--hexLeft === 0) state = STRING
        } else if (state === WORD) {
          if (byte !== word.charCodeAt(wordAt++)) return INVALID
          if (wordAt === word.length) state = behindValue()
        } else if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
          state = structural(byte)
        }
        if (state === INVALID) return INVALID
      }
      return state === DONE ? at : MORE
    },
    finish() {
      const numberMayEnd = state === ZERO || state === INTEGER || state === FRACTION || state === EXPONENT_DIGITS
      return state === DONE || (numberMayEnd && containers.length === 0)
    },
    sawNonFinite: () => nonFinite,
    sawTooDeep: () => tooDeep,
    reset() {
      state = VALUE
      nonFinite = false
      tooDeep = false
      if (containers.length > 0) containers = []
    },
  }
}

/** Offset of the first byte from `from` on that ends a string, begins an escape or may not stand in a string. */
function endOfPlainText(chunk: Uint8Array, from: number): number {
  const end = chunk.length
  let at = from
  while (at < end) {
    const byte = chunk[at] as number
    if (byte < 0x20 || byte === 0x22 || byte === 0x5c) return at
    at++
  }
  return end
}

/** True for a byte that may stand between JSON tokens. */
export function isJsonSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
