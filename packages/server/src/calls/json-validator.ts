/**
 * Checks that bytes are JSON (RFC 8259) as they arrive, without building values: a call's body is passed on as it
 * came, so `1.0`, 64-bit integers, key order and duplicates survive (runtime.md 2.8).
 *
 * A byte-wise automaton: the container stack is one bit of history per level, everything else is one state number.
 * UTF-8 is checked elsewhere (utf8-validator.ts); here bytes above 0x7f may stand only inside strings.
 */

/** Deeper nesting is refused: no language of ours reads it either. */
export const maxNesting = 10_000

const VALUE = 0 // a value must come
const FIRST_ITEM = 1 // after `[`: a value or `]`
const FIRST_KEY = 2 // after `{`: a key or `}`
const KEY = 3 // after `,` in an object
const COLON = 4
const NEXT = 5 // after a value inside a container: `,` or its end
const DONE = 6 // after the whole value: only white space
const STRING = 7
const ESCAPE = 8
const HEX = 9
const MINUS = 10
const ZERO = 11
const DIGITS = 12
const POINT = 13
const FRACTION = 14
const EXPONENT = 15
const EXPONENT_SIGN = 16
const EXPONENT_DIGITS = 17
const LITERAL = 18

const expected: readonly string[] = [
  'a value',
  'a value or ]',
  'a string or }',
  'a string',
  ':',
  ', or the end of the array or object',
  'the end of the body',
  'the end of the string',
  'an escape such as \\n',
  'a hexadecimal digit',
  'a digit',
  'the end of the number',
  'the end of the number',
  'a digit',
  'the end of the number',
  'a digit or a sign',
  'a digit',
  'the end of the number',
  'true, false or null',
]

/** States in which a number may end. */
const isNumberEnd = (state: number) =>
  state === ZERO || state === DIGITS || state === FRACTION || state === EXPONENT_DIGITS

const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39
const isHex = (byte: number) => isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)

export interface JsonValidator {
  /** Reads one more piece; false once the bytes can't be JSON any more. */
  push(chunk: Uint8Array): boolean
  /** No more bytes: true when a whole value came. */
  end(): boolean
  /** What was wrong, with its place; for people. */
  problem(): string
}

