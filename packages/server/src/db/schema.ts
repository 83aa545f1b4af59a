/**
 * The tables, as Kysely sees them. Portable types only: text ids made by us, ISO-8601 UTC text for times, integers
 * (booleans are 0 or 1), JSON as text, lower-cased shadow columns for names. Migrations create exactly this.
 */
import type { Generated, Kysely } from 'kysely'
import type { CallLogTable } from './call-log-tables.ts'
import type { ConnectorsTable } from './connector-tables.ts'
import type * as hosted from './hosted-tables.ts'
import type * as insights from './insight-tables.ts'
import type * as people from './people-tables.ts'
import type * as secrets from './secret-tables.ts'
import type * as usage from './usage-tables.ts'

export interface AccountsTable {
  id: string
  kind: 'user' | 'organization'
  name: string
  /** Unique: users and organizations share one name space. */
  name_lower: string
  email: string
  /** Unique among users; several organizations may have one contact. */
  email_lower: string
  full_name: string | null
  company_name: string | null
  company_role: string | null
  /** What only organizations have (label, contact, type, group names) as JSON; null for users. */
  organization: string | null
  is_admin: number
  /** argon2id in PHC form; null: no password login. */
  password_hash: string | null
  /** Unique offset in the host uid range, given in order of creation. */
  host_uid: number
  created_at: string
  /** Unique; the person at an identity provider. */
  external_id: Generated<string | null>
  /** When the groups of which the roles are known were issued, ISO; null: by no token yet. */
  groups_as_of: Generated<string | null>
  /** Set once the account is deleted: nobody signs in, and name, e-mail address and host uid stay taken. */
  deleted_at: Generated<string | null>
  /** 1: may see what administrators see, and change nothing of it. */
  is_viewer: Generated<number | null>
  /** What the person chose (mail on notifications) as JSON. */
  preferences: Generated<string | null>
}

export interface OrganizationMembersTable {
  organization_id: string
  user_id: string
  /** An executor may call what the organization owns and see about it, and is not counted as a member. */
  role: 'owner' | 'member' | 'executor'
  created_at: string
  /** What a person gave; null when groups of an identity provider alone gave the role, which then follows them. */
  manual_role: Generated<'owner' | 'member' | 'executor' | null>
}

export interface ApiKeysTable {
  id: string
  account_id: string
  kind: 'ManagementKey' | 'PlatformAdminKey' | 'AlgorithmKey'
  label: string
  /** SHA-256 of the key, hex; unique. */
  digest: string
  /** AES-256-GCM copy for "show again", base64. */
  sealed: string
  mask: string
  /** KeyRights as JSON. */
  rights: string
  created_at: string
  /** The key stops working then; null: never. */
  expires_at: Generated<string | null>
  /** To the minute at best; null: not used yet. */
  last_used_at: Generated<string | null>
  /** Member whom a key of an organization was given to. */
  assignee_id: Generated<string | null>
  /** Account that made it. */
  created_by: Generated<string | null>
}

export interface AlgorithmsTable {
  id: string
  owner_id: string
  name: string
  /** Unique together with owner_id. */
  name_lower: string
  /** Folder name under languages/. */
  language: string
  /** Environment uuid chosen at creation. */
  environment_id: string
  /** `{label, summary, tagline}` as JSON. */
  details: string
  /** Current settings as JSON; see algorithms/settings.ts. */
  settings: string
  sample_input: string | null
  created_by: string
  created_at: string
  /** What `.algo/default` is in its runs; null, or one that was deleted: nothing. */
  default_collection_id: Generated<string | null>
}

export interface BuildsTable {
  id: string
  algorithm_id: string
  /** 1, 2, 3 … per algorithm; unique together with algorithm_id; gives the order. */
  number: number
  commit_sha: string
  status: 'in-progress' | 'succeeded' | 'failed'
  /** Name in the runner's artifact store, once succeeded. */
  artifact: string | null
  language: string
  started_at: string
  finished_at: string | null
  /** Whole build log; written when the build ends. */
  log: string | null
  sample_output: string | null
  requested_by: string
}

