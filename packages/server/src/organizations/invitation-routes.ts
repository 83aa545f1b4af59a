/** HTTP of invitations to organizations. */
import {
  acceptInvitation,
  createInvitation,
  declineInvitation,
  deleteInvitation,
  type Invitation,
  listInvitations,
  listOwnInvitations,
} from '@algorist/contract/operations/invitations.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import type { InvitationRow } from './invitation-queries.ts'
import * as invitations from './invitations.ts'

export function invitationRoutes(app: App, services: Services): void {
  const { directory } = services

  function show(row: InvitationRow): Invitation {
    const user = row.user_id === null ? undefined : directory.byId(row.user_id)
    return {
      id: row.id,
      organization: directory.byId(row.organization_id)?.name ?? '',
      ...(user ? { username: user.name } : {}),
      ...(row.email_lower === null ? {} : { email: row.email_lower }),
      role: row.role,
      invited_by: row.invited_by,
      created_at: row.created_at,
      expires_at: row.expires_at,
    }
  }

  serve(app, createInvitation, async ({ caller, params: { organization = '' }, body }) =>
    show(await invitations.invite(services, caller, organization, body)),
  )
  serve(app, listInvitations, async ({ caller, params: { organization = '' } }) =>
    (await invitations.listInvitationsTo(services, caller, organization)).map(show),
  )
  serve(app, deleteInvitation, ({ caller, params: { organization = '', invitationId: id = '' } }) =>
    invitations.withdraw(services, caller, { organization, id }),
  )
  serve(app, listOwnInvitations, async ({ caller }) =>
    (await invitations.listOwnInvitations(services, caller)).map(show),
  )
  serve(app, acceptInvitation, ({ caller, params }) => invitations.accept(services, caller, params.invitationId ?? ''))
  serve(app, declineInvitation, ({ caller, params }) =>
    invitations.decline(services, caller, params.invitationId ?? ''),
  )
}