export function createJsonValidator(): JsonValidator {
  let state = VALUE
  let depth = 0
  let stack = new Uint8Array(64)
  let isKey = false
  let hexLeft = 0
  let literal = ''
  let literalAt = 0
  let offset = 0
  let failure = ''

  function push(chunk: Uint8Array): boolean {
    if (failure) return false
    let i = 0
    while (i < chunk.length) {
      if (state === STRING) {
        i = skipStringBytes(chunk, i)
        if (i === chunk.length) break
      }
      const byte = chunk[i] as number
      if (!step(byte)) {
        failure = `expected ${expected[state]}, got ${quoteByte(byte)} at byte ${offset + i + 1}`
        if (depth > maxNesting) failure = `nested deeper than ${maxNesting} levels`
        return false
      }
      i++
    }
    offset += chunk.length
    return true
  }

  function step(byte: number): boolean {
    if (state <= DONE) return isSpace(byte) || structure(byte)
    if (state === STRING) return stringByte(byte)
    if (state === ESCAPE) return escapeByte(byte)
    if (state === HEX) return hexByte(byte)
    if (state === LITERAL) return literalByte(byte)
    return numberByte(byte)
  }

  function structure(byte: number): boolean {
    switch (state) {
      case VALUE:
        return startValue(byte)
      case FIRST_ITEM:
        return byte === 0x5d ? close() : startValue(byte)
      case FIRST_KEY:
        return byte === 0x7d ? close() : startKey(byte)
      case KEY:
        return startKey(byte)
      case COLON:
        state = VALUE
        return byte === 0x3a || restore(COLON)
      case NEXT:
        return next(byte)
      default:
        return false
    }
  }

  /** Keeps the state in which the wrong byte was found, for the message. */
  function restore(previous: number): boolean {
    state = previous
    return false
  }

  function next(byte: number): boolean {
    const inObject = stack[depth - 1] === 1
    if (byte === 0x2c) {
      state = inObject ? KEY : VALUE
      return true
    }
    if (byte === (inObject ? 0x7d : 0x5d)) return close()
    return false
  }

  function startKey(byte: number): boolean {
    if (byte !== 0x22) return false
    isKey = true
    state = STRING
    return true
  }

  function startValue(byte: number): boolean {
    switch (byte) {
      case 0x22:
        isKey = false
        state = STRING
        return true
      case 0x7b:
        return open(1)
      case 0x5b:
        return open(0)
      case 0x2d:
        state = MINUS
        return true
      case 0x30:
        state = ZERO
        return true
      case 0x74:
        return startLiteral('true')
      case 0x66:
        return startLiteral('false')
      case 0x6e:
        return startLiteral('null')
      default:
        if (!isDigit(byte)) return false
        state = DIGITS
        return true
    }
  }

  function startLiteral(text: string): boolean {
    literal = text
    literalAt = 1
    state = LITERAL
    return true
  }

  function open(isObject: 0 | 1): boolean {
    if (depth === stack.length) {
      const larger = new Uint8Array(stack.length * 2)
      larger.set(stack)
      stack = larger
    }
    stack[depth++] = isObject
    state = isObject ? FIRST_KEY : FIRST_ITEM
    return depth <= maxNesting
  }

  function close(): boolean {
    depth--
    endValue()
    return true
  }

  function endValue(): void {
    state = depth === 0 ? DONE : NEXT
  }

  function stringByte(byte: number): boolean {
    if (byte === 0x5c) {
      state = ESCAPE
      return true
    }
    if (byte !== 0x22) return false
    if (isKey) state = COLON
    else endValue()
    return true
  }

  function escapeByte(byte: number): boolean {
    if (byte === 0x75) {
      hexLeft = 4
      state = HEX
      return true
    }
    state = STRING
    return '"\\/bfnrt'.includes(String.fromCharCode(byte)) || restore(ESCAPE)
  }

  function hexByte(byte: number): boolean {
    if (!isHex(byte)) return false
    if (--hexLeft === 0) state = STRING
    return true
  }

  function literalByte(byte: number): boolean {
    if (byte !== literal.charCodeAt(literalAt)) return false
    if (++literalAt === literal.length) endValue()
    return true
  }

  function numberByte(byte: number): boolean {
    const following = afterNumberByte(state, byte)
    if (following !== undefined) {
      state = following
      return true
    }
    if (!isNumberEnd(state)) return false
    const numberState = state
    endValue()
    return isSpace(byte) || structure(byte) || restore(numberState)
  }

  return {
    push,
    end() {
      if (failure) return false
      if (isNumberEnd(state) && depth === 0) state = DONE
      if (state === DONE) return true
      failure = `the body ends where ${expected[state]} should be, after ${offset} bytes`
      return false
    },
    problem: () => failure,
  }
}

/** The end of the plain bytes of a string: at a quote, a backslash, a control byte or the end of the chunk. */
function skipStringBytes(chunk: Uint8Array, start: number): number {
  let i = start
  while (i < chunk.length) {
    const byte = chunk[i] as number
    if (byte === 0x22 || byte === 0x5c || byte < 0x20) return i
    i++
  }
  return i
}

/** The state after one more byte of a number; undefined when the byte is not part of it. */
function afterNumberByte(state: number, byte: number): number | undefined {
  if (isDigit(byte)) {
    if (state === MINUS) return byte === 0x30 ? ZERO : DIGITS
    if (state === DIGITS) return DIGITS
    if (state === POINT || state === FRACTION) return FRACTION
    if (state >= EXPONENT) return EXPONENT_DIGITS
    return undefined
  }
  if (byte === 0x2e) return state === ZERO || state === DIGITS ? POINT : undefined
  if ((byte | 0x20) === 0x65) return isNumberEnd(state) && state !== EXPONENT_DIGITS ? EXPONENT : undefined
  if (byte === 0x2b || byte === 0x2d) return state === EXPONENT ? EXPONENT_SIGN : undefined
  return undefined
}

function quoteByte(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? `\`${String.fromCharCode(byte)}\``
    : `byte 0x${byte.toString(16).padStart(2, '0')}`
}
