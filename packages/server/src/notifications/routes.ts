/** HTTP of notifications. */
import { listNotifications } from '@algorist/contract/operations/users.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as notifications from './notifications.ts'

export function notificationRoutes(app: App, services: Services): void {
  serve(app, listNotifications, ({ caller, params, query }) =>
    notifications.listNotifications(services, caller, params.username ?? '', query),
  )
}
