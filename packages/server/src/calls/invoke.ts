/** Turns a resolved target and an input into a request to the runner: identity, rights, deadline. */
import { createHash } from 'node:crypto'
import type { CallIdentity, CallOutcome, CallRequest, CallRights, Runner } from '@algorist/runner/types.ts'
import type { CallInput } from './input.ts'
import type { KnownCaller, Target } from './resolve.ts'

export interface Invocation {
  readonly requestId: string
  readonly caller: KnownCaller
  readonly target: Target
  readonly input: CallInput
  /** Monotonic time (`performance.now()`) at which the call is over. */
  readonly deadlineMs: number
  readonly wantsStdout: boolean
}

/** Runs the call. Resolves for every outcome, also for those of a runner that refuses. */
export function invoke(runner: Runner, invocation: Invocation): Promise<CallOutcome> {
  return runner.call(callRequest(invocation))
}

export function callRequest({ requestId, caller, target, input, deadlineMs, wantsStdout }: Invocation): CallRequest {
  const timeLeftMs = Math.max(1, deadlineMs - performance.now())
  const rights = rightsOf(caller)
  return {
    requestId,
    worker: {
      key: {
        accountId: caller.account.id,
        algorithmId: target.algorithm.id,
        buildId: target.buildId,
        rights: rightsDigest(rights),
      },
      hostUid: caller.account.hostUid,
      artifact: target.artifact,
      language: target.language,
      algorithm: { owner: target.owner.name, name: target.algorithm.name },
      network: target.networkAccess,
      ...(target.limits === undefined ? {} : { limits: target.limits }),
    },
    contentType: input.contentType,
    body: input.body,
    timeLeftMs,
    wantsStdout,
    identity: identityOf({ requestId, caller, target, rights, timeLeftMs }),
  }
}

interface IdentityParts {
  readonly requestId: string
  readonly caller: KnownCaller
  readonly target: Target
  readonly rights: CallRights
  readonly timeLeftMs: number
}

function identityOf({ requestId, caller, target, rights, timeLeftMs }: IdentityParts): CallIdentity {
  const parent = caller.kind === 'algorithm' ? caller.call : undefined
  return {
    requestId,
    sessionId: parent?.sessionId ?? requestId,
    callerId: caller.account.id,
    algorithmId: target.algorithm.id,
    algorithmOwnerId: target.owner.id,
    ...(parent ? { rootAlgorithmId: parent.rootAlgorithmId ?? parent.algorithmId } : {}),
    buildId: target.buildId,
    rights,
    mayCallAlgorithms: target.pipelineEnabled,
    depth: parent ? parent.depth + 1 : 0,
    deadlineAtMs: Date.now() + timeLeftMs,
  }
}

function rightsOf(caller: KnownCaller): CallRights {
  if (caller.kind === 'algorithm') return caller.call.rights
  return {
    algorithms: caller.rights.algoAcl,
    dataRead: caller.rights.allowData,
    dataWrite: caller.rights.allowDataWrite,
  }
}

const digests = new WeakMap<readonly string[], Map<string, string>>()

/** Empty for full rights; calls with different rights never share a worker. Remembered per key, so that a call pays no hash. */
function rightsDigest(rights: CallRights): string {
  if (rights.algorithms.includes('algo://*') && rights.dataRead && rights.dataWrite) return ''
  const flags = `${rights.dataRead}${rights.dataWrite}`
  const known = digests.get(rights.algorithms)?.get(flags)
  if (known !== undefined) return known
  const digest = createHash('sha256')
    .update(JSON.stringify([flags, [...rights.algorithms].sort()]))
    .digest('hex')
    .slice(0, 16)
  const byFlags = digests.get(rights.algorithms) ?? new Map<string, string>()
  digests.set(rights.algorithms, byFlags.set(flags, digest))
  return digest
}
