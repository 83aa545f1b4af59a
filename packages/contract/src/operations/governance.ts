/**
 * Governance reports (platform.md 5.3), all additions: the original had them as pages alone. Calls to algorithms of
 * organizations count, those to algorithms of persons where they are asked for. What is not measured is 0: processors and
 * memory of GPUs, and data behind connectors.
 */
import Type, { type Static } from 'typebox'
import { choice, decimal, flag, group, list, maybe, text, time, whole } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'Usage'

const price = (description: string) => decimal(description, 0.0001, { minimum: 0 })

export const CostRates = Type.Object({
  cpu_per_second: price('Price of a second of a call'),
  gpu_per_second: price('Price of a second of a call on a GPU'),
  hosted_data_per_gib_month: price('Price of 1 GiB of hosted data for 30 days'),
  connector_data_per_gib: price('Price of 1 GiB through a connector'),
})
export type CostRates = Static<typeof CostRates>

const perDay = {
  calls: decimal('Number of calls', 1024),
  errors: decimal('How many of them failed', 3),
  cpu_usage_seconds: decimal('Time that they ran', 63.5),
  gpu_usage_seconds: decimal('Time that they ran on GPUs: not measured', 0),
  cpu_seconds: decimal('Processor time, as the host counted it', 41.25),
  cost: decimal('Estimated cost by the rates of the administrator', 0.0064),
}

const figures = {
  calls: perDay.calls,
  errors: perDay.errors,
  cpu_usage_seconds: perDay.cpu_usage_seconds,
  gpu_usage_seconds: perDay.gpu_usage_seconds,
  cpu_seconds: perDay.cpu_seconds,
  average_cores: decimal('Processor time for each second that they ran or a worker started for them', 0.65),
  cpu_peak_memory_bytes: whole('Highest memory of a worker', 41_943_040),
  gpu_peak_memory_bytes: whole('Highest memory of a GPU: not measured', 0),
  hosted_data_bytes: whole('Hosted data as it is now of an account that the asker belongs to, else 0', 1_073_741_824),
  connector_data_bytes: whole('Data behind connectors: not measured', 0),
  cost: perDay.cost,
}
const Figures = group('Sums over all lines, not of this page alone', figures)
export type Figures = Static<typeof Figures>

const GovernanceLine = Type.Object({
  id: text('Id of the algorithm or account', 'f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e'),
  name: text('Its name', 'acme/Hello'),
  ...figures,
  algorithm_count: maybe(whole('How many algorithms the account has now', 4)),
  member_count: maybe(whole('How many members the organization has now', 12)),
})
export type GovernanceLine = Static<typeof GovernanceLine>

export const GovernanceReport = Type.Object({
  first_day: text('First day of the report', '2021-03-22'),
  last_day: text('Last day of the report', '2021-03-28'),
  days: whole('How many of them have begun; averages divide by it', 7),
  group_by: choice(['algorithm', 'user', 'organization'], 'What the lines are about'),
  totals: Figures,
  averages_per_day: group('The sums, divided by the number of days', perDay),
  series: list(Type.Object({ day: text('The day', '2021-03-22'), ...figures }), 'Each day that has begun'),
  results: list(GovernanceLine, 'A page of lines'),
  next_marker: maybe(text('Pass it as `marker` for the next page', 'eyJ1c2VyIjoiMSJ9')),
})
export type GovernanceReport = Static<typeof GovernanceReport>

/** What lines can be sorted by. */
export const ORDERS = [
  ...['name', 'calls', 'errors', 'cpu_usage_seconds', 'gpu_usage_seconds', 'cpu_seconds', 'average_cores'],
  ...['cpu_peak_memory_bytes', 'gpu_peak_memory_bytes', 'hosted_data_bytes', 'connector_data_bytes', 'cost'],
  ...['algorithm_count', 'member_count'],
] as const satisfies readonly (keyof GovernanceLine)[]
/** Lowest or highest first. */
export const DIRECTIONS = ['asc', 'desc'] as const

