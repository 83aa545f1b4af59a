/** What accounts may use, set by administrators: an addition. Days are in UTC. */
import Type, { type Static } from 'typebox'
import { group, maybe, nullable, text, whole } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'Usage'
const paths = ['/v1/users/:username/quotas', '/v1/organizations/:organization/quotas'] as const
const errors = ['UserNotFound', 'OrganizationNotFound'] as const

/** Larger ones are no whole numbers any more. */
const MOST = Number.MAX_SAFE_INTEGER
const amount = (description: string, example: number) => whole(description, example, { minimum: 0, maximum: MOST })
const callsPerDay = amount('Calls on one day, those that algorithms make for the account included', 100_000)
const cpuSecondsPerDay = amount('Processor time on one day', 7200)
const dataBytes = amount('Hosted data', 1_073_741_824)

const limits = {
  calls_per_day: nullable(callsPerDay, 'Calls on one day', 100_000),
  cpu_seconds_per_day: nullable(cpuSecondsPerDay, 'Processor time on one day', 7200),
  data_bytes: nullable(dataBytes, 'Hosted data', 1_073_741_824),
}

export const Quotas = Type.Object({
  username: text('The account', 'jane_doe'),
  limits: group('What it may use; null: no limit', limits),
  own_limits: group('Those that were set for this account; null: as for everybody', limits),
  used: group('What it has used', {
    calls_today: whole('Calls, those that run or wait included', 412),
    cpu_seconds_today: whole('Processor time of calls that have ended', 96),
    data_bytes: whole('Hosted data', 1_048_576),
  }),
  resets_at: text('When the day ends', '2021-07-30T00:00:00.000Z'),
})
export type Quotas = Static<typeof Quotas>

export const QuotaLimits = Type.Object({
  calls_per_day: maybe(callsPerDay),
  cpu_seconds_per_day: maybe(cpuSecondsPerDay),
  data_bytes: maybe(dataBytes),
})
export type QuotaLimits = Static<typeof QuotaLimits>

export const getQuotas = operation({
  id: 'getQuotas',
  method: 'GET',
  paths,
  who: ['key', 'cookie', 'admin'],
  on: 'key holder',
  tag,
  summary: 'Show what an account may use, and what it has used today',
  replies: { 200: Quotas },
  errors,
  addition: true,
})

export const setQuotas = operation({
  id: 'setQuotas',
  method: 'PUT',
  paths,
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Set what an account may use; what is left out is as for everybody',
  body: QuotaLimits,
  replies: { 200: Quotas },
  errors: [...errors, 'InputValidationError'],
  addition: true,
})
