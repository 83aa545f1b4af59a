/**
 * Usage reports for administrators (rest-api.md 3.10). Ranges count by whole days in UTC: every day of which a moment lies
 * between the dates. The exact report is an addition.
 */
import Type, { type TProperties } from 'typebox'
import { choice, decimal, list, maybe, text, time, whole } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'Usage'

const UsageQuery = Type.Object({
  user: maybe(text('Calling account to report on; may be repeated', 'jane_doe')),
  start_date: time('Start of the report', '2021-03-22T00:00:00.000Z'),
  end_date: time('End of the report', '2021-03-23T00:00:00.000Z'),
  page_size: whole('Highest number of rows', 50),
  marker: maybe(text('`next_marker` of the page before', 'eyJuYW1lIjoiSGVsbG8ifQ')),
  format: maybe(
    choice(['json', 'csv'], '`csv`, or `Accept: text/csv`: all rows as a table, without `page_size` and `marker`'),
  ),
})

const caller = { caller: text('Account that called', 'jane_doe') }
const called = { algorithm_called: text('Name of the algorithm', 'Hello') }
const version = {
  algorithm_version: text('Version that ran', '0.1.0'),
  algorithm_owner: text('Owner of the algorithm', 'demo'),
}
const totals = {
  total_calls: text('Number of calls', '1024'),
  total_errors: whole('How many of them failed', 3),
  total_error_duration: decimal('Seconds that failed calls took', 0.12),
  total_duration: decimal('Seconds that all calls took', 63.5),
}
const exact = {
  total_calls: text('Number of calls', '1024'),
  total_errors: whole('How many of them failed', 3),
  wait_microseconds: whole('Time that calls waited for a worker', 1204),
  start_microseconds: whole('Time in which workers were started for them', 48_211),
  run_microseconds: whole('Time that they ran', 2_310_400),
  error_run_microseconds: whole('Time that those ran that failed', 1200),
  cpu_microseconds: whole('Processor time of their workers, as the host counted it', 1_920_311),
  peak_memory_bytes: whole('Highest memory of a worker', 41_943_040),
  input_bytes: whole('Bodies of the calls', 10_240),
  answer_bytes: whole('Results of the calls', 20_480),
}
const machine = { machine_type: choice(['cpu', 'gpu'], 'Kind of machine they ran on') }

const report = <Row extends TProperties>(row: Row) =>
  Type.Object({
    results: list(Type.Object(row), 'Rows of the report'),
    next_marker: maybe(text('Pass it as `marker` for the next page', 'eyJuYW1lIjoiSGVsbG8ifQ')),
  })

const errors = ['UsageDatesMissing', 'InvalidMarker', 'InvalidLimit', 'InvalidRequest'] as const

export const reportUsage = operation({
  id: 'reportUsage',
  method: 'GET',
  paths: ['/v1/admin/usage'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Report calls by algorithm, version and caller',
  query: UsageQuery,
  replies: { 200: report({ ...called, ...caller, ...version, ...totals, ...machine }) },
  errors,
})

export const reportAlgorithmUsage = operation({
  id: 'reportAlgorithmUsage',
  method: 'GET',
  paths: ['/v1/admin/usage/algorithms'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Report calls by algorithm and version',
  query: UsageQuery,
  replies: { 200: report({ ...called, ...version, ...totals, ...machine }) },
  errors,
})

export const reportUserUsage = operation({
  id: 'reportUserUsage',
  method: 'GET',
  paths: ['/v1/admin/usage/users'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Report calls by caller',
  query: UsageQuery,
  replies: { 200: report({ ...caller, ...totals }) },
  errors,
})

export const reportExactUsage = operation({
  id: 'reportExactUsage',
  method: 'GET',
  paths: ['/v1/admin/usage/exact'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Report what calls used exactly, by algorithm, version and caller',
  query: UsageQuery,
  replies: {
    200: report({
      ...called,
      algorithm_id: text('Id of the algorithm', 'f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e'),
      ...caller,
      ...version,
      ...exact,
      ...machine,
    }),
  },
  errors,
  addition: true,
})

export const listLegacyAlgorithms = operation({
  id: 'listLegacyAlgorithms',
  method: 'GET',
  paths: ['/v1/admin/legacy-algorithms'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'List algorithms that still use a package set',
  replies: {
    200: Type.Object({
      results: list(
        Type.Object({
          id: whole('Number of the algorithm', 17),
          username: text('Its owner', 'demo'),
          algoname: text('Its name', 'Hello'),
          language: text('Its language', 'python2'),
          createdAt: time('When it was created'),
          lastCompiledAt: maybe(time('When it was last built')),
        }),
        'The algorithms',
      ),
    }),
  },
  errors: [],
})
