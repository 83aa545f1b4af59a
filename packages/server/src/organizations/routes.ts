/** HTTP of organizations, their members and types. */
import {
  addMember,
  createOrganization,
  createOrganizationType,
  deleteOrganization,
  deleteOrganizationType,
  getOrganization,
  getOrganizationByExternalId,
  listMembers,
  listOrganizations,
  listOrganizationTypes,
  removeMember,
  setMemberRole,
  updateOrganization,
} from '@algorist/contract/operations/organizations.ts'
import { parsePage } from '@algorist/contract/page.ts'
import type { Member, Organization } from '@algorist/contract/shapes/account.ts'
import { pageReply } from '../http/page-reply.ts'
import { type App, reply, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as members from './members.ts'
import * as organizations from './organizations.ts'
import * as types from './types.ts'

export function organizationRoutes(app: App, services: Services): void {
  serve(app, createOrganization, async ({ caller, body, url }) =>
    showOrganization(await organizations.createOrganization(services, caller, body), url),
  )
  serve(app, listOrganizations, async (request) => {
    const page = parsePage(request.query)
    return pageReply({
      rows: await organizations.listOrganizations(services, page),
      page,
      request,
      markerOf: ({ row }) => ({ name: row.name_lower }),
      show: (found) => showOrganization(found, request.url),
    })
  })
  serve(app, getOrganizationByExternalId, async ({ params, url }) =>
    showOrganization(await organizations.getByExternalId(services, params.externalId ?? ''), url),
  )
  serve(app, getOrganization, async ({ caller, params, url }) =>
    showOrganization(await organizations.getOrganization(services, caller, params.organization ?? ''), url),
  )
  serve(app, updateOrganization, ({ caller, params: { organization: name = '' }, body: change }) =>
    organizations.updateOrganization(services, caller, { name, change }),
  )
  serve(app, deleteOrganization, ({ caller, params: { organization = '' } }) =>
    organizations.deleteOrganization(services, caller, organization),
  )
  memberRoutes(app, services)
  serve(app, listOrganizationTypes, () => types.listTypes(services))
  serve(app, createOrganizationType, ({ body }) => types.createType(services, body))
  serve(app, deleteOrganizationType, ({ params: { typeName = '' } }) => types.removeType(services, typeName))
}

function memberRoutes(app: App, services: Services): void {
  serve(app, listMembers, async (request) => {
    const page = parsePage(request.query)
    const { organization = '' } = request.params
    return pageReply({
      rows: members.listMembers(services, request.caller, { organization, page }),
      page,
      request,
      markerOf: ({ name }) => ({ name: name.toLowerCase() }),
      show: ({ name, role }): Member => ({
        username: name,
        // Clients know four roles, and executors count as no members (rest-api.md 2.7, platform.md 1.3).
        role: role === 'executor' ? 'unknown' : role,
        user_link: `${request.url}/v1/users/${name}`,
        resource_type: 'organization_member',
      }),
    })
  })
  serve(app, addMember, async ({ caller, params: { organization = '', username: user = '' } }) => {
    const isNew = await members.addMember(services, caller, { organization, user })
    return reply(isNew ? 201 : 200)
  })
  serve(app, removeMember, ({ caller, params: { organization = '', username: user = '' } }) =>
    members.removeMember(services, caller, { organization, user }),
  )
  serve(app, setMemberRole, ({ caller, params: { organization = '', username: user = '' }, body: { role } }) =>
    members.setRole(services, caller, { organization, user, role }),
  )
}

/** rest-api.md 2.5; the time has no zone (1.10). */
function showOrganization({ row, profile, ownerIds }: organizations.FoundOrganization, url: string): Organization {
  return {
    id: row.id,
    org_name: row.name,
    org_email: row.email,
    org_created_at: row.created_at.slice(0, 19),
    ...profile,
    owner_ids: [...ownerIds],
    resource_type: 'organization',
    self_link: `${url}/v1/organizations/${row.name}`,
  }
}