export interface VersionsTable {
  /** The `version_uuid` of replies. */
  id: string
  algorithm_id: string
  /** Unique: a build carries at most one version. */
  build_id: string
  /** major, minor and revision are unique together per algorithm. */
  major: number
  minor: number
  revision: number
  callability: 'public' | 'private'
  /** Settings in force for this version, as JSON. */
  settings: string
  release_notes: string | null
  sample_input: string | null
  sample_output: string | null
  published_by: string
  published_at: string
}

/** Calls that were accepted to run later (`output=void`, `Prefer: respond-async`) and have not finished. */
export interface PendingCallsTable {
  request_id: string
  account_id: string
  algorithm_id: string
  build_id: string
  /** The WorkerSpec and CallIdentity of the call, as JSON. */
  identity: string
  content_type: string
  body: Uint8Array
  timeout_ms: number
  state: 'accepted' | 'started'
  accepted_at: string
  started_at: string | null
  /** How the result will look to its caller, as JSON; null for `output=void`, which keeps none. */
  reply_options: string | null
  /** Unique. With it the call runs again when a crash interrupted it. */
  idempotency_key: string | null
  /** What the key stands for. */
  request_digest: string | null
  /** Of the server process that started it; see instance.ts. */
  instance: string | null
}

/** Finished calls whose result can be asked for, or whose answer is repeated for their `Idempotency-Key`. */
export interface CallResultsTable {
  request_id: string
  account_id: string
  /** WorkerSpec and CallIdentity of the call, as JSON. */
  identity: string
  kind: 'sync' | 'void' | 'result'
  status: 'succeeded' | 'failed' | 'cancelled' | 'expired'
  accepted_at: string
  started_at: string | null
  finished_at: string
  /** The answer; null for `void`, and once it has expired. */
  reply_status: number | null
  reply_type: string | null
  reply_body: Uint8Array | null
  /** What counts against the account's room; 0 once the answer has expired. */
  kept_bytes: number
  /** Unique. */
  idempotency_key: string | null
  request_digest: string | null
}

export interface Schema {
  accounts: AccountsTable
  organization_members: OrganizationMembersTable
  api_keys: ApiKeysTable
  algorithms: AlgorithmsTable
  builds: BuildsTable
  versions: VersionsTable
  pending_calls: PendingCallsTable
  call_results: CallResultsTable
  sessions: people.SessionsTable
  password_resets: people.PasswordResetsTable
  invites: people.InvitesTable
  organization_invitations: people.OrganizationInvitationsTable
  organization_types: people.OrganizationTypesTable
  publish_requests: people.PublishRequestsTable
  host_information: people.HostInformationTable
  functional_ids: people.FunctionalIdsTable
  frontend_entries: people.FrontendEntriesTable
  pictures: people.PicturesTable
  features: people.FeaturesTable
  reservations: people.ReservationsTable
  notifications: people.NotificationsTable
  scms: people.ScmsTable
  disabled_environments: people.DisabledEnvironmentsTable
  audit_log: people.AuditLogTable
  collections: hosted.CollectionsTable
  files: hosted.FilesTable
  data_usage: hosted.DataUsageTable
  connectors: ConnectorsTable
  call_log: CallLogTable
  usage_days: usage.UsageDaysTable
  usage_sums: usage.UsageSumsTable
  usage_algorithms: usage.UsageAlgorithmsTable
  usage_writers: usage.UsageWritersTable
  account_quotas: usage.AccountQuotasTable
  cost_rates: usage.CostRatesTable
  secret_providers: secrets.SecretProvidersTable
  secrets: secrets.SecretsTable
  secret_values: secrets.SecretValuesTable
  insights: insights.InsightsTable
  insights_connections: insights.InsightsConnectionsTable
}

/** The database, or a transaction of it. */
export type Database = Kysely<Schema>
