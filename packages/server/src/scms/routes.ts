/** HTTP of source hosts. */
import {
  createScm,
  deleteScm,
  getScm,
  getScmOAuthStatus,
  getScmStatus,
  getScmTokenStatus,
  getScmTokenStatusByPost,
  listScms,
  revokeScmOAuth,
  revokeScmOAuthByGet,
  setDefaultScm,
  updateScm,
} from '@algorist/contract/operations/scms.ts'
import * as algorithms from '../algorithms/algorithms.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as scms from './scms.ts'

export function scmRoutes(app: App, services: Services): void {
  serve(app, listScms, () => scms.listScms(services))
  serve(app, getScm, ({ params }) => scms.getScm(services, params.scmId ?? ''))
  serve(app, getScmStatus, ({ caller, params }) => algorithms.getScmStatus(services, caller, params))
  for (const status of [getScmOAuthStatus, getScmTokenStatus, getScmTokenStatusByPost]) {
    serve(app, status, ({ params }) => scms.getAuthorization(services, params.scmId ?? ''))
  }
  for (const revoke of [revokeScmOAuth, revokeScmOAuthByGet]) {
    serve(app, revoke, async ({ params }) => {
      await scms.getAuthorization(services, params.scmId ?? '')
    })
  }
  serve(app, createScm, ({ body }) => scms.createScm(services, body))
  serve(app, updateScm, ({ params, body }) => scms.changeScm(services, params.scmId ?? '', body))
  serve(app, deleteScm, ({ params }) => scms.removeScm(services, params.scmId ?? ''))
  serve(app, setDefaultScm, ({ params }) => scms.setDefault(services, params.scmId ?? ''))
}
