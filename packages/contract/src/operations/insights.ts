/** What algorithms report about themselves, and where it is sent (rest-api.md 3.11, 3.10). */
import Type from 'typebox'
import { anything, choice, maybe, secret, text, uuid } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'Insights'

export const reportInsights = operation({
  id: 'reportInsights',
  method: 'POST',
  paths: ['/v1/insights'],
  who: ['algorithm', 'key'],
  on: 'caller',
  tag,
  summary: 'Report metrics of the running call',
  body: Type.Array(
    Type.Object({
      insight_key: text('Name of the metric', 'faces_found'),
      insight_value: anything('Its value', 3),
    }),
    { maxItems: 25 },
  ),
  replies: { 200: Type.Object({ response: text('Text for people', 'Insights accepted') }) },
  errors: ['InputValidationError'],
})

const insightsConnection = { paths: ['/v1/admin/insights-connection'], who: ['admin'], on: 'anything', tag } as const
const mechanism = choice(['SCRAM-SHA-256', 'SCRAM-SHA-512', 'PLAIN'], 'How to sign in to the broker')
const brokerMembers = {
  broker_url: text('Address of the broker', 'kafka.example.com:9093'),
  topic: text('Topic that insights go to', 'insights'),
  broker_username: maybe(text('Account at the broker', 'algorist')),
  broker_password: maybe(secret('Its password')),
  ca_certificate: maybe(text('Certificate of its authority', '-----BEGIN CERTIFICATE-----')),
  sasl_mechanism: maybe(mechanism),
}
const InsightsConnection = Type.Object({ ...brokerMembers, id: maybe(uuid('Id of the connection')) })

export const getInsightsConnection = operation({
  id: 'getInsightsConnection',
  method: 'GET',
  summary: 'Show where insights go',
  replies: { 200: InsightsConnection },
  errors: ['ConfigEntryNotFound'],
  ...insightsConnection,
})

export const setInsightsConnection = operation({
  id: 'setInsightsConnection',
  method: 'POST',
  summary: 'Set where insights go',
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
  summary: 'Stop sending insights',
  replies: { 204: 'empty' },
  errors: [],
  ...insightsConnection,
})
