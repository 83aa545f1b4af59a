/** Which part of a file a reader asks for (RFC 9110, 14.1 and 14.2). One range is served; several get the whole file. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { ByteRange } from '../drivers/driver.ts'

/**
 * Undefined means the whole file: without a header, with one in another unit or form, and with several ranges.
 *
 * @throws ApiError RangeNotSatisfiable with `Content-Range` when the file has none of the bytes
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, from = '', to = ''] = /^\s*bytes\s*=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '') ?? []
  if (from === '' && to === '') return undefined
  const isBackwards = from !== '' && to !== '' && Number(to) < Number(from)
  if (isBackwards) return undefined
  const asked = from === '' ? lastBytes(Number(to), sizeBytes) : { first: Number(from), last: lastOf(to, sizeBytes) }
  if (asked.first >= sizeBytes) {
    throw new ApiError('RangeNotSatisfiable', `The file has ${sizeBytes} bytes`, {
      headers: { 'Content-Range': `bytes */${sizeBytes}` },
    })
  }
  return asked
}

const lastOf = (to: string, sizeBytes: number): number => Math.min(to === '' ? sizeBytes : Number(to), sizeBytes - 1)

function lastBytes(count: number, sizeBytes: number): ByteRange {
  return { first: count === 0 ? sizeBytes : Math.max(0, sizeBytes - count), last: sizeBytes - 1 }
}
