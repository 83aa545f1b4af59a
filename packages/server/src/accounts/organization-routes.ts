/** HTTP of organizations. */
import {
  addMember,
  createOrganization,
  getOrganization,
  listOrganizationTypes,
} from '@algorist/contract/operations/organizations.ts'
import type { Organization } from '@algorist/contract/shapes/account.ts'
import { type App, reply, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as organizations from './organizations.ts'

export function organizationRoutes(app: App, services: Services): void {
  serve(app, createOrganization, async ({ caller, body, url }) =>
    showOrganization(await organizations.createOrganization(services, caller, body), url),
  )
  serve(app, getOrganization, async ({ caller, params, url }) =>
    showOrganization(await organizations.getOrganization(services, caller, params.organization ?? ''), url),
  )
  serve(app, addMember, async ({ caller, params: { organization = '', username: user = '' } }) => {
    const isNew = await organizations.addMember(services, caller, { organization, user })
    return reply(isNew ? 201 : 200)
  })
  serve(app, listOrganizationTypes, () => organizations.ORGANIZATION_TYPES)
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
