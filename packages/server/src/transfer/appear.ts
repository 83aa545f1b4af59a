/** The one transaction that makes an imported account visible, with everything that belongs to it. */
import type { BundleAlgorithm } from '@algorist/contract/shapes/owner-bundle.ts'
import { type Account, newAccountRow } from '../accounts/accounts.ts'
import type { CollectionsTable } from '../db/hosted-tables.ts'
import type { Database } from '../db/schema.ts'
import type { Services } from '../services.ts'
import { settingsOf } from './documents.ts'
import {
  type AlgorithmRows,
  insertAlgorithm,
  insertKeys,
  insertMembers,
  insertUsage,
  placeCollection,
  replaceAccount,
  selectTypeId,
} from './import-queries.ts'
import type { Inventory } from './inventory.ts'
import type { Plan, PlannedKey } from './plan.ts'

export interface Appearing {
  readonly inventory: Inventory
  readonly plan: Plan
  /** What its parts were staged under; the account gets its host uid. */
  readonly placeholder: Account
  /** Becomes owner of an organization of which no owner is here. */
  readonly operatorId: string
}

export interface Appeared {
  readonly account: Account
  readonly members: readonly { readonly userId: string; readonly role: Plan['members'][number]['role'] }[]
  readonly keys: readonly ReturnType<typeof keyRow>[]
  readonly algorithms: readonly AlgorithmRows[]
}

export function appear({ db }: Pick<Services, 'db'>, appearing: Appearing): Promise<Appeared> {
  const { inventory, plan, placeholder } = appearing
  return db.transaction().execute(async (transaction) => {
    const account = await replaceAccount(transaction, placeholder, await accountRow(transaction, appearing))
    const members = membersOf(appearing)
    await insertMembers(
      transaction,
      members.map(({ userId, role }) => ({
        organization_id: account.id,
        user_id: userId,
        role,
        manual_role: role,
        created_at: new Date().toISOString(),
      })),
    )
    const keys = plan.keys.map((key) => keyRow(key, plan, account.id))
    await insertKeys(transaction, keys)
    const algorithms = inventory.algorithms.map((algorithm) => algorithmRows(algorithm, appearing, account.id))
    for (const rows of algorithms) await insertAlgorithm(transaction, rows)
    for (const row of collectionRows(inventory, plan, account.id)) await placeCollection(transaction, row)
    const { bytes, count: files } = inventory.files
    await insertUsage(transaction, { owner_id: account.id, bytes, files })
    return { account, members, keys, algorithms }
  })
}

/** Never an administrator, and nobody at an identity provider: those are for this installation to say. */
async function accountRow(transaction: Database, { inventory, plan }: Appearing) {
  const { organization, ...account } = inventory.account
  const profile = organization && {
    org_label: organization.label,
    org_contact_name: organization.contact_name,
    org_url: organization.url ?? null,
    stripe_customer_id: null,
    external_id: null,
    external_admin_group: null,
    external_member_group: null,
    external_executor_group: null,
    type_id: (await selectTypeId(transaction, organization.type)) ?? (await selectTypeId(transaction, 'basic')),
  }
  const row = newAccountRow({
    kind: account.kind,
    name: plan.name,
    email: account.email,
    full_name: account.full_name ?? null,
    company_name: account.company_name ?? null,
    company_role: account.company_role ?? null,
    password_hash: account.password_hash ?? null,
    organization: profile ? JSON.stringify(profile) : null,
  })
  return { ...row, id: plan.idOf(account.id), created_at: account.created_at }
}

/** An organization without an owner could be managed by nobody. */
function membersOf({ inventory, plan, operatorId }: Appearing): Appeared['members'] {
  const hasOwner = plan.members.some(({ role }) => role === 'owner')
  if (inventory.account.kind === 'user' || hasOwner) return plan.members
  return [...plan.members.filter(({ userId }) => userId !== operatorId), { userId: operatorId, role: 'owner' }]
}

/** Works as before, and cannot be shown: an empty seal says so to keys/shown.ts. */
function keyRow(key: PlannedKey, plan: Plan, accountId: string) {
  return {
    id: plan.idOf(key.id),
    account_id: accountId,
    kind: key.kind,
    label: key.label,
    digest: key.digest,
    sealed: '',
    mask: key.mask,
    rights: key.rights,
    created_at: key.created_at,
    expires_at: key.expires_at ?? null,
    last_used_at: key.last_used_at ?? null,
    assignee_id: key.assigneeId,
    created_by: null,
  }
}

/** Builds begin anew: an artifact is code that this installation makes itself. */
function algorithmRows(algorithm: BundleAlgorithm, { plan, inventory }: Appearing, accountId: string): AlgorithmRows {
  const algorithm_id = plan.idOf(algorithm.id)
  // Only one that came along: another id may be somebody else's here.
  const collection = inventory.collections.find(({ id }) => id === algorithm.default_collection)
  return {
    algorithm: {
      id: algorithm_id,
      owner_id: accountId,
      name: algorithm.name,
      name_lower: algorithm.name.toLowerCase(),
      language: algorithm.language,
      environment_id: algorithm.environment_id,
      details: JSON.stringify(algorithm.details),
      settings: JSON.stringify(settingsOf(algorithm.settings)),
      sample_input: algorithm.sample_input ?? null,
      created_by: accountId,
      created_at: algorithm.created_at,
      default_collection_id: collection ? plan.idOf(collection.id) : null,
    },
    builds: algorithm.builds.map((build) => ({
      id: plan.idOf(build.id),
      algorithm_id,
      number: build.number,
      commit_sha: build.commit,
      status: 'in-progress',
      artifact: null,
      language: build.language,
      started_at: build.started_at,
      finished_at: null,
      log: null,
      sample_output: null,
      requested_by: accountId,
    })),
    versions: algorithm.versions.map((version) => ({
      id: plan.idOf(version.id),
      algorithm_id,
      build_id: plan.idOf(version.build_id),
      major: version.major,
      minor: version.minor,
      revision: version.revision,
      callability: version.callability,
      settings: JSON.stringify(settingsOf(version.settings)),
      release_notes: version.release_notes ?? null,
      sample_input: version.sample_input ?? null,
      sample_output: version.sample_output ?? null,
      published_by: accountId,
      published_at: version.published_at,
    })),
  }
}

function collectionRows({ collections, algorithms }: Inventory, plan: Plan, accountId: string): CollectionsTable[] {
  const algorithmIds = new Map(algorithms.map(({ name, id }) => [name, plan.idOf(id)]))
  return collections.map(({ id, name, acl, created_at, algorithm }) => ({
    id: plan.idOf(id),
    owner_id: accountId,
    scope: algorithm === undefined ? '' : `algo:${algorithmIds.get(algorithm)}`,
    name,
    name_lower: name.toLowerCase(),
    acl,
    created_at,
  }))
}
