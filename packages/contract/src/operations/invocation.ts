/** Calling algorithms (rest-api.md 3.1, 4). Raw: bodies are bytes in both directions. */
import Type from 'typebox'
import { choice, decimal, flag, maybe } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'Calls'

const CallQuery = Type.Object({
  timeout: maybe(decimal('Seconds the call may take, 300 when left out and 3000 at most', 30)),
  stdout: maybe(flag('Adds what the algorithm printed, for its owner')),
  output: maybe(
    choice(['default', 'raw', 'void'], '`raw` answers the bare result, `void` answers before the call has run'),
  ),
  timing: maybe(flag('Adds where the time went')),
})

const errors = [
  'AuthorizationRequired',
  'AlgorithmCallNotFound',
  'MalformedInput',
  'PaymentRequired',
  'PayloadTooLarge',
  'UnsupportedMediaType',
  'TooManyRequests',
  'BadGateway',
  'ServiceUnavailable',
  'GatewayTimeout',
] as const

export const callAlgorithm = operation({
  id: 'callAlgorithm',
  method: 'POST',
  paths: ['/v1/algo/:owner/:algorithm/:version', '/v1/algo/:owner/:algorithm', '/v1/algo/:id/:version', '/v1/algo/:id'],
  who: ['key', 'algorithm'],
  tag,
  summary: 'Call an algorithm; the body is its input',
  query: CallQuery,
  replies: { 200: 'bytes' },
  errors,
  raw: true,
})

const webPaths = ['/v1/web/algo/:owner/:algorithm/:version', '/v1/web/algo/:owner/:algorithm'] as const

export const callAlgorithmFromWeb = operation({
  id: 'callAlgorithmFromWeb',
  method: 'POST',
  paths: webPaths,
  who: ['key'],
  tag,
  summary: 'Call an algorithm from a web page; the key needs `allow_web_algo`',
  query: CallQuery,
  replies: { 200: 'bytes' },
  errors,
  raw: true,
})

export const preflightCallFromWeb = operation({
  id: 'preflightCallFromWeb',
  method: 'OPTIONS',
  paths: webPaths,
  who: ['public'],
  tag,
  summary: 'Tell a browser that a web page may call algorithms',
  replies: { 204: 'empty' },
  errors: [],
  raw: true,
})
