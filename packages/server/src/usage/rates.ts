/** Cost rates: what administrators set, with four decimals, and 0 until they do (platform.md 5.3). */
import { ApiError } from '@algorist/contract/errors.ts'
import type { CostRates } from '@algorist/contract/operations/governance.ts'
import type { Services } from '../services.ts'
import { type RateName, selectRates, upsertRates } from './rate-queries.ts'

const NAMES = ['cpu_per_second', 'gpu_per_second', 'hosted_data_per_gib_month', 'connector_data_per_gib'] as const

const UNIT = 10_000
const MOST = 1_000_000

export async function readRates({ db }: Pick<Services, 'db'>): Promise<CostRates> {
  const set = new Map((await selectRates(db)).map((row) => [row.name, row.ten_thousandths / UNIT]))
  return Object.fromEntries(NAMES.map((name) => [name, set.get(name) ?? 0])) as Record<RateName, number>
}

/** Changes the rates that are given. @throws ApiError InputValidationError */
export async function setRates(services: Pick<Services, 'db'>, change: Partial<CostRates>): Promise<CostRates> {
  const rows = NAMES.flatMap((name) => {
    const rate = change[name]
    return rate === undefined ? [] : [{ name, ten_thousandths: parseRate(name, rate) }]
  })
  await upsertRates(services.db, rows)
  return readRates(services)
}

function parseRate(name: RateName, rate: number): number {
  const parts = Math.round(rate * UNIT)
  const isExact = Math.abs(rate * UNIT - parts) < 1e-6
  if (rate >= 0 && rate <= MOST && isExact) return parts
  throw new ApiError(
    'InputValidationError',
    `${name}: expected a number from 0 to ${MOST} with at most four decimals, got ${rate}`,
  )
}
