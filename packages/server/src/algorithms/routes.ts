/** HTTP of algorithms. */
import {
  createAlgorithm,
  deleteAlgorithm,
  getAlgorithm,
  getCommitLog,
  listUserAlgorithms,
  updateAlgorithm,
} from '@algorist/contract/operations/algorithms.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as algorithms from './algorithms.ts'
import * as create from './create.ts'
import { renderAlgorithm } from './render.ts'

export function algorithmRoutes(app: App, services: Services): void {
  serve(app, createAlgorithm, async ({ caller, params, body, url }) =>
    renderAlgorithm({ ...(await create.createAlgorithm(services, caller, params.owner, body)), url }, services),
  )
  serve(app, getAlgorithm, async ({ caller, params, url }) =>
    renderAlgorithm({ ...(await algorithms.getAlgorithm(services, caller, params)), url }, services),
  )
  serve(app, updateAlgorithm, async ({ caller, params, body, url }) =>
    renderAlgorithm({ ...(await algorithms.updateAlgorithm(services, caller, params, body)), url }, services),
  )
  serve(app, deleteAlgorithm, ({ caller, params }) => algorithms.deleteAlgorithm(services, caller, params))
  serve(app, listUserAlgorithms, ({ caller, params }) =>
    algorithms.listOwnedAlgorithms(services, caller, params.username),
  )
  serve(app, getCommitLog, async ({ caller, params, query }) => ({
    commits: await algorithms.getCommitLog(services, caller, params, { since: query.since, until: query.until }),
  }))
}
