/**
 * Reads how much processor time a control group has used, on the path of a call: the file stays open, and a reading is
 * one system call into memory that all readings share (about 1 µs with `cpuacct.usage`).
 */
import { closeSync, openSync, readSync } from 'node:fs'

export interface ProcessorClock {
  /** Whole microseconds since the group was made; null where the host does not count, or the group is gone. */
  readMicroseconds(): number | null
  close(): void
}

/** Longer than what stands before the end of the number. */
const text = Buffer.allocUnsafeSlow(64)
const [ZERO, NINE] = [0x30, 0x39]

/**
 * The file is opened by the first reading: groups of builds are never asked.
 *
 * @param path file whose first number is the time; undefined where there is none
 * @param perMicrosecond what the kernel counts in: 1000 for nanoseconds
 */
export function createProcessorClock(path: string | undefined, perMicrosecond: number): ProcessorClock {
  let fd: number | null = null
  let isGone = path === undefined

  function readMicroseconds(): number | null {
    if (isGone || path === undefined) return null
    try {
      fd ??= openSync(path, 'r')
      return Math.floor(firstNumber(readSync(fd, text, 0, text.length, 0)) / perMicrosecond)
    } catch {
      return null
    }
  }

  function close(): void {
    isGone = true
    if (fd !== null) closeSync(fd)
    fd = null
  }

  return { readMicroseconds, close }
}

/** The first digits of what was read, without making a string of them. */
function firstNumber(sizeBytes: number): number {
  let at = 0
  while (at < sizeBytes && !isDigit(text[at])) at++
  let number = 0
  for (let byte = text[at]; at < sizeBytes && byte !== undefined && isDigit(byte); byte = text[++at]) {
    number = number * 10 + byte - ZERO
  }
  return number
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}
