/** How a wire case says which operations it shows; COVERAGE.md is computed from these calls without running them. */
import { OPERATIONS } from '@algorist/contract/operations.ts'

const known = new Set(OPERATIONS.map(({ id }) => id))

/** @throws Error for an id that no operation has, so that a renamed operation loses its coverage loudly */
export function covers(...operationIds: readonly string[]): void {
  for (const id of operationIds) if (!known.has(id)) throw new Error(`There is no operation '${id}'`)
}
