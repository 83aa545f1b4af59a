/** What algorithms report about themselves, where it is read, and where it is sent (rest-api.md 3.11, 3.10). */
import Type from 'typebox'
import { anything, choice, decimal, flag, list, maybe, secret, text, time, uuid, whole } from '../fields.ts'
import { operation } from '../operation.ts'
import { paged, pageQueryMembers } from '../shapes/paged.ts'

const tag = 'Insights'

export const reportInsights = operation({
  id: 'reportInsights',
  method: 'POST',
  paths: ['/v1/insights'],
  who: ['algorithm', 'key'],
  on: 'caller',
  tag,
  summary: 'Report metrics of the running call; of all other callers they are taken and dropped',
  body: Type.Array(
    Type.Object({
      insight_key: text('Name of the metric', 'faces_found'),
      insight_value: anything('Its value', 3),
    }),
    { maxItems: 25 },
  ),
  replies: { 200: Type.Object({ response: text('Text for people', 'Insights accepted') }) },
  errors: ['InputValidationError'],
  isUnrecorded: true,
})

const ofAlgorithm = { method: 'GET', who: ['management', 'cookie'], on: 'algorithm manager', tag } as const
const lookUpErrors = ['AlgorithmNameDoesNotExist', 'AlgorithmIdDoesNotExist'] as const
const span = {
  since: maybe(time('Earliest end of a call')),
  until: maybe(time('Calls that ended before this', '2021-07-30T00:00:00Z')),
}
const anEvent = {
  risk_score: 0.2,
  request_id: 'req-f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e',
  session_id: 'rses-f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e',
  time: '2021-02-20T00:21:54.867231',
  duration_milliseconds: 8,
  algorithm_owner: 'demo',
  algorithm_name: 'Hello',
  algorithm_version: '1.0.6',
}
/** Its metrics have names of the author's choice. */
const Event = anything('Metrics of one call, beside what names the call', anEvent)

export const listInsights = operation({
  id: 'listInsights',
  paths: ['/v1/algorithms/:owner/:algorithm/insights', '/v1/algorithms/:id/insights'],
  summary: 'List what calls of the algorithm reported, newest first',
  query: Type.Object({ ...span, ...pageQueryMembers }),
  replies: {
    200: Type.Object({ ...paged(Event).properties, results: list(Event, 'Events, newest first', [anEvent]) }),
  },
  errors: [...lookUpErrors, 'InvalidLimit', 'InvalidMarker', 'QueryParameterError'],
  addition: true,
  ...ofAlgorithm,
})

export const summarizeInsights = operation({
  id: 'summarizeInsights',
  paths: ['/v1/algorithms/:owner/:algorithm/insights/summary', '/v1/algorithms/:id/insights/summary'],
  summary: 'Count, lowest, mean and highest value of each metric',
  query: Type.Object(span),
  replies: {
    200: Type.Object({
      calls: whole('Calls that were looked at, the newest of the time asked for', 120),
      is_complete: flag('False when there are more calls than one answer looks at'),
      metrics: list(
        Type.Object({
          name: text('Name of the metric', 'risk_score'),
          count: whole('Calls that reported it', 118),
          minimum: maybe(decimal('Lowest; absent when none was a number', 0.01)),
          mean: maybe(decimal('Mean', 0.35)),
          maximum: maybe(decimal('Highest', 0.97)),
        }),
        'By name',
      ),
    }),
  },
  errors: [...lookUpErrors, 'QueryParameterError'],
  addition: true,
  ...ofAlgorithm,
})

const insightsConnection = { paths: ['/v1/admin/insights-connection'], who: ['admin'], on: 'anything', tag } as const
const mechanism = choice(['SCRAM-SHA-256', 'SCRAM-SHA-512', 'PLAIN'], 'How to sign in to the broker')
const brokerMembers = {
  broker_url: text('Addresses of brokers, with commas between them', 'kafka.example.com:9093'),
  topic: text('Topic that insights go to', 'insights', { pattern: '^[A-Za-z0-9._-]{1,249}$' }),
  broker_username: maybe(text('Account at the broker', 'algorist')),
  broker_password: maybe(secret('Its password')),
  ca_certificate: maybe(text('Certificate of its authority', '-----BEGIN CERTIFICATE-----')),
  sasl_mechanism: maybe(mechanism),
}
const { broker_password: _, ...shownMembers } = brokerMembers
/** The password is write-only. */
const InsightsConnection = Type.Object({ ...shownMembers, id: maybe(uuid('Id of the connection')) })

export const getInsightsConnection = operation({
  id: 'getInsightsConnection',
  method: 'GET',
  summary: 'Show the broker that insights are for, without its password',
  replies: { 200: InsightsConnection },
  errors: ['ConfigEntryNotFound'],
  ...insightsConnection,
})

export const setInsightsConnection = operation({
  id: 'setInsightsConnection',
  method: 'POST',
  summary: 'Set the broker that insights are for; they are kept on the server, sending them is not there yet',
  body: Type.Object({
    connection_type: choice(['kafka_sasl_ssl', 'kafka_unauthenticated_plaintext'], 'Kind of connection'),
    ...brokerMembers,
  }),
  replies: { 200: InsightsConnection },
  errors: ['InputValidationError'],
  ...insightsConnection,
})

export const deleteInsightsConnection = operation({
  id: 'deleteInsightsConnection',
  method: 'DELETE',
  summary: 'Forget the broker that insights are for',
  replies: { 204: 'empty' },
  errors: [],
  ...insightsConnection,
})
