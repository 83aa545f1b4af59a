/** What algorithms report about themselves (rest-api.md 3.11). */
import Type from 'typebox'
import { anything, text } from '../fields.ts'
import { operation } from '../operation.ts'

export const reportInsights = operation({
  id: 'reportInsights',
  method: 'POST',
  paths: ['/v1/insights'],
  who: ['algorithm', 'key'],
  tag: 'Insights',
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
