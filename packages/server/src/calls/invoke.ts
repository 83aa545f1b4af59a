/** Turns a resolved target and an input into a request to the runner: identity, rights, deadline. */
import { createHash } from 'node:crypto'
import type {
  AskerTimes,
  CallIdentity,
  CallOutcome,
  CallRequest,
  CallRights,
  Runner,
  WorkerSpec,
} from '@algorist/runner/types.ts'
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
export function invoke(runner: Runner, invocation: Invocation, askerTimes: AskerTimes): Promise<CallOutcome> {
  return runner.call(callRequest(invocation, askerTimes))
}

export function callRequest(invocation: Invocation, askerTimes?: AskerTimes): CallRequest {
  const { requestId, caller, target, input, deadlineMs, wantsStdout } = invocation
  const timeLeftMs = Math.max(1, deadlineMs - performance.now())
  const { worker, rights } = workerFor(caller, target)
  return {
    requestId,
    worker,
    contentType: input.contentType,
    body: input.body,
    timeLeftMs,
    wantsStdout,
    identity: identityOf({ requestId, caller, target, rights, timeLeftMs }),
    askerTimes,
  }
}

/** What runs a target for somebody, and with which rights. */
interface WorkerFor {
  readonly account: KnownCaller['account']
  readonly rights: CallRights
  readonly worker: WorkerSpec
}

/** A target that is remembered (remember-targets.ts) is called again, and by the same caller. */
const lastWorkers = new WeakMap<Target, WorkerFor>()

function workerFor(caller: KnownCaller, target: Target): WorkerFor {
  const last = lastWorkers.get(target)
  const rights = rightsOf(caller, last?.rights)
  if (last !== undefined && last.account === caller.account && last.rights === rights) return last
  const made = { account: caller.account, rights, worker: specFor(caller, target, rights) }
  lastWorkers.set(target, made)
  return made
}

function specFor({ account }: KnownCaller, target: Target, rights: CallRights): WorkerSpec {
  return {
    key: {
      accountId: account.id,
      algorithmId: target.algorithm.id,
      buildId: target.buildId,
      rights: rightsDigest(rights),
    },
    hostUid: account.hostUid,
    artifact: target.artifact,
    language: target.language,
    algorithm: { owner: target.owner.name, name: target.algorithm.name },
    network: target.networkAccess,
    ...(target.limits === undefined ? {} : { limits: target.limits }),
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

/** @param last is what comes back when nothing is different */
function rightsOf(caller: KnownCaller, last: CallRights | undefined): CallRights {
  if (caller.kind === 'algorithm') return caller.call.rights
  const { algoAcl: algorithms, allowData: dataRead, allowDataWrite: dataWrite } = caller.rights
  const isSame = last?.algorithms === algorithms && last.dataRead === dataRead && last.dataWrite === dataWrite
  return isSame ? last : { algorithms, dataRead, dataWrite }
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
