/** HTTP of users. */
import { createUser, getUser, listUsers, updateUser } from '@algorist/contract/operations/users.ts'
import { parsePage } from '@algorist/contract/page.ts'
import type { User } from '@algorist/contract/shapes/account.ts'
import { pageReply } from '../http/page-reply.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as accounts from './accounts.ts'
import type { AccountRow } from './queries.ts'

export function accountRoutes(app: App, services: Services): void {
  serve(app, createUser, async ({ body, url }) => showUser(await accounts.createUser(services, body), url))
  serve(app, getUser, async ({ params, url }) => showUser(await accounts.getUser(services, params.username ?? ''), url))
  serve(app, updateUser, async ({ params, body, url }) =>
    showUser(await accounts.updateUser(services, params.username ?? '', body), url),
  )
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

/** rest-api.md 2.4 */
function showUser(row: AccountRow, url: string): User {
  return {
    id: row.id,
    username: row.name,
    email: row.email,
    fullname: row.full_name ?? row.name,
    ...(row.company_name === null ? {} : { company_name: row.company_name }),
    ...(row.company_role === null ? {} : { company_role: row.company_role }),
    self_link: `${url}/v1/users/${row.name}`,
    resource_type: 'user',
  }
}
