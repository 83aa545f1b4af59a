/**
 * The JSON documents in a bundle of one owner (docs/moving.md): what `algorist export` writes and `algorist import` reads. A
 * bundle may come from anywhere, so every member says what it may be. Members that are not listed are ignored.
 */
import Type, { type Static } from 'typebox'
import { choice, group, list, maybe } from '../fields.ts'
import {
  ACCOUNT_NAME_MAX_LENGTH,
  ALGORITHM_NAME_MAX_LENGTH,
  COLLECTION_NAME_MAX_LENGTH,
  NAME_PATTERN,
} from '../names.ts'
import { KeyPermissions } from './api-key.ts'

/** Raised when a reader of before would misunderstand what is written; older ones stay readable. */
export const BUNDLE_VERSION = 1

const MIB = 1024 * 1024

const id = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
/** Such as `2026-11-22T05:43:21.000Z`. */
const time = Type.String({
  pattern: '^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{3}Z$',
})
const line = (maxLength: number) => Type.String({ maxLength })
const named = (maxLength: number) => Type.String({ pattern: `^${NAME_PATTERN}$`, maxLength })
const email = Type.String({ pattern: '^[^\\s@]+@[^\\s@]+$', maxLength: 100 })
const natural = (maximum: number) => Type.Integer({ minimum: 0, maximum })
const long = line(16 * 1024 * 1024)
const name = named(ACCOUNT_NAME_MAX_LENGTH)

const ownerKind = choice(['user', 'organization'], 'What the owner is')
const person = { name, email }

/** `manifest.json`: the first entry. */
export const BundleManifest = Type.Object({
  format: Type.Literal('algorist-owner'),
  version: Type.Integer({ minimum: 1 }),
  created_at: time,
  server_version: line(100),
  owner: group('Whose bundle this is', { kind: ownerKind, name }),
})
export type BundleManifest = Static<typeof BundleManifest>

/** `account.json`: the profile, and of an organization its members. */
export const BundleAccount = Type.Object({
  id,
  kind: ownerKind,
  ...person,
  created_at: time,
  full_name: maybe(line(100)),
  company_name: maybe(line(100)),
  company_role: maybe(line(200)),
  // Its costs are bounded: whoever signs in pays them.
  password_hash: maybe(
    Type.String({
      pattern: '^\\$argon2id\\$v=19\\$m=[1-9]\\d{2,4},t=[1-9],p=[1-9]\\$[A-Za-z0-9+/]{11,86}\\$[A-Za-z0-9+/]{43}$',
      format: 'password',
    }),
  ),
  organization: maybe(
    group('What only organizations have', {
      label: line(1000),
      contact_name: line(1000),
      url: maybe(line(2000)),
      type: line(200),
    }),
  ),
  members: list(
    Type.Object({ ...person, role: choice(['owner', 'member', 'executor'], 'What they are in it') }),
    'Everybody who belongs to the organization',
  ),
})
export type BundleAccount = Static<typeof BundleAccount>

/** `keys.json`: enough to recognise a key, and not the key. */
export const BundleKeys = Type.Array(
  Type.Object({
    id,
    kind: choice(['ManagementKey', 'AlgorithmKey'], 'Admin keys are never part of a bundle'),
    label: line(1000),
    digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    mask: line(100),
    permissions: KeyPermissions,
    created_at: time,
    expires_at: maybe(time),
    last_used_at: maybe(time),
    assignee: maybe(group('The member whom a key of an organization was given to', person)),
  }),
)
export type BundleKeys = Static<typeof BundleKeys>

/** `connectors.json`: without credentials. */
export const BundleConnectors = Type.Array(
  Type.Object({
    protocol: line(20),
    label: line(64),
    is_default: Type.Boolean(),
    path: line(1024),
    writeable: Type.Boolean(),
    cred_type: line(40),
  }),
)
export type BundleConnectors = Static<typeof BundleConnectors>

