/** HTTP of the audit log. */
import { listAuditLog } from '@algorist/contract/operations/admin.ts'
import { parsePage } from '@algorist/contract/page.ts'
import { findAccount } from '../accounts/accounts.ts'
import { pageReply } from '../http/page-reply.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as audit from './audit.ts'

export function auditRoutes(app: App, services: Services): void {
  serve(app, listAuditLog, async (request) => {
    const page = parsePage(request.query)
    const { account } = request.query
    const accountId = account === undefined ? undefined : findAccount(services.directory, account).id
    return pageReply({
      rows: await audit.listChanges(services, { accountId, page }),
      page,
      request,
      markerOf: ({ number }) => ({ number }),
      show: ({ number, at, action, account_name, login, key_id, address, target, status }) => ({
        number,
        at,
        action,
        account: account_name,
        login,
        ...(key_id === null ? {} : { key_id }),
        ...(address === null ? {} : { address }),
        target,
        status,
      }),
    })
  })
}
