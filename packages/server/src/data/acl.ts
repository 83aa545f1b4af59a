/** Who may read a collection: the three states on the wire and in rows (rest-api.md 5.4). */
import { ApiError } from '@algorist/contract/errors.ts'
import type { CollectionAcl } from '../db/hosted-tables.ts'
import type { WireAcl } from './place.ts'

const WIRE: Readonly<Record<CollectionAcl, WireAcl>> = {
  private: [],
  my_algorithms: ['algo://.my/*'],
  public: ['user://*'],
}

/** Where nothing is said. */
export const DEFAULT_ACL: CollectionAcl = 'my_algorithms'

export function wireAcl(acl: CollectionAcl): WireAcl {
  return WIRE[acl]
}

/** @throws ApiError InputValidationError for anything but the three states */
export function parseAcl(acl: WireAcl): CollectionAcl {
  const [reader, ...more] = acl
  const known = Object.entries(WIRE).find(([, [wire]]) => wire === reader)
  if (known && more.length === 0) return known[0] as CollectionAcl
  throw new ApiError(
    'InputValidationError',
    `acl.read must be [], ["algo://.my/*"] or ["user://*"], got ${JSON.stringify(acl).slice(0, 200)}`,
  )
}
