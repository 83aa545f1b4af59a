/** The words in which a policy of system calls is written. Data only; policy.ts uses them, compile.ts reads them. */

/** The call is refused with this error number; 0 pretends that it was carried out. */
export interface Refusal {
  readonly errno: number
}

/** What happens to a call: it is made, refused, the whole process is killed, or its arguments decide. */
export type Verdict = 'allow' | 'kill' | Refusal | ArgumentTest

/**
 * Looks at the lower 32 bits of one argument, which is all that the kernel itself looks at in `int` arguments and flags.
 * What an argument points at cannot be looked at.
 */
export interface ArgumentTest {
  /** 0 to 5. */
  readonly argument: number
  /** Bits that count; all of them when left out. */
  readonly mask?: number
  readonly oneOf: readonly number[]
  readonly verdict: Verdict
  readonly otherwise: Verdict
}

export interface Policy {
  /** By name of the system call. */
  readonly calls: ReadonlyMap<string, Verdict>
  /** For numbers that have no name here or whose name is not in `calls`. */
  readonly otherwise: Verdict
}
