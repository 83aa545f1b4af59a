/** Setting and showing what accounts may use; admitting calls is in quotas.ts, room for data in data/quota.ts. */
import type { QuotaLimits, Quotas } from '@algorist/contract/operations/quotas.ts'
import { findAccount } from '../accounts/accounts.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import { usedBytesOf } from '../data/quota.ts'
import { findHolder, type HolderParams } from '../keys/holders.ts'
import { requireAdministrator } from '../permissions.ts'
import type { Services } from '../services.ts'
import { deleteQuotas, upsertQuotas } from './quota-queries.ts'
import type { Limits } from './quotas.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'quotas'>

/** @throws ApiError UserNotFound, OrganizationNotFound, NotAuthorized */
export async function getQuotas(services: Uses, caller: Caller, params: HolderParams): Promise<Quotas> {
  return show(services, findHolder(services, caller, params, 'see'))
}

/** Replaces what was set; counts from the next call on. @throws ApiError as {@link getQuotas} */
export async function setQuotas(
  services: Uses,
  caller: Caller,
  params: HolderParams,
  wanted: QuotaLimits,
): Promise<Quotas> {
  requireAdministrator(caller)
  const account = findHolder(services, caller, params, 'change')
  await services.quotas.inTurn(() => store(services, account, parseLimits(wanted)))
  return show(services, account)
}

/** By name alone, for the operators' command. @throws ApiError UserNotFound */
export async function showQuotasOf(services: Uses, name: string): Promise<Quotas> {
  return show(services, findAccount(services.directory, name))
}

/** Changes the limits that are given; null takes one back. @throws ApiError UserNotFound */
export async function changeQuotasOf(services: Uses, name: string, change: Partial<Limits>): Promise<Quotas> {
  const account = findAccount(services.directory, name)
  const { quotas } = services
  await quotas.inTurn(() => store(services, account, { ...quotas.ownLimitsOf(account.id), ...change }))
  return show(services, account)
}

function parseLimits({ calls_per_day, cpu_seconds_per_day, data_bytes }: QuotaLimits): Limits {
  return {
    callsPerDay: calls_per_day ?? null,
    cpuSecondsPerDay: cpu_seconds_per_day ?? null,
    dataBytes: data_bytes ?? null,
  }
}

async function store({ db, quotas }: Uses, { id }: AccountEntry, limits: Limits): Promise<void> {
  const { callsPerDay, cpuSecondsPerDay, dataBytes } = limits
  const isNone = callsPerDay === null && cpuSecondsPerDay === null && dataBytes === null
  const row = {
    account_id: id,
    calls_per_day: callsPerDay,
    cpu_seconds_per_day: cpuSecondsPerDay,
    data_bytes: dataBytes,
  }
  await (isNone ? deleteQuotas(db, id) : upsertQuotas(db, row))
  quotas.set(id, limits)
}

async function show({ db, quotas }: Uses, { id, name }: AccountEntry): Promise<Quotas> {
  const { calls, cpuMicroseconds } = quotas.usedToday(id)
  const bytes = await usedBytesOf(db, { ids: [id] })
  return {
    username: name,
    limits: shownLimits(quotas.limitsOf(id)),
    own_limits: shownLimits(quotas.ownLimitsOf(id)),
    used: {
      calls_today: calls,
      cpu_seconds_today: Math.ceil(cpuMicroseconds / 1e6),
      data_bytes: bytes.get(id) ?? 0,
    },
    resets_at: new Date(quotas.resetsAtMs()).toISOString(),
  }
}

function shownLimits({ callsPerDay, cpuSecondsPerDay, dataBytes }: Limits) {
  return { calls_per_day: callsPerDay, cpu_seconds_per_day: cpuSecondsPerDay, data_bytes: dataBytes }
}
