/**
 * Resumable JSON scanner (RFC 8259): finds where a value ends and whether it is valid, a chunk at a time, without building it,
 * so that `1.0`, 64-bit integers, key order and duplicates survive (runtime.md 2.8). UTF-8 is checked elsewhere; here bytes
 * above 0x7f may stand only inside strings.
 *
 * What a byte means is in WebAssembly (json-scanner.wat), which all scanners share; what one of them knows between two chunks
 * is kept here.
 */
import { JSON_PROGRAM } from './json-program.ts'

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

/** States, as in json-scanner.wat. */
const [AFTER, VALUE, STRING, KEY_STRING, ESCAPE, KEY_ESCAPE, HEX, KEY_HEX] = [0, 1, 2, 3, 4, 5, 6, 7]
const [COLON, KEY, FIRST_ITEM, FIRST_KEY] = [8, 9, 10, 11]
const [ZERO, INTEGER, FRACTION, EXPONENT_DIGITS, WORD, DONE] = [13, 14, 16, 19, 20, 21]

/** Places in the program's memory, as in json-scanner.wat: numbers of four bytes by their index, the rest by its offset. */
const [STATE_AT, DEPTH_AT, REST_AT, NON_FINITE_AT] = [0, 1, 2, 3]
const CONTAINERS_AT = 1024
const CHUNK_AT = 65_536
const CHUNK_BYTES = 65_536
const [OBJECT, BRACE, BRACKET] = [1, 0x7b, 0x5b]

/** Types of it come with those of browsers alone. */
declare const WebAssembly: {
  readonly Module: new (program: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

interface Program {
  readonly memory: { readonly buffer: ArrayBuffer }
  scan(sizeBytes: number, passesNonFinite: number): number
}

const program = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(JSON_PROGRAM, 'base64')))
// It is that of json-scanner.wat, whose exports these are.
const { memory, scan } = program.exports as Program
const bytes = new Uint8Array(memory.buffer)
const numbers = new Int32Array(memory.buffer, 0, 4)

export function createJsonScanner({ passesNonFinite = false }: JsonScannerOptions = {}): JsonScanner {
  const passes = passesNonFinite ? 1 : 0
  let state = VALUE
  let depth = 0
  let rest = 0
  let nonFinite = 0
  /** One entry for each container around the current byte: 1 for an object. */
  let containers = new Uint8Array(0)
  let tooDeep = false
  let invalidAt = 0

  function enter(): void {
    numbers[STATE_AT] = state
    numbers[DEPTH_AT] = depth
    numbers[REST_AT] = rest
    numbers[NON_FINITE_AT] = nonFinite
    if (depth > 0) bytes.set(containers, CONTAINERS_AT)
  }

  function leave(): void {
    state = numbers[STATE_AT] as number
    depth = numbers[DEPTH_AT] as number
    rest = numbers[REST_AT] as number
    nonFinite = numbers[NON_FINITE_AT] as number
    if (depth > 0) containers = bytes.slice(CONTAINERS_AT, CONTAINERS_AT + depth)
  }

  /** Offset in `part` at which it stopped, or -1 - the offset of a byte that may not stand there. */
  function scanPart(part: Uint8Array): number {
    bytes.set(part, CHUNK_AT)
    return scan(part.length, passes)
  }

  function push(chunk: Uint8Array, from: number): number {
    if (state === DONE) return from
    enter()
    let at = from
    let stopped = 0
    while (at < chunk.length && numbers[STATE_AT] !== DONE) {
      const isWhole = at === 0 && chunk.length <= CHUNK_BYTES
      stopped = scanPart(isWhole ? chunk : chunk.subarray(at, at + CHUNK_BYTES))
      if (stopped < 0) break
      at += stopped
    }
    leave()
    if (stopped < 0) return fail(chunk, at - stopped - 1)
    return state === DONE ? at : MORE
  }

  function fail(chunk: Uint8Array, at: number): number {
    invalidAt = at
    tooDeep = depth === MAX_NESTING && isValueNext(state) && (chunk[at] === BRACE || chunk[at] === BRACKET)
    return INVALID
  }

  return {
    push,
    finish: () => state === DONE || (mayEndNumber(state) && depth === 0),
    sawNonFinite: () => nonFinite === 1,
    sawTooDeep: () => tooDeep,
    invalidAt: () => invalidAt,
    expected: () => expectedIn(state, containers[depth - 1] === OBJECT),
    reset() {
      state = VALUE
      depth = 0
      nonFinite = 0
      tooDeep = false
    },
  }
}

const isValueNext = (state: number) => state === VALUE || state === FIRST_ITEM

/** A number that is all there is may end here. */
function mayEndNumber(state: number): boolean {
  return state === ZERO || state === INTEGER || state === FRACTION || state === EXPONENT_DIGITS
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
  [KEY_ESCAPE, 'an escape such as \\n'],
  [HEX, 'a hexadecimal digit'],
  [KEY_HEX, 'a hexadecimal digit'],
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