const commonQuery = {
  start_date: maybe(time('Start of the report; the last seven days when both dates are left out')),
  end_date: maybe(time('End of the report')),
  page_size: maybe(whole('Highest number of lines', 10)),
  marker: maybe(text('`next_marker` of the page before', 'eyJ1c2VyIjoiMSJ9')),
  sort_by: maybe(choice(ORDERS, 'What lines are sorted by; in the order of their ids when left out')),
  order: maybe(choice(DIRECTIONS, 'Lowest or highest first; names `asc` and figures `desc` when left out')),
  format: maybe(choice(['json', 'csv'], '`csv`, or `Accept: text/csv`: all lines as a table')),
}
const personal = {
  include_personal: maybe(flag('Count calls to algorithms of persons too, not of organizations alone', false)),
}
const groupBy = <const Groups extends readonly [string, ...string[]]>(groups: Groups) => ({
  group_by: maybe(choice(groups, 'What the lines are about; the first when left out')),
})

const errors = ['UsageDatesMissing', 'InvalidMarker', 'InvalidLimit', 'InputValidationError'] as const
const replies = { 200: GovernanceReport } as const

export const reportClusterGovernance = operation({
  id: 'reportClusterGovernance',
  method: 'GET',
  paths: ['/v1/admin/governance'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Report what the whole server was used for and what it cost',
  query: Type.Object({ ...groupBy(['algorithm', 'user', 'organization']), ...commonQuery, ...personal }),
  replies,
  errors,
  addition: true,
})

export const reportOrganizationGovernance = operation({
  id: 'reportOrganizationGovernance',
  method: 'GET',
  paths: ['/v1/organizations/:organization/governance'],
  who: ['cookie', 'admin'],
  on: 'organization owner',
  tag,
  summary: 'Report what the algorithms of an organization were used for',
  query: Type.Object({ ...groupBy(['algorithm', 'user']), ...commonQuery }),
  replies,
  errors: ['OrganizationNotFound', ...errors],
  addition: true,
})

export const reportAccountGovernance = operation({
  id: 'reportAccountGovernance',
  method: 'GET',
  paths: ['/v1/users/:username/governance'],
  who: ['key', 'cookie', 'admin'],
  on: 'reported user',
  tag,
  summary: 'Report what an account called; owners of an organization are told of calls to what it owns',
  query: Type.Object({ ...groupBy(['algorithm', 'organization']), ...commonQuery, ...personal }),
  replies,
  errors: ['UserNotFound', ...errors],
  addition: true,
})

export const reportAlgorithmGovernance = operation({
  id: 'reportAlgorithmGovernance',
  method: 'GET',
  paths: ['/v1/algorithms/:owner/:algorithm/governance', '/v1/algorithms/:id/governance'],
  who: ['management', 'cookie'],
  on: 'algorithm manager',
  tag,
  summary: 'Report who called an algorithm; a caller counts for each organization that it belongs to now',
  query: Type.Object({ ...groupBy(['user', 'organization']), ...commonQuery }),
  replies,
  errors: ['AlgorithmNameDoesNotExist', 'AlgorithmIdDoesNotExist', ...errors],
  addition: true,
})

export const getCostRates = operation({
  id: 'getCostRates',
  method: 'GET',
  paths: ['/v1/admin/cost-rates'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Show the rates that governance reports reckon with; 0 until one is set',
  replies: { 200: CostRates },
  errors: [],
  addition: true,
})

export const setCostRates = operation({
  id: 'setCostRates',
  method: 'PUT',
  paths: ['/v1/admin/cost-rates'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Set rates, with up to four decimals; those left out stay as they are',
  body: Type.Partial(CostRates),
  replies: { 200: CostRates },
  errors: ['InputValidationError'],
  addition: true,
})
