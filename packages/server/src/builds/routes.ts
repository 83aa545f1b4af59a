/** HTTP of builds. */
import {
  cancelBuild,
  compileAlgorithm,
  getBuild,
  getBuildLogs,
  listBuilds,
} from '@algorist/contract/operations/builds.ts'
import { parsePage } from '@algorist/contract/page.ts'
import { showRelease } from '../algorithms/algorithms.ts'
import { renderAlgorithm } from '../algorithms/render.ts'
import { pageReply } from '../http/page-reply.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import { releaseOfBuild } from '../versions/releases.ts'
import * as builds from './builds.ts'

export function buildRoutes(app: App, services: Services): void {
  serve(app, compileAlgorithm, async ({ caller, params, body, url }) => {
    const { build, ...found } = await builds.compile(services, caller, params, body.commitSha)
    const shown = await showRelease(services, found, await releaseOfBuild(services.db, build.id))
    return renderAlgorithm({ ...shown, url }, services)
  })
  serve(app, listBuilds, async (request) => {
    const page = parsePage(request.query)
    const rows = await builds.listBuilds(services, request.caller, request.params, page)
    return pageReply({ rows, page, request, markerOf: ({ number }) => ({ number }), show: builds.renderBuild })
  })
  serve(app, getBuild, ({ caller, params }) => builds.getBuild(services, caller, params))
  serve(app, cancelBuild, ({ caller, params }) => builds.cancelBuild(services, caller, params))
  serve(app, getBuildLogs, ({ caller, params }) => builds.getBuildLogs(services, caller, params))
}
