/** HTTP of users. */
import { grantViewerRole, revokeViewerRole } from '@algorist/contract/operations/admin.ts'
import { createUser, deleteUser, getUser, listUsers, updateUser } from '@algorist/contract/operations/users.ts'
import { parsePage } from '@algorist/contract/page.ts'
import { pageReply } from '../http/page-reply.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as accounts from './accounts.ts'
import * as closing from './closing.ts'
import { showUser } from './show-user.ts'

export function accountRoutes(app: App, services: Services): void {
  serve(app, createUser, async ({ body, url }) => showUser(await accounts.createUser(services, body), url))
  serve(app, getUser, async ({ params, url }) => showUser(await accounts.getUser(services, params.username ?? ''), url))
  serve(app, updateUser, async ({ params, body, url }) =>
    showUser(await accounts.updateUser(services, params.username ?? '', body), url),
  )
  serve(app, grantViewerRole, ({ params }) => accounts.setViewer(services, params.account ?? '', true))
  serve(app, revokeViewerRole, ({ params }) => accounts.setViewer(services, params.account ?? '', false))
  serve(app, deleteUser, ({ caller, params }) => closing.closeUser(services, caller, params.username ?? ''))
  serve(app, listUsers, async (request) => {
    const page = parsePage(request.query)
    return pageReply({
      rows: await accounts.listUsers(services, page),
      page,
      request,
      markerOf: ({ name_lower }) => ({ name: name_lower }),
      show: (row) => showUser(row, request.url),
    })
  })
}
