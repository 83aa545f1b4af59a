/** Runs a system-call filter the way the kernel does, on one call: for numbers and processors that are not at hand. */

export interface Call {
  /** `AUDIT_ARCH_*` of the call. */
  readonly architecture: number
  readonly number: number
  readonly args?: readonly number[]
}

/** What the filter returns: `allow`, `kill`, or an error number. */
export function judge(filter: Buffer, { architecture, number, args = [] }: Call): 'allow' | 'kill' | number {
  const data = Buffer.alloc(64)
  data.writeUInt32LE(number >>> 0, 0)
  data.writeUInt32LE(architecture, 4)
  // Garbage above the 32 bits that count must change nothing.
  args.forEach((value, index) => {
    data.writeBigUInt64LE(0xdead_beef_0000_0000n | BigInt(value >>> 0), 16 + 8 * index)
  })
  let accumulator = 0
  for (let at = 0; ; at++) {
    const operation = filter.readUInt16LE(at * 8)
    const constant = filter.readUInt32LE(at * 8 + 4)
    const jump = (isTrue: boolean) => filter[at * 8 + (isTrue ? 2 : 3)] ?? 0
    if (operation === 0x20) accumulator = data.readUInt32LE(constant)
    else if (operation === 0x54) accumulator = (accumulator & constant) >>> 0
    else if (operation === 0x05) at += constant
    else if (operation === 0x15) at += jump(accumulator === constant)
    else if (operation === 0x35) at += jump(accumulator >= constant)
    else if (operation === 0x06) return meaning(constant)
    else throw new Error(`Instruction ${at} is unknown: ${operation}`)
  }
}

function meaning(returned: number): 'allow' | 'kill' | number {
  if (returned === 0x7fff_0000) return 'allow'
  if (returned === 0x8000_0000) return 'kill'
  if (returned >>> 16 === 5) return returned & 0xffff
  throw new Error(`The filter returned ${returned}`)
}
