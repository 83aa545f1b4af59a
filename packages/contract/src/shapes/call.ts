/** Asynchronous calls; an addition of ours. */
import Type, { type Static } from 'typebox'
import { always, choice, maybe, text, time } from '../fields.ts'

const requestId = text('Id of the call', 'req-f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e')

export const AcceptedCall = Type.Object({
  async: always('result', 'Tells that the result is kept'),
  request_id: requestId,
})

export const CallStatus = Type.Object({
  request_id: requestId,
  status: choice(
    ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'],
    'How far the call is; `expired` waited for more than a day, or its result is not kept any more',
  ),
  accepted_at: time('When the call was stored'),
  started_at: maybe(time('When it began to run')),
  finished_at: maybe(time('When it ended')),
})
export type CallStatus = Static<typeof CallStatus>
