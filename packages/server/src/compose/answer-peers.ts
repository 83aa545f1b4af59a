/** What this server answers to another process at work on its data folder. */
import type { Question } from '../restart/peers.ts'
import type { Services } from '../services.ts'
import type { Parts } from './gather-services.ts'

export interface AnswerNeeds extends Pick<Parts, 'ground' | 'calls'> {
  readonly services: Services
}

/** @param stop ends the wait for what was begun here, once another process has followed this one */
export function createAnswer(
  { ground, services, calls }: AnswerNeeds,
  stop: () => void,
): (question: Question) => Promise<boolean> {
  const { catalog, pendingCalls, builds } = services
  const { overlap } = ground
  return async (question) => {
    if (question.kind === 'changed') await catalog.refresh(question.algorithmId)
    if (question.kind === 'accepted') await pendingCalls.recover(overlap.living())
    if (question.kind === 'cancel') return pendingCalls.cancel(question.requestId)
    if (question.kind === 'stop build') return builds.stopHere(question.buildId, question.note)
    if (question.kind === 'settle') await calls.idempotency.settled(question.key)
    if (question.kind === 'stop' && overlap.isLeaving()) stop()
    return true
  }
}
