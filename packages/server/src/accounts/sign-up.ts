/** Accounts that people make for themselves, and the codes that let them (platform.md 1.1; rest-api.md 3.10, rows 4 to 6). */
import { ApiError } from '@algorist/contract/errors.ts'
import type { NewSignUp } from '@algorist/contract/operations/sessions.ts'
import { type Caller, FULL_RIGHTS } from '../caller.ts'
import type { InvitesTable } from '../db/people-tables.ts'
import { isUniqueViolation } from '../db/violations.ts'
import { createKey } from '../keys/keys.ts'
import { enter, findByCode } from '../organizations/invitations.ts'
import { requireAdministrator } from '../permissions.ts'
import type { Services } from '../services.ts'
import { type Account, createUser } from './accounts.ts'
import { requireGoodPassword } from './login.ts'
import { deleteInvite, insertInvite, selectInvite, selectInvites } from './session-queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'config' | 'mailer' | 'loginGuard' | 'keyRing' | 'secretBox'>

/**
 * Creates an account for whoever asks, as the server's setting allows, with the key that code samples use.
 *
 * @param address of the client, which waits when it guesses codes
 * @throws ApiError NotAuthorized when sign-up is closed, InvalidSignUpForm for a code that does not count, TooManyRequests,
 *   and as createUser
 */
export async function signUp(services: Uses, { invite_code, ...wanted }: NewSignUp, address: string): Promise<Account> {
  const { signUp: rule } = services.config
  if (rule === 'closed') throw new ApiError('NotAuthorized', 'People cannot sign up here; ask an administrator')
  requireGoodPassword(wanted.password)
  const guess = { account: `sign-up from ${address}`, address }
  services.loginGuard.check(guess)
  const invitation = invite_code === undefined ? undefined : await findByCode(services, invite_code)
  if (!invitation && (rule === 'invited' || invite_code !== undefined)) {
    await requireInvite(services, invite_code ?? '').catch((error) => {
      services.loginGuard.failed(guess)
      throw error
    })
  }
  const user = await createUser(services, wanted)
  if (invitation) await enter(services, invitation, user.id)
  await createDefaultKey(services, user)
  return user
}

/** Code samples and the command line program look for a key with this name (platform.md 1.4). */
async function createDefaultKey(services: Uses, { id, name }: Account): Promise<void> {
  const account = services.directory.byId(id)
  if (!account) return
  const caller: Caller = { kind: 'key', login: 'session', account, keyId: '', rights: FULL_RIGHTS }
  await createKey(services, caller, name, { key_label: 'default-key', key_type: 'ManagementKey' })
}

async function requireInvite({ db }: Pick<Uses, 'db'>, code: string): Promise<void> {
  const invite = await selectInvite(db, code)
  const isOver = invite?.expires_at != null && invite.expires_at <= new Date().toISOString()
  if (!invite || isOver) {
    throw new ApiError('InvalidSignUpForm', 'invite_code: expected the code of an invitation that has not expired')
  }
}

/** In the order in which they were made. */
export function listInvites({ db }: Pick<Uses, 'db'>): Promise<InvitesTable[]> {
  return selectInvites(db)
}

export interface NewInvite {
  readonly inviteCode: string
  readonly signupCredits?: number | undefined
  readonly comments?: string | undefined
  readonly expiresAt?: string | undefined
}

/** Any number of people may use a code until it expires. @throws ApiError InputValidationError, NotAuthorized */
export async function createInvite({ db }: Pick<Uses, 'db'>, caller: Caller, invite: NewInvite): Promise<void> {
  const creator = requireAdministrator(caller)
  const code = invite.inviteCode.trim()
  if (code === '') throw new ApiError('InputValidationError', 'inviteCode: expected a text, got an empty one')
  const row = {
    code,
    signup_credits: invite.signupCredits ?? null,
    comments: invite.comments ?? null,
    expires_at: invite.expiresAt === undefined ? null : timeOf(invite.expiresAt),
    created_by: creator.name,
    created_at: new Date().toISOString(),
  }
  try {
    await insertInvite(db, row)
  } catch (error) {
    if (!isUniqueViolation(error, 'invites.code')) throw error
    throw new ApiError('InputValidationError', `inviteCode: there is an invitation with the code '${code}' already`)
  }
}

/** @throws ApiError InvalidRequest when there is none */
export async function removeInvite({ db }: Pick<Uses, 'db'>, code: string): Promise<void> {
  if (!(await deleteInvite(db, code))) throw new ApiError('InvalidRequest', `There is no invitation '${code}'`)
}

/** Clients send all kinds of ISO 8601. */
function timeOf(text: string): string {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) {
    throw new ApiError('InputValidationError', `expiresAt: expected a time such as 2027-01-31T00:00:00Z, got '${text}'`)
  }
  return time.toISOString()
}
