/** Settings of quotas: part of the table in settings.ts. */
import { optional, wholeNumber } from './setting-kinds.ts'

const CALLS = 'Calls'
const amount = wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER })

export const USAGE_SETTINGS = {
  callsPerDay: optional('no limit', amount.expected, amount.parse, {
    name: 'ALGORIST_CALLS_PER_DAY',
    section: CALLS,
    meaning:
      'Calls of one account on one day (UTC), those that algorithms make for it included; more get 429. ' +
      'Administrators give single accounts another limit. Nobody is limited until somebody decides so.',
  }),
  cpuSecondsPerDay: optional('no limit', amount.expected, amount.parse, {
    name: 'ALGORIST_CPU_SECONDS_PER_DAY',
    section: CALLS,
    meaning:
      'Processor time that the calls of one account may use on one day (UTC), as control groups count it; then 429. ' +
      'Administrators give single accounts another limit.',
  }),
}
