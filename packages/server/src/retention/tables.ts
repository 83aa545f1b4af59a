/** Tables whose rows go by their age. */
import type { RowTable } from './row-queries.ts'

export const CALL_LOG: RowTable = {
  table: 'call_log',
  time: 'ended_at',
  key: ['request_id'],
  texts: ['message', 'stacktrace', 'input', 'output'],
  rowBytes: 1000,
  holder: 'algorithm_id',
}

export const INSIGHTS: RowTable = {
  table: 'insights',
  time: 'time',
  key: ['request_id'],
  texts: ['event'],
  rowBytes: 400,
  holder: 'algorithm_id',
}

const DAY_LENGTH = '2026-11-22'.length

export const USAGE_DAYS: RowTable = {
  table: 'usage_days',
  time: 'day',
  timeLength: DAY_LENGTH,
  key: ['caller_id', 'algorithm_id', 'version', 'day'],
  texts: [],
  rowBytes: 600,
}

export const USAGE_SUMS: RowTable = {
  table: 'usage_sums',
  time: 'day',
  timeLength: DAY_LENGTH,
  key: ['kind', 'scope_id', 'item_id', 'day'],
  texts: [],
  rowBytes: 500,
}

export const NOTIFICATIONS: RowTable = {
  table: 'notifications',
  time: 'created_at',
  key: ['id'],
  texts: ['context'],
  rowBytes: 250,
  holder: 'account_id',
}

/** No index, and no need of one: at most one row of an account. */
export const PASSWORD_RESETS: RowTable = {
  table: 'password_resets',
  time: 'expires_at',
  key: ['digest'],
  texts: [],
  rowBytes: 250,
}

/** No index, and no need of one: those to organizations that nobody has answered. */
export const INVITATIONS: RowTable = {
  table: 'organization_invitations',
  time: 'expires_at',
  key: ['id'],
  texts: [],
  rowBytes: 500,
}
