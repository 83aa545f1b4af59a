/** The whole key out of its row, where it can be shown. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { SecretBox } from '../secret-box.ts'
import type { KeyRow } from './queries.ts'

/** Undefined for a key that came from another installation (transfer/), of which only the digest came along. */
export function textOf(box: SecretBox, { sealed, id }: Pick<KeyRow, 'sealed' | 'id'>): string | undefined {
  return sealed === '' ? undefined : box.open(sealed, id)
}

/** @throws ApiError InvalidRequest for a key of which only the digest is here */
export function requireText(box: SecretBox, row: Pick<KeyRow, 'sealed' | 'id'>): string {
  const text = textOf(box, row)
  if (text !== undefined) return text
  throw new ApiError(
    'InvalidRequest',
    'This key came from another installation, which keeps it to itself: it works here and cannot be shown. Rotate it to get one that can',
  )
}
