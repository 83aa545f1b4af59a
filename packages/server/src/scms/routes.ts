/** HTTP of source hosts. */
import { getScm, getScmStatus, listScms } from '@algorist/contract/operations/scms.ts'
import * as algorithms from '../algorithms/algorithms.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as scms from './scms.ts'

export function scmRoutes(app: App, services: Services): void {
  serve(app, listScms, () => scms.listScms())
  serve(app, getScm, ({ params }) => scms.getScm(params.scmId))
  serve(app, getScmStatus, ({ caller, params }) => algorithms.getScmStatus(services, caller, params))
}
