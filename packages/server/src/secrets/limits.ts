/** How much may be kept in secret: all of it must fit among the variables of one process, which the kernel bounds. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { SecretOwner } from './owners.ts'

/** Of one owner; an algorithm gets its own and its organization's. */
export const LIMITS = { secrets: 100, valueBytes: 64 * 1024, allBytes: 512 * 1024 } as const

/** Size of a value in bytes. Messages tell sizes, never the value. @throws ApiError SecretMetadataConstraintViolation */
export function checkedSize(value: string): number {
  if (value.includes('\0')) throw violation('secret_value: a variable cannot have a zero byte')
  if (!value.isWellFormed()) throw violation('secret_value: expected Unicode text; half of a surrogate pair is none')
  const bytes = Buffer.byteLength(value)
  if (bytes > LIMITS.valueBytes) {
    throw violation(`secret_value: expected at most ${LIMITS.valueBytes} bytes, got ${bytes}`)
  }
  return bytes
}

/** @throws ApiError SecretMetadataConstraintViolation when an owner would have more than it may */
export function requireRoom({ name }: SecretOwner, sum: { readonly count: number; readonly bytes: number }): void {
  if (sum.count > LIMITS.secrets) {
    throw violation(`${name} has ${LIMITS.secrets} secrets, all that is allowed; delete one first`)
  }
  if (sum.bytes > LIMITS.allBytes) {
    throw violation(`Together the secrets of ${name} would have ${sum.bytes} bytes; ${LIMITS.allBytes} are allowed`)
  }
}

export const violation = (message: string): ApiError => new ApiError('SecretMetadataConstraintViolation', message)
