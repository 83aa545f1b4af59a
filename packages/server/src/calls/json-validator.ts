/**
 * Checks that a body is JSON as it arrives, without building values: it is passed on as it came (runtime.md 2.8). UTF-8 is
 * checked elsewhere (utf8-validator.ts).
 */
import { createJsonScanner, INVALID, isJsonSpace, MAX_NESTING, MORE } from '@algorist/contract/json-scanner.ts'

export interface JsonValidator {
  /** Reads one more piece; false once the bytes can't be JSON any more. */
  push(chunk: Uint8Array): boolean
  /** No more bytes: true when a whole value came. */
  end(): boolean
  /** What was wrong, with its place; for people. */
  problem(): string
}

export function createJsonValidator(): JsonValidator {
  const scanner = createJsonScanner()
  let offset = 0
  let isBehindValue = false
  let failure = ''

  function fail(byte: number | undefined, at: number): false {
    failure = scanner.sawTooDeep()
      ? `nested deeper than ${MAX_NESTING} levels`
      : `expected ${scanner.expected()}, got ${quoteByte(byte ?? 0)} at byte ${offset + at + 1}`
    return false
  }

  function push(chunk: Uint8Array): boolean {
    if (failure) return false
    let at = 0
    if (!isBehindValue) {
      at = scanner.push(chunk, 0)
      if (at === INVALID) return fail(chunk[scanner.invalidAt()], scanner.invalidAt())
      isBehindValue = at !== MORE
    }
    if (isBehindValue) for (; at < chunk.length; at++) if (!isJsonSpace(chunk[at])) return fail(chunk[at], at)
    offset += chunk.length
    return true
  }

  return {
    push,
    end() {
      if (failure) return false
      if (isBehindValue || scanner.finish()) return true
      failure = `the body ends where ${scanner.expected()} should be, after ${offset} bytes`
      return false
    },
    problem: () => failure,
  }
}

function quoteByte(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? `\`${String.fromCharCode(byte)}\``
    : `byte 0x${byte.toString(16).padStart(2, '0')}`
}
