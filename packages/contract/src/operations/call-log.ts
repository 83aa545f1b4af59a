/** The call log: what became of each call of an algorithm, for those who look after it. Additions of ours. */
import Type from 'typebox'
import { choice, group, maybe, nullable, text, time, whole } from '../fields.ts'
import { operation } from '../operation.ts'
import { CALL_OUTCOMES, CallEntry, LoggedCall } from '../shapes/logged-call.ts'
import { paged, pageQueryMembers } from '../shapes/paged.ts'

const tag = 'Call log'
const paths = ['/v1/algorithms/:owner/:algorithm/calls', '/v1/algorithms/:id/calls'] as const
const who = ['management', 'cookie', 'admin'] as const
const on = 'call log reader' as const
const lookUpErrors = ['AlgorithmNameDoesNotExist', 'AlgorithmIdDoesNotExist'] as const

const CallQuery = Type.Object({
  ...pageQueryMembers,
  since: maybe(
    text('Only calls that ended then or later: ISO 8601, or milliseconds since 1970', '2026-11-22T06:00:00Z'),
  ),
  until: maybe(text('Only calls that ended before: ISO 8601, or milliseconds since 1970', '2026-11-23T06:00:00Z')),
  outcome: maybe(choice(CALL_OUTCOMES, 'Only calls that ended like this')),
  version: maybe(text('Only this version, or commit of an unpublished build', '0.1.0')),
  caller: maybe(text('Only calls of this account', 'jane_doe')),
  q: maybe(text('Only calls with this in their request id, error or output, in any case of its letters', 'boom')),
})

const page = paged(LoggedCall)
const CallPage = Type.Object({
  ...page.properties,
  left_out: group('Calls of the algorithm that the log did not take, because too many came at a time', {
    calls: whole('How many', 0),
    since: time('Start of the server, which counts them'),
  }),
  search: maybe(
    group('How far was looked for `q`, or for several filters at a time; `marker` goes on from there', {
      looked_at: whole('Calls that were looked at', 20_000),
      stopped_at: nullable(
        Type.String(),
        'End of the last of them; null when there is nothing older',
        '2026-11-22T06:00:00.000Z',
      ),
    }),
  ),
})

export const listCalls = operation({
  id: 'listCalls',
  method: 'GET',
  paths,
  who,
  on,
  tag,
  summary: 'List the calls of an algorithm, newest first',
  query: CallQuery,
  replies: { 200: CallPage },
  errors: [...lookUpErrors, 'UserNotFound', 'InvalidLimit', 'InvalidMarker', 'InputValidationError'],
  addition: true,
})

export const tailCalls = operation({
  id: 'tailCalls',
  method: 'GET',
  paths: [`${paths[0]}/tail`, `${paths[1]}/tail`],
  who,
  on,
  tag,
  summary:
    'Follow the calls of an algorithm as server-sent events, in the form of single entries; ends when the right is lost',
  headers: Type.Object({
    'Last-Event-ID': maybe(
      text('Id of the last event that was read: what came since is sent first', 'eyJlbmRlZF9hdCI6IiJ9'),
    ),
  }),
  replies: { 200: 'bytes' },
  errors: [...lookUpErrors, 'InvalidMarker', 'TooManyRequests', 'ServiceUnavailable'],
  addition: true,
})

export const getCallLog = operation({
  id: 'getCallLog',
  method: 'GET',
  paths: ['/v1/calls/:requestId/log'],
  who: ['key', 'cookie', 'admin'],
  on: 'call log entry reader',
  tag,
  summary: 'Show what became of a call; the account that made it sees its timing and its error',
  replies: { 200: CallEntry },
  errors: ['RequestIdNotFound'],
  addition: true,
})
