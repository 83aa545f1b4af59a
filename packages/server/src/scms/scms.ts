/** Source hosts. The built-in one is always there and always connected (rest-api.md 3.6). */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Scm } from '@algorist/contract/shapes/scm.ts'

export const internalScm: Scm = { id: 'internal', provider: 'internal', name: '', default: true, enabled: true }

export function listScms(): { results: readonly Scm[] } {
  return { results: [internalScm] }
}

/** @throws ScmConfigurationNotFound */
export function getScm(id: string | undefined): Scm {
  if (id === internalScm.id) return internalScm
  throw new ApiError('ScmConfigurationNotFound')
}
