/** `algorist quota …` */
import type { Quotas } from '@algorist/contract/operations/quotas.ts'
import { changeQuotasOf, showQuotasOf } from '../usage/quota-rules.ts'
import type { Limits } from '../usage/quotas.ts'
import { type Command, type Invocation, optionOf, type Result, UsageError } from './command.ts'

const OPTIONS = { 'calls-per-day': 'text', 'cpu-seconds-per-day': 'text', 'data-bytes': 'text' } as const

const LIMITS = {
  'calls-per-day': 'callsPerDay',
  'cpu-seconds-per-day': 'cpuSecondsPerDay',
  'data-bytes': 'dataBytes',
} as const satisfies Record<keyof typeof OPTIONS, keyof Limits>

export const quotaCommands: readonly Command[] = [
  {
    name: 'quota show',
    arguments: ['account'],
    options: {},
    summary: 'show what a user or organization may use, and what it has used today (UTC)',
    isChange: false,
    run: async ({ services, given }) => table(await showQuotasOf(services, given.account ?? '')),
  },
  {
    name: 'quota set',
    arguments: ['account'],
    options: OPTIONS,
    summary: 'limit what a user or organization may use; "none" makes it as for everybody again',
    isChange: true,
    run: async (invocation) => {
      const { services, given } = invocation
      return table(await changeQuotasOf(services, given.account ?? '', changeOf(invocation)))
    },
  },
]

/** @throws UsageError */
function changeOf(invocation: Invocation): Partial<Limits> {
  const change = Object.entries(LIMITS).flatMap(([option, limit]) => {
    const text = optionOf(invocation, option)
    return text === undefined ? [] : [[limit, parseLimit(option, text)]]
  })
  if (change.length === 0) throw new UsageError(`Expected one of --${Object.keys(LIMITS).join(', --')}`)
  return Object.fromEntries(change)
}

function parseLimit(option: string, text: string): number | null {
  if (text === 'none') return null
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new UsageError(`--${option}: expected a whole number or none, got ${text}`)
}

function table({ limits, own_limits, used, resets_at }: Quotas): Result {
  const line = (name: keyof Quotas['limits'], use: number, resets: string) => ({
    limit: name,
    value: limits[name] ?? 'none',
    set_for: own_limits[name] === null ? 'everybody' : 'this account',
    used: use,
    resets,
  })
  return [
    line('calls_per_day', used.calls_today, resets_at),
    line('cpu_seconds_per_day', used.cpu_seconds_today, resets_at),
    line('data_bytes', used.data_bytes, ''),
  ]
}
