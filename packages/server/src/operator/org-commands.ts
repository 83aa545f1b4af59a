/** `algorist org …` and `algorist audit list`. */
import { createOrganization as createOrganizationOperation } from '@algorist/contract/operations/organizations.ts'
import { validateBody } from '@algorist/contract/validate.ts'
import { findAccount } from '../accounts/accounts.ts'
import { listChanges } from '../audit/audit.ts'
import { addMember, listMembers, removeMember, setRole } from '../organizations/members.ts'
import { createOrganization, deleteOrganization, listOrganizations } from '../organizations/organizations.ts'
import { type Command, optionOf, UsageError } from './command.ts'

const ALL = { limit: 1_000_000, marker: undefined }
const ROLES = ['owner', 'member', 'executor'] as const

export const orgCommands: readonly Command[] = [
  {
    name: 'org list',
    arguments: [],
    options: {},
    summary: 'list organizations by name',
    isChange: false,
    run: async ({ services }) =>
      (await listOrganizations(services, ALL)).map(({ row, profile, ownerIds }) => ({
        name: row.name,
        label: profile.org_label,
        email: row.email,
        owners: ownerIds.map((id) => services.directory.byId(id)?.name ?? id).join(' '),
        created: row.created_at,
      })),
  },
  {
    name: 'org create',
    arguments: ['name', 'email'],
    options: { label: 'text', contact: 'text', type: 'text' },
    summary: 'create an organization; the first administrator becomes its owner',
    isChange: true,
    run: async (invocation) => {
      const { services, caller, given } = invocation
      const { name = '', email = '' } = given
      const type_id = optionOf(invocation, 'type')
      const wanted = validateBody(createOrganizationOperation, {
        org_name: name,
        org_email: email,
        org_label: optionOf(invocation, 'label') ?? name,
        org_contact_name: optionOf(invocation, 'contact') ?? name,
        type_id,
      })
      const { row } = await createOrganization(services, caller, wanted)
      return `Created ${row.name}.\n`
    },
  },
  {
    name: 'org delete',
    arguments: ['name'],
    options: {},
    summary: 'delete an organization that owns no algorithms; its name stays taken',
    isChange: true,
    run: async ({ services, caller, given }) => {
      const { name = '' } = given
      findAccount(services.directory, name)
      await deleteOrganization(services, caller, name)
      return `Deleted ${name}.\n`
    },
  },
  {
    name: 'org members',
    arguments: ['name'],
    options: {},
    summary: 'list members with their roles',
    isChange: false,
    run: async ({ services, caller, given }) => {
      const rows = listMembers(services, caller, { organization: given.name ?? '', page: ALL })
      return rows.map(({ name, role }) => ({ name, role }))
    },
  },
  {
    name: 'org add',
    arguments: ['name', 'user'],
    options: { role: 'text' },
    summary: 'add a user, or give a member another role (owner, member, executor)',
    isChange: true,
    run: async (invocation) => {
      const { services, caller, given } = invocation
      const member = { organization: given.name ?? '', user: given.user ?? '' }
      const wanted = optionOf(invocation, 'role') ?? 'member'
      const role = ROLES.find((known) => known === wanted)
      if (!role) throw new UsageError(`--role: expected ${ROLES.join(', ')}, got ${wanted}`)
      await addMember(services, caller, member)
      await setRole(services, caller, { ...member, role })
      return `${member.user} is ${role} of ${member.organization}.\n`
    },
  },
  {
    name: 'org remove',
    arguments: ['name', 'user'],
    options: {},
    summary: 'remove a member',
    isChange: true,
    run: async ({ services, caller, given }) => {
      await removeMember(services, caller, { organization: given.name ?? '', user: given.user ?? '' })
      return `${given.user} is no member of ${given.name}.\n`
    },
  },
  {
    name: 'audit list',
    arguments: [],
    options: { account: 'text', limit: 'text' },
    summary: 'list changes and who made them, newest first',
    isChange: false,
    run: async (invocation) => {
      const { services } = invocation
      const account = optionOf(invocation, 'account')
      const limit = Number.parseInt(optionOf(invocation, 'limit') ?? '50', 10) || 50
      const accountId = account === undefined ? undefined : findAccount(services.directory, account).id
      const rows = await listChanges(services, { accountId, page: { limit, marker: undefined } })
      return rows.slice(0, limit).map((row) => ({
        number: Number(row.number),
        at: row.at,
        account: row.account_name,
        login: row.login,
        action: row.action,
        target: row.target,
      }))
    },
  },
]
