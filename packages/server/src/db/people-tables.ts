/** Tables of people and what they are allowed: sessions, invitations, approvals, settings of the server, the audit log. */

import type { Generated } from 'kysely'

/** Browser sessions; the cookie itself is not stored. */
export interface SessionsTable {
  /** SHA-256 of the cookie's secret, hex. */
  digest: string
  account_id: string
  created_at: string
  expires_at: string
}

/** Links with which somebody without a password (or who forgot it) sets one. */
export interface PasswordResetsTable {
  /** SHA-256 of the link's secret, hex. */
  digest: string
  account_id: string
  expires_at: string
}

/** Codes for signing up (rest-api.md 3.10). */
export interface InvitesTable {
  /** As it was given; compared exactly. */
  code: string
  signup_credits: number | null
  comments: string | null
  expires_at: string | null
  created_by: string
  created_at: string
}

/** Somebody is asked to join an organization (platform.md 1.2). */
export interface OrganizationInvitationsTable {
  id: string
  organization_id: string
  /** The user asked, or null for an address that nobody has signed up with. */
  user_id: string | null
  email_lower: string | null
  /** SHA-256 of the code in the mailed link, hex; null for a user. */
  code_digest: string | null
  role: 'owner' | 'member'
  invited_by: string
  created_at: string
  expires_at: string
}

/** A member asks to publish for everybody; an owner of the organization decides (platform.md 1.2). */
export interface PublishRequestsTable {
  id: string
  /** Unique together with algorithm_id among open requests: one at a time per version. */
  version_id: string
  algorithm_id: string
  requested_by: string
  requested_at: string
  state: 'open' | 'approved' | 'declined'
  decided_by: string | null
  decided_at: string | null
}

export interface OrganizationTypesTable {
  id: string
  name: string
  /** Unique. */
  name_lower: string
  created_at: string
}

/** Accounts of the host system for an organization (rest-api.md 3.10). */
export interface HostInformationTable {
  id: string
  /** Unique. */
  organization_id: string
  host_username: string
  host_user_id: string
}

export interface FunctionalIdsTable {
  algorithm_id: string
  functional_id: string
}

/** Configuration entries of the web pages (rest-api.md 3.9). */
export interface FrontendEntriesTable {
  name: string
  value: string
  created_at: string
  updated_at: string
}

/** Icon and logo. */
export interface PicturesTable {
  name: 'favicon' | 'logo'
  content_type: string
  updated_at: string
  bytes: Uint8Array
}

/** Flags of the server (`account_id` is empty) or of one account. */
export interface FeaturesTable {
  name: string
  account_id: string
  enabled: number
}

/** Workers kept ready for an account. */
export interface ReservationsTable {
  id: string
  algorithm_id: string
  account_id: string
  version_type: string
  version_identifier: string | null
  slots: number
  created_at: string
}

/** What happened that an account may want to know. */
export interface NotificationsTable {
  id: string
  account_id: string
  kind: string
  /** JSON. */
  context: string
  created_at: string
  read_at: string | null
}

/** Outside hosts of source code; `internal` is always there and has no row. */
export interface ScmsTable {
  id: string
  name: string
  provider: string
  enabled: number
  is_default: number
  /** `{web, api, ssh}` as JSON. */
  urls: string
  /** Client id and settings of the provider as JSON; secrets sealed in `secret`. */
  settings: string
  secret: string | null
  created_at: string
}

/** Environments that an administrator turned off. */
export interface DisabledEnvironmentsTable {
  specification_id: string
}

/** Every change, with who really made it. Rows are only ever added. */
export interface AuditLogTable {
  /** 1, 2, 3 …: the order of commits. */
  number: Generated<number>
  at: string
  /** Operation, such as `createKey` or `user.reset-password`. */
  action: string
  /** Account that acted; null for the operator on the machine itself and for nobody. */
  account_id: string | null
  account_name: string
  /** `key`, `session`, `token`, `password`, `admin`, `operator` or `anonymous`. */
  login: string
  key_id: string | null
  address: string | null
  /** What was changed: the path of the request, or the command's arguments. Never a secret. */
  target: string
  /** HTTP status of the answer; 0 for commands. */
  status: number
}
