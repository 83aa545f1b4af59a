/** HTTP of host accounts, for administrators. Changes answer in plain text (rest-api.md 3.10). */
import {
  createHostInformation,
  deleteHostInformation,
  deleteHostName,
  getHostInformation,
  listHostNames,
  setHostNames,
  updateHostInformation,
} from '@algorist/contract/operations/host-accounts.ts'
import { type App, type Reply, reply, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as hosts from './host-accounts.ts'

export function hostAccountRoutes(app: App, services: Services): void {
  serve(app, getHostInformation, async ({ params: { organization = '' } }) => {
    const {
      id,
      organization_id: org_id,
      host_username,
      host_user_id,
    } = await hosts.getHostAccount(services, organization)
    return { id, org_id, host_username, host_user_id }
  })
  serve(app, createHostInformation, async ({ params: { organization = '' }, body }) => {
    await hosts.createHostAccount(services, organization, body)
    return plain('Host information created')
  })
  serve(app, updateHostInformation, async ({ body }) => {
    await hosts.changeHostAccount(services, body)
    return plain('Host information changed')
  })
  serve(app, deleteHostInformation, async ({ params: { organization = '' } }) => {
    await hosts.removeHostAccount(services, organization)
    return plain('Host information deleted')
  })
  serve(app, listHostNames, ({ params: { organization = '' } }) => hosts.listFunctionalIds(services, organization))
  serve(app, setHostNames, ({ params: { organization = '' }, body }) =>
    hosts.setFunctionalIds(services, organization, body.updates ?? []),
  )
  serve(app, deleteHostName, ({ params: { organization = '', algorithmId = '' } }) =>
    hosts.removeFunctionalId(services, organization, algorithmId),
  )
}

function plain(text: string): Reply {
  return reply(200, Buffer.from(text), { 'Content-Type': 'text/plain; charset=utf-8' })
}
