/**
 * Calling algorithms (rest-api.md 3.1, 4). Raw: bodies are bytes in both directions. Asynchronous results and
 * `Idempotency-Key` are additions of ours; callers who send neither header never meet them.
 */
import Type from 'typebox'
import { choice, decimal, flag, maybe, text } from '../fields.ts'
import { operation } from '../operation.ts'
import { AcceptedCall, CallStatus } from '../shapes/call.ts'

const tag = 'Calls'

const CallQuery = Type.Object({
  timeout: maybe(decimal('Seconds the call may take, 300 when left out and 3000 at most', 30)),
  stdout: maybe(flag('Adds what the algorithm printed, for its owner')),
  output: maybe(
    choice(['default', 'raw', 'void'], '`raw` answers the bare result, `void` answers before the call has run'),
  ),
  timing: maybe(flag('Adds where the time went')),
})

const key = maybe(
  text('At most 255 printable characters: the call runs once, and its answer is repeated for 24 hours', 'order-4711', {
    maxLength: 255,
  }),
)

const CallHeaders = Type.Object({
  Prefer: maybe(text('`respond-async` answers 202 once the call is stored, and keeps its result', 'respond-async')),
  'Idempotency-Key': key,
})

const errors = [
  'AuthorizationRequired',
  'AlgorithmCallNotFound',
  'MalformedInput',
  'PaymentRequired',
  'PayloadTooLarge',
  'UnsupportedMediaType',
  'IdempotencyKeyReused',
  'ResultExpired',
  'TooManyRequests',
  'BadGateway',
  'ServiceUnavailable',
  'GatewayTimeout',
  'InsufficientStorage',
] as const

export const callAlgorithm = operation({
  id: 'callAlgorithm',
  method: 'POST',
  paths: ['/v1/algo/:owner/:algorithm/:version', '/v1/algo/:owner/:algorithm', '/v1/algo/:id/:version', '/v1/algo/:id'],
  who: ['key', 'algorithm'],
  on: 'algorithm caller',
  tag,
  summary: 'Call an algorithm; the body is its input',
  query: CallQuery,
  headers: CallHeaders,
  replies: { 200: 'bytes', 202: AcceptedCall },
  errors,
  raw: true,
})

const webPaths = ['/v1/web/algo/:owner/:algorithm/:version', '/v1/web/algo/:owner/:algorithm'] as const

export const callAlgorithmFromWeb = operation({
  id: 'callAlgorithmFromWeb',
  method: 'POST',
  paths: webPaths,
  who: ['key'],
  on: 'algorithm caller',
  tag,
  summary: 'Call an algorithm from a web page; the key needs `allow_web_algo`',
  query: CallQuery,
  headers: Type.Object({ 'Idempotency-Key': key }),
  replies: { 200: 'bytes' },
  errors,
  raw: true,
})

export const preflightCallFromWeb = operation({
  id: 'preflightCallFromWeb',
  method: 'OPTIONS',
  paths: webPaths,
  who: ['public'],
  on: 'anything',
  tag,
  summary: 'Tell a browser that a web page may call algorithms',
  replies: { 204: 'empty' },
  errors: [],
  raw: true,
})

const callPath = '/v1/calls/:requestId'

export const getCall = operation({
  id: 'getCall',
  method: 'GET',
  paths: [callPath],
  who: ['key', 'algorithm'],
  on: 'call maker',
  tag,
  summary: 'Show how far an asynchronous call is; for the account that made it',
  replies: { 200: CallStatus },
  errors: ['RequestIdNotFound'],
  addition: true,
})

export const getCallResult = operation({
  id: 'getCallResult',
  method: 'GET',
  paths: [`${callPath}/result`],
  who: ['key', 'algorithm'],
  on: 'call maker',
  tag,
  summary: 'Get what the call would have answered, or 202 and its status while it has not finished',
  replies: { 200: 'bytes', 202: CallStatus, 400: 'bytes' },
  errors: ['RequestIdNotFound', 'ResultExpired'],
  addition: true,
})

export const cancelCall = operation({
  id: 'cancelCall',
  method: 'DELETE',
  paths: [callPath],
  who: ['key', 'algorithm'],
  on: 'call maker',
  tag,
  summary: 'Cancel an asynchronous call: one that waits never runs, one that runs is ended',
  replies: { 204: 'empty' },
  errors: ['RequestIdNotFound', 'AlreadyFinished'],
  addition: true,
})