/** `secrets.json`: what they are called; `algorithm` is absent for those of an organization. */
export const BundleSecrets = Type.Array(
  Type.Object({ algorithm: maybe(line(ALGORITHM_NAME_MAX_LENGTH)), short_name: line(1000), secret_key: line(1000) }),
)
export type BundleSecrets = Static<typeof BundleSecrets>

/** `collections.json`. */
export const BundleCollections = Type.Array(
  Type.Object({
    id,
    name: named(COLLECTION_NAME_MAX_LENGTH),
    acl: choice(['private', 'my_algorithms', 'public'], 'Who may read it besides its owner'),
    created_at: time,
    algorithm: maybe(named(ALGORITHM_NAME_MAX_LENGTH)),
  }),
)
export type BundleCollections = Static<typeof BundleCollections>

export const BundleSettings = Type.Object({
  callability: choice(['public', 'private'], 'Who may call it'),
  source_visibility: choice(['open', 'closed'], 'Who may read its source'),
  license: choice(['apl', 'apache2', 'gpl3', 'mit'], 'License'),
  network_access: choice(['isolated', 'full'], 'Network of its workers'),
  pipeline_enabled: Type.Boolean(),
  insights_enabled: Type.Boolean(),
  royalty_microcredits: natural(Number.MAX_SAFE_INTEGER),
  machine_type: choice(['cpu', 'gpu'], 'Kind of machine'),
  package_set: maybe(line(200)),
  keep_call_content: maybe(
    Type.Boolean({ description: 'Whether the call log keeps what was said; true when left out' }),
  ),
  warm_workers: maybe(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      description: 'Workers that are kept ready for its owner; none when left out',
    }),
  ),
  limits: maybe(
    group('Its own limits; each counts as far as it is below the operator’s', {
      // The same least values as in requests: no size at all means no limit to some file systems.
      memory_bytes: maybe(Type.Integer({ minimum: 32 * MIB, maximum: Number.MAX_SAFE_INTEGER })),
      cpus: maybe(Type.Number({ minimum: 0.05, maximum: 100_000 })),
      processes: maybe(Type.Integer({ minimum: 16, maximum: Number.MAX_SAFE_INTEGER })),
      tmp_bytes: maybe(Type.Integer({ minimum: MIB, maximum: Number.MAX_SAFE_INTEGER })),
    }),
  ),
})
export type BundleSettings = Static<typeof BundleSettings>

/** `algorithms/NAME.json`. */
export const BundleAlgorithm = Type.Object({
  id,
  name: named(ALGORITHM_NAME_MAX_LENGTH),
  language: Type.String({ pattern: '^[a-z][a-z0-9-]*$', maxLength: 64 }),
  environment_id: id,
  details: group('What people read', {
    label: line(10_000),
    summary: maybe(long),
    tagline: maybe(line(100_000)),
    readme: maybe(long),
  }),
  settings: BundleSettings,
  sample_input: maybe(long),
  created_at: time,
  default_collection: maybe(id),
  builds: list(
    Type.Object({
      id,
      number: natural(1_000_000_000),
      commit: Type.String({ pattern: '^[0-9a-f]{40}$' }),
      language: Type.String({ pattern: '^[a-z][a-z0-9-]*$', maxLength: 64 }),
      started_at: time,
      finished_at: maybe(time),
    }),
    'Builds that versions need, and the newest that succeeded',
  ),
  versions: list(
    Type.Object({
      id,
      build_id: id,
      major: natural(999_999_999),
      minor: natural(999_999_999),
      revision: natural(999_999_999),
      callability: choice(['public', 'private'], 'Who may call it'),
      settings: BundleSettings,
      release_notes: maybe(long),
      sample_input: maybe(long),
      sample_output: maybe(long),
      published_at: time,
    }),
    'Published versions',
  ),
})
export type BundleAlgorithm = Static<typeof BundleAlgorithm>

/** `end.json`: the last entry but for the last sums; without it the bundle was cut off. */
export const BundleEnd = Type.Object({ entries: Type.Integer({ minimum: 1 }) })
export type BundleEnd = Static<typeof BundleEnd>
