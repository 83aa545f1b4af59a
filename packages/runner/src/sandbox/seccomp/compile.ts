/**
 * Compiles a policy into the classic BPF program that the kernel runs before each system call: `struct sock_filter[]` for
 * a little-endian 64-bit architecture. Knows instructions and numbers of calls; not which calls are good (policy.ts).
 */
import callNumbers from './call-numbers.json' with { type: 'json' }
import type { ArgumentTest, Policy, Verdict } from './verdict.ts'

export type Architecture = 'x86_64' | 'aarch64'

/** Operation, jump if true, jump if false, constant. */
type Instruction = readonly [number, number, number, number]

interface Range {
  /** First number; the next range begins behind the last. */
  readonly from: number
  readonly verdict: Verdict
}

const LOAD = 0x20
const AND = 0x54
const JUMP = 0x05
const JUMP_IF_EQUAL = 0x15
const JUMP_IF_AT_LEAST = 0x35
const RETURN = 0x06

const RETURN_KILL_PROCESS = 0x8000_0000
const RETURN_ERRNO = 0x0005_0000
const RETURN_ALLOW = 0x7fff_0000

/** Offsets in `struct seccomp_data`. */
const NUMBER_AT = 0
const ARCHITECTURE_AT = 4
const ARGUMENTS_AT = 16

const INSTRUCTION_BYTES = 8
const MOST_INSTRUCTIONS = 4096
const FARTHEST_JUMP = 255

/** The kernel's names of architectures (`AUDIT_ARCH_*`). */
const AUDIT = { x86_64: 0xc000_003e, aarch64: 0xc000_00b7 }
const COLUMN = { x86_64: 0, aarch64: 1 }
const X32_BIT = 0x4000_0000

/** The number of each call that the architecture has, by name. */
export function numbersOf(architecture: Architecture): Map<string, number> {
  const numbers = new Map<string, number>()
  for (const [name, row] of Object.entries(callNumbers)) {
    const number = row[COLUMN[architecture]]
    if (typeof number === 'number') numbers.set(name, number)
  }
  return numbers
}

/**
 * The program for one architecture. A process that makes a call of another one (32-bit calls, x32) is killed.
 * @throws Error when the policy names a call that no architecture has, or is too long for the kernel
 */
export function compile(policy: Policy, architecture: Architecture): Buffer {
  const unknown = [...policy.calls.keys()].filter((name) => !(name in callNumbers))
  if (unknown.length > 0) throw new Error(`No system call is called ${unknown.join(', ')}`)
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCHITECTURE_AT],
    ...branch(JUMP_IF_EQUAL, AUDIT[architecture], [
      [[LOAD, 0, 0, NUMBER_AT], ...search(rangesOf(policy, architecture))],
      decide('kill'),
    ]),
  ]
  if (program.length > MOST_INSTRUCTIONS) throw new Error(`The filter has ${program.length} instructions`)
  return encode(program)
}

/** All numbers, in order; neighbours with one verdict are one range. */
function rangesOf(policy: Policy, architecture: Architecture): Range[] {
  const ranges: Range[] = []
  const add = (from: number, verdict: Verdict) => {
    if (ranges.at(-1)?.verdict !== verdict) ranges.push({ from, verdict })
  }
  let next = 0
  const known = [...numbersOf(architecture)].sort(([, one], [, other]) => one - other)
  for (const [name, number] of known) {
    if (number > next) add(next, policy.otherwise)
    add(number, policy.calls.get(name) ?? policy.otherwise)
    next = number + 1
  }
  add(next, policy.otherwise)
  if (architecture === 'x86_64') {
    add(X32_BIT, 'kill')
    add(X32_BIT * 2, policy.otherwise)
  }
  return ranges
}

/** Binary search for the number's range. */
function search(ranges: readonly Range[]): Instruction[] {
  const middle = ranges.length >> 1
  const [first, upper] = [ranges[0], ranges[middle]]
  if (first === undefined || upper === undefined) return []
  if (middle === 0) return decide(first.verdict)
  return branch(JUMP_IF_AT_LEAST, upper.from, [search(ranges.slice(middle)), search(ranges.slice(0, middle))])
}

function decide(verdict: Verdict): Instruction[] {
  if (verdict === 'allow') return [[RETURN, 0, 0, RETURN_ALLOW]]
  if (verdict === 'kill') return [[RETURN, 0, 0, RETURN_KILL_PROCESS]]
  if ('errno' in verdict) return [[RETURN, 0, 0, RETURN_ERRNO | verdict.errno]]
  return examine(verdict)
}

function examine({ argument, mask, oneOf, verdict, otherwise }: ArgumentTest): Instruction[] {
  const load: Instruction = [LOAD, 0, 0, ARGUMENTS_AT + 8 * argument]
  const compare = oneOf.reduceRight(
    (rest, value) => branch(JUMP_IF_EQUAL, value, [decide(verdict), rest]),
    decide(otherwise),
  )
  return mask === undefined ? [load, ...compare] : [load, [AND, 0, 0, mask], ...compare]
}

/** Both ways end with a return, so one can simply stand behind the other. */
function branch(operation: number, constant: number, [yes, no]: [Instruction[], Instruction[]]): Instruction[] {
  if (no.length <= FARTHEST_JUMP) return [[operation, no.length, 0, constant], ...no, ...yes]
  return [[operation, 0, 1, constant], [JUMP, 0, 0, no.length], ...no, ...yes]
}

function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES)
  program.forEach(([operation, ifTrue, ifFalse, constant], index) => {
    const at = index * INSTRUCTION_BYTES
    bytes.writeUInt16LE(operation, at)
    bytes[at + 2] = ifTrue
    bytes[at + 3] = ifFalse
    bytes.writeUInt32LE(constant >>> 0, at + 4)
  })
  return bytes
}
