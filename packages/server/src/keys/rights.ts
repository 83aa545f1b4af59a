/** Rights of standard keys: how they look on the wire (rest-api.md 2.6), and which are part of which. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { ApiKey, KeyPermissions } from '@algorist/contract/shapes/api-key.ts'
import { FULL_RIGHTS, type KeyRights } from '../caller.ts'

/** All that an AlgorithmKey has when nothing is said about it. */
export const CALLING_RIGHTS: KeyRights = { ...FULL_RIGHTS, allowAlgoManagement: false }

/** Everything, one owner, or one algorithm in any version; the web console's short form lacks the end. */
const ACL_ENTRY = /^algo:\/\/(?:\*|[a-zA-Z][a-zA-Z0-9_]*\/(?:\*|[a-zA-Z][a-zA-Z0-9_]*(?:\/\*)?))$/

/**
 * Rights from a request. What is left out is not allowed.
 *
 * @throws ApiError InputValidationError for an entry of the list that is no pattern
 */
export function rightsOf(permissions: KeyPermissions): KeyRights {
  return {
    allowData: permissions.allow_data ?? false,
    allowDataWrite: permissions.allow_data_write ?? false,
    allowAlgo: permissions.allow_algo ?? false,
    allowWebAlgo: permissions.allow_web_algo ?? false,
    refererHost: permissions.referer_host?.trim().toLowerCase() || null,
    allowAlgoManagement: permissions.allow_algo_management ?? false,
    algoAcl: [...new Set((permissions.algo_acl ?? []).map(normalizedAclEntry))],
  }
}

/** As replies show them. */
export function permissionsOf(rights: KeyRights): NonNullable<ApiKey['permissions']> {
  return {
    allow_data: rights.allowData,
    allow_data_write: rights.allowDataWrite,
    allow_algo: rights.allowAlgo,
    allow_web_algo: rights.allowWebAlgo,
    ...(rights.refererHost === null ? {} : { referer_host: rights.refererHost }),
    allow_algo_management: rights.allowAlgoManagement,
    algo_acl: [...rights.algoAcl],
  }
}

/** What a list of patterns says in vain, for people to see (platform.md 1.4). */
export function warningsOf({ algoAcl }: KeyRights): string[] {
  return algoAcl.flatMap((entry) => {
    const wider = algoAcl.find((other) => other.toLowerCase() !== entry.toLowerCase() && isCovered(entry, other))
    return wider === undefined ? [] : [`${entry} has no effect: ${wider} allows it already`]
  })
}

/** True when a key with `part` can do nothing that one with `whole` cannot. */
export function isWithin(part: KeyRights, whole: KeyRights): boolean {
  return (
    (!part.allowData || whole.allowData) &&
    (!part.allowDataWrite || whole.allowDataWrite) &&
    (!part.allowAlgo || whole.allowAlgo) &&
    (!part.allowWebAlgo || whole.allowWebAlgo) &&
    (!part.allowWebAlgo || whole.refererHost === null || part.refererHost === whole.refererHost) &&
    (!part.allowAlgoManagement || whole.allowAlgoManagement) &&
    part.algoAcl.every((entry) => whole.algoAcl.some((other) => isCovered(entry, other)))
  )
}

/** The rights that both have. */
export function intersection(a: KeyRights, b: KeyRights): KeyRights {
  return {
    allowData: a.allowData && b.allowData,
    allowDataWrite: a.allowDataWrite && b.allowDataWrite,
    allowAlgo: a.allowAlgo && b.allowAlgo,
    allowWebAlgo:
      a.allowWebAlgo && b.allowWebAlgo && (a.refererHost ?? b.refererHost) === (b.refererHost ?? a.refererHost),
    refererHost: a.refererHost ?? b.refererHost,
    allowAlgoManagement: a.allowAlgoManagement && b.allowAlgoManagement,
    algoAcl: [
      ...new Set([
        ...a.algoAcl.filter((entry) => b.algoAcl.some((other) => isCovered(entry, other))),
        ...b.algoAcl.filter((entry) => a.algoAcl.some((other) => isCovered(entry, other))),
      ]),
    ],
  }
}

/** Both are normalised, so what stands before the star of one must begin the other. */
function isCovered(entry: string, by: string): boolean {
  return entry.toLowerCase().startsWith(by.toLowerCase().slice(0, -1))
}

/** `algo://foo/bar` means `algo://foo/bar/*`. */
function normalizedAclEntry(entry: string): string {
  if (!ACL_ENTRY.test(entry)) {
    const expected = 'algo://*, algo://owner/* or algo://owner/name/*'
    throw new ApiError('InputValidationError', `permissions.algo_acl: expected ${expected}, got '${entry}'`)
  }
  return entry.endsWith('*') ? entry : `${entry}/*`
}
