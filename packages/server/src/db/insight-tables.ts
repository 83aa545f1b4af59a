/** Insights and where they are sent. */

export interface InsightsTable {
  request_id: string
  algorithm_id: string
  owner_id: string
  /** ISO. */
  time: string
  /** The event as it is on the wire, as JSON (platform.md 5.1). */
  event: string
}

export interface InsightsConnectionsTable {
  id: string
  /** 1; unique, so that there is one. */
  is_current: number
  /** The connection as JSON, sealed. */
  sealed: string
  created_at: string
}
