/** HTTP of API keys. */
import { createKey, importKey, listKeys } from '@algorist/contract/operations/keys.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as keys from './keys.ts'

export function keyRoutes(app: App, services: Services): void {
  serve(app, listKeys, ({ caller, params }) => keys.listKeys(services, caller, params.username ?? ''))
  serve(app, createKey, ({ caller, params, body }) => keys.createKey(services, caller, params.username ?? '', body))
  serve(app, importKey, ({ caller, params, body }) => keys.importKey(services, caller, params.username ?? '', body))
}
