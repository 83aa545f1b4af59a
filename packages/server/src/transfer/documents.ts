/** The documents of a bundle as rows of the database become them, and settings both ways. */
import type {
  BundleAccount,
  BundleAlgorithm,
  BundleCollections,
  BundleConnectors,
  BundleKeys,
  BundleSecrets,
  BundleSettings,
} from '@algorist/contract/shapes/owner-bundle.ts'
import type { AlgorithmDetails, AlgorithmSettings } from '../algorithms/settings.ts'
import type { KeyRights } from '../caller.ts'
import { permissionsOf } from '../keys/rights.ts'
import type { OrganizationProfile } from '../organizations/organizations.ts'
import type * as queries from './queries.ts'

type Rows<Query extends (...given: never[]) => Promise<unknown>> = Awaited<ReturnType<Query>>

/** What is an installation's own (ids at an identity provider, a customer number, roles of the server) stays there. */
export function accountDocument(
  row: Rows<typeof queries.selectOwner>,
  {
    members,
    type,
    withLogin,
  }: { members: Rows<typeof queries.selectMembers>; type: string | undefined; withLogin: boolean },
): BundleAccount {
  const profile = row.organization === null ? undefined : (JSON.parse(row.organization) as OrganizationProfile)
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    email: row.email,
    created_at: row.created_at,
    ...given('full_name', row.full_name),
    ...given('company_name', row.company_name),
    ...given('company_role', row.company_role),
    ...(withLogin ? given('password_hash', row.password_hash) : {}),
    ...(profile && {
      organization: {
        label: profile.org_label ?? row.name,
        contact_name: profile.org_contact_name ?? row.name,
        ...given('url', profile.org_url),
        type: type ?? 'basic',
      },
    }),
    members: members.map(({ name, email, role }) => ({ name, email, role })),
  }
}

export function keysDocument(rows: Rows<typeof queries.selectStandardKeys>): BundleKeys {
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind === 'AlgorithmKey' ? 'AlgorithmKey' : 'ManagementKey',
    label: row.label,
    digest: row.digest,
    mask: row.mask,
    permissions: permissionsOf(JSON.parse(row.rights) as KeyRights),
    created_at: row.created_at,
    ...given('expires_at', row.expires_at),
    ...given('last_used_at', row.last_used_at),
    ...(row.assignee_name !== null && row.assignee_email !== null
      ? { assignee: { name: row.assignee_name, email: row.assignee_email } }
      : {}),
  }))
}

export function connectorsDocument(rows: Rows<typeof queries.selectConnectors>): BundleConnectors {
  return rows.map(({ protocol, label, is_default, path_glob, is_writeable, cred_type }) => ({
    protocol,
    label,
    is_default: is_default === 1,
    path: path_glob,
    writeable: is_writeable === 1,
    cred_type,
  }))
}

export function secretsDocument(rows: Rows<typeof queries.selectSecretNames>): BundleSecrets {
  return rows.map(({ algorithm, short_name, secret_key }) => ({
    ...given('algorithm', algorithm),
    short_name,
    secret_key,
  }))
}

export function collectionsDocument(rows: Rows<typeof queries.selectCollections>): BundleCollections {
  return rows.map(({ id, name, acl, created_at, algorithm }) => ({
    id,
    name,
    acl,
    created_at,
    ...given('algorithm', algorithm),
  }))
}

export function algorithmDocument(
  row: NonNullable<Rows<typeof queries.selectAlgorithm>>,
  builds: Rows<typeof queries.selectNeededBuilds>,
  versions: Rows<typeof queries.selectVersions>,
): BundleAlgorithm {
  const { label, summary, tagline, readme } = JSON.parse(row.details) as AlgorithmDetails
  return {
    id: row.id,
    name: row.name,
    language: row.language,
    environment_id: row.environment_id,
    details: { label, ...given('summary', summary), ...given('tagline', tagline), ...given('readme', readme) },
    settings: settingsDocument(JSON.parse(row.settings) as AlgorithmSettings),
    ...given('sample_input', row.sample_input),
    created_at: row.created_at,
    ...given('default_collection', row.default_collection_id),
    builds: builds.map((build) => ({
      id: build.id,
      number: build.number,
      commit: build.commit_sha,
      language: build.language,
      started_at: build.started_at,
      ...given('finished_at', build.finished_at),
    })),
    versions: versions.map((version) => ({
      id: version.id,
      build_id: version.build_id,
      major: version.major,
      minor: version.minor,
      revision: version.revision,
      callability: version.callability,
      settings: settingsDocument(JSON.parse(version.settings) as AlgorithmSettings),
      ...given('release_notes', version.release_notes),
      ...given('sample_input', version.sample_input),
      ...given('sample_output', version.sample_output),
      published_at: version.published_at,
    })),
  }
}

function settingsDocument(settings: AlgorithmSettings): BundleSettings {
  const { limits } = settings
  return {
    callability: settings.callability,
    source_visibility: settings.sourceVisibility,
    license: settings.license,
    network_access: settings.networkAccess,
    pipeline_enabled: settings.pipelineEnabled,
    insights_enabled: settings.insightsEnabled,
    royalty_microcredits: settings.royaltyMicrocredits,
    machine_type: settings.machineType,
    ...given('package_set', settings.packageSet),
    ...given('keep_call_content', settings.keepsCallContent),
    ...given('warm_workers', settings.warmWorkers),
    ...(limits && {
      limits: {
        ...given('memory_bytes', limits.memoryBytes),
        ...given('cpus', limits.cpus),
        ...given('processes', limits.processes),
        ...given('tmp_bytes', limits.tmpBytes),
      },
    }),
  }
}

/** Settings of a document that was checked. Limits are kept as they are: the runner applies those below the operator's. */
export function settingsOf(document: BundleSettings): AlgorithmSettings {
  const { limits } = document
  return {
    callability: document.callability,
    sourceVisibility: document.source_visibility,
    license: document.license,
    networkAccess: document.network_access,
    pipelineEnabled: document.pipeline_enabled,
    insightsEnabled: document.insights_enabled,
    royaltyMicrocredits: document.royalty_microcredits,
    machineType: document.machine_type,
    ...given('packageSet', document.package_set),
    ...(document.keep_call_content === false ? { keepsCallContent: false } : {}),
    ...given('warmWorkers', document.warm_workers),
    ...(limits && {
      limits: {
        ...given('memoryBytes', limits.memory_bytes),
        ...given('cpus', limits.cpus),
        ...given('processes', limits.processes),
        ...given('tmpBytes', limits.tmp_bytes),
      },
    }),
  }
}

/** A member that is there only when it has a value. */
function given<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { readonly [Key in Name]?: Value } {
  return (value === null || value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value }
}
