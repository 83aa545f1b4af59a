/**
 * Invitations to organizations: of users, who accept or decline, and of addresses, which get a link to sign up with
 * (platform.md 1.2). An address that a user has is that user.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import { findUser, findUserByEmail } from '../accounts/accounts.ts'
import { secretDigest } from '../accounts/secret-digest.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import { isSelf } from '../permissions.ts'
import type { Services } from '../services.ts'
import { findManagedOrganization } from './access.ts'
import {
  deleteInvitation,
  deleteInvitationsTo,
  type InvitationRow,
  insertInvitation,
  selectInvitation,
  selectInvitationByCode,
  selectInvitationsOf,
  selectInvitationsTo,
} from './invitation-queries.ts'
import { join } from './members.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'mailer' | 'config'>

const LIFE_MS = 14 * 24 * 60 * 60_000

export interface NewInvitation {
  readonly username?: string | undefined
  readonly email?: string | undefined
  readonly role?: 'owner' | 'member' | undefined
}

/**
 * Invites a user or an address; an older invitation of the same ends.
 * @throws ApiError OrganizationNotFound, NotAuthorized, UserNotFound, InputValidationError for somebody who is in already
 */
export async function invite(
  services: Uses,
  caller: Caller,
  organization: string,
  wanted: NewInvitation,
): Promise<InvitationRow> {
  const found = findManagedOrganization(services.directory, caller, organization)
  const user = await findInvited(services, wanted)
  if (user && services.directory.roleOf(found.id, user.id) !== undefined) {
    throw new ApiError('InputValidationError', `${user.name} is in ${found.name} already`)
  }
  const code = user ? null : randomBytes(24).toString('base64url')
  const row: InvitationRow = {
    id: randomUUID(),
    organization_id: found.id,
    user_id: user?.id ?? null,
    email_lower: user ? null : (wanted.email ?? '').toLowerCase(),
    code_digest: code === null ? null : secretDigest(code),
    role: wanted.role ?? 'member',
    invited_by: caller.kind === 'anonymous' ? '' : caller.account.name,
    created_at: new Date().toISOString(),
    expires_at: new Date(Date.now() + LIFE_MS).toISOString(),
  }
  await services.db.transaction().execute(async (transaction) => {
    await deleteInvitationsTo(transaction, row)
    await insertInvitation(transaction, row)
  })
  services.mailer.send(mailOf(services, { row, organization: found, user, email: wanted.email, code }))
  return row
}

async function findInvited(services: Uses, { username, email }: NewInvitation): Promise<AccountEntry | undefined> {
  if ((username === undefined) === (email === undefined)) {
    throw new ApiError('InputValidationError', 'Expected one of username and email')
  }
  if (username !== undefined) return findUser(services.directory, username)
  const user = await findUserByEmail(services, email ?? '')
  if (user || services.mailer.isReady) return user
  throw new ApiError('FeatureNotImplemented', 'Nobody has this address, and this server sends no mail; invite by name')
}

interface Message {
  readonly row: InvitationRow
  readonly organization: AccountEntry
  readonly user: AccountEntry | undefined
  readonly email: string | undefined
  readonly code: string | null
}

function mailOf({ config }: Uses, { row, organization, user, email, code }: Message) {
  const way =
    code === null
      ? `Accept or decline it at ${config.url}/invitations, or with POST ${config.url}/v1/invitations/${row.id}/accept.`
      : `Sign up with this link: ${config.url}/sign-up?code=${code}\n(or POST ${config.url}/v1/sign-up with "invite_code": "${code}").`
  return {
    to: user?.email ?? email ?? '',
    subject: `Invitation to ${organization.name}`,
    text: `${row.invited_by} invites you to the organization ${organization.name} at ${config.url}.\n\n${way}\n`,
  }
}

/** Open invitations, oldest first. @throws ApiError OrganizationNotFound, NotAuthorized */
export function listInvitationsTo(
  { db, directory }: Uses,
  caller: Caller,
  organization: string,
): Promise<InvitationRow[]> {
  const { id } = findManagedOrganization(directory, caller, organization, 'see')
  return selectInvitationsTo(db, id, new Date().toISOString())
}

/** Those that the caller may accept. */
export async function listOwnInvitations({ db }: Pick<Uses, 'db'>, caller: Caller): Promise<InvitationRow[]> {
  return caller.kind === 'key' ? selectInvitationsOf(db, caller.account.id, new Date().toISOString()) : []
}

/** @throws ApiError OrganizationNotFound, NotAuthorized, PathNotFound */
export async function withdraw(
  { db, directory }: Uses,
  caller: Caller,
  { organization, id }: { readonly organization: string; readonly id: string },
): Promise<void> {
  const found = findManagedOrganization(directory, caller, organization)
  const row = await selectInvitation(db, id)
  if (row?.organization_id !== found.id || !(await deleteInvitation(db, row.id))) throw notFound()
}

/** Becomes a member. @throws ApiError PathNotFound for an invitation that is not the caller's, or not open */
export async function accept(services: Uses, caller: Caller, id: string): Promise<void> {
  const row = await ownInvitation(services, caller, id)
  await enter(services, row, row.user_id ?? '')
}

/** @throws ApiError as {@link accept} */
export async function decline(services: Uses, caller: Caller, id: string): Promise<void> {
  const row = await ownInvitation(services, caller, id)
  if (!(await deleteInvitation(services.db, row.id))) throw notFound()
}

/** The open invitation of a mailed code; undefined when there is none. */
export async function findByCode({ db }: Pick<Uses, 'db'>, code: string): Promise<InvitationRow | undefined> {
  const row = await selectInvitationByCode(db, secretDigest(code))
  return row && isOpen(row) ? row : undefined
}

/** Makes a user who signed up with a mailed code a member. */
export async function enter(services: Uses, row: InvitationRow, userId: string): Promise<void> {
  if (!(await deleteInvitation(services.db, row.id))) throw notFound()
  await join(services, row.organization_id, { userId, role: row.role })
}

async function ownInvitation({ db }: Pick<Uses, 'db'>, caller: Caller, id: string): Promise<InvitationRow> {
  const row = await selectInvitation(db, id)
  if (!row?.user_id || !isSelf(caller, row.user_id) || !isOpen(row)) throw notFound()
  return row
}

function isOpen({ expires_at }: InvitationRow): boolean {
  return expires_at > new Date().toISOString()
}

const notFound = () => new ApiError('PathNotFound', 'There is no such invitation, or no longer')
