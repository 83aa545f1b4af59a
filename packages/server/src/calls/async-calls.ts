/** Rules of asynchronous calls after their acceptance: who may see and cancel them, and what they look like. */
import { matchesAcl } from '@algorist/contract/algorithm-reference.ts'
import { ApiError } from '@algorist/contract/errors.ts'
import type { CallStatus } from '@algorist/contract/shapes/call.ts'
import type { Caller } from '../caller.ts'
import type { Services } from '../services.ts'
import type { CallAnswer } from './answer.ts'
import { identityOf } from './pending-rows.ts'
import { type CallRecord, readAsyncCall, readReply } from './queries.ts'

type Uses = Pick<Services, 'db' | 'pendingCalls'>

/** @throws RequestIdNotFound, also for a call of somebody else */
export async function getCall({ db }: Uses, caller: Caller, requestId: string): Promise<CallStatus> {
  return renderCallStatus(await findCall(db, caller, requestId))
}

/**
 * What the synchronous call would have answered, or the status of one that has not finished.
 * @throws RequestIdNotFound, ResultExpired
 */
export async function getCallResult(
  { db }: Uses,
  caller: Caller,
  requestId: string,
): Promise<{ reply: CallAnswer } | { status: CallStatus }> {
  const call = await findCall(db, caller, requestId)
  if (call.finished_at === null) return { status: renderCallStatus(call) }
  const reply = await readReply(db, call.request_id)
  if (!reply?.reply_status || !reply.reply_body) throw new ApiError('ResultExpired')
  const { reply_status: status, reply_type: contentType, reply_body: body } = reply
  return { reply: { status, contentType: contentType ?? '', body: Buffer.from(body), headers: {} } }
}

/** Resolves once it is durable that the call will not run, or has been ended. @throws RequestIdNotFound, AlreadyFinished */
export async function cancelCall({ db, pendingCalls }: Uses, caller: Caller, requestId: string): Promise<void> {
  const { request_id } = await findCall(db, caller, requestId)
  if (!(await pendingCalls.cancel(request_id))) {
    throw new ApiError('AlreadyFinished', 'The call has finished already')
  }
}

async function findCall(db: Services['db'], caller: Caller, requestId: string): Promise<CallRecord> {
  const call = await readAsyncCall(db, requestId)
  if (!call || !maySee(caller, call)) throw new ApiError('RequestIdNotFound')
  return call
}

/**
 * The account that made the call, by a key that could have made it. A running algorithm acts as its caller and sees the
 * calls of its own session only.
 */
function maySee(caller: Caller, { account_id, identity: stored }: CallRecord): boolean {
  if (caller.kind !== 'key' && caller.kind !== 'algorithm') return false
  if (caller.account.id !== account_id) return false
  const { worker, identity } = identityOf(stored)
  if (caller.kind === 'algorithm') return caller.call.sessionId === identity.sessionId
  const { allowAlgo, algoAcl } = caller.rights
  return allowAlgo && matchesAcl(algoAcl, worker.algorithm.owner, worker.algorithm.name)
}

const names = { accepted: 'queued', started: 'running' } as const

function renderCallStatus({ request_id, status, accepted_at, started_at, finished_at }: CallRecord): CallStatus {
  return {
    request_id,
    status: status === 'accepted' || status === 'started' ? names[status] : status,
    accepted_at,
    ...(started_at === null ? {} : { started_at }),
    ...(finished_at === null ? {} : { finished_at }),
  }
}
