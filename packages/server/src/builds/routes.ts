/** HTTP of builds. */
import { compileAlgorithm, getBuild, getBuildLogs, listBuilds } from '@algorist/contract/operations/builds.ts'
import { parsePage } from '@algorist/contract/page.ts'
import { showRelease } from '../algorithms/algorithms.ts'
import { pageReply } from '../algorithms/page-reply.ts'
import { renderAlgorithm } from '../algorithms/render.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import { releaseOfBuild } from '../versions/releases.ts'
import * as builds from './builds.ts'

export function buildRoutes(app: App, services: Services): void {
  serve(app, compileAlgorithm, async ({ caller, params, body, url }) => {
    const { build, ...found } = await builds.compile(services, caller, params, body.commitSha)
    const shown = await showRelease(services, found, await releaseOfBuild(services.db, build.id))
    return renderAlgorithm({ ...shown, url })
  })
  serve(app, listBuilds, async ({ caller, params, query, url, target }) => {
    const page = parsePage(query)
    return pageReply(await builds.listBuilds(services, caller, params, page), { url, target, limit: page.limit })
  })
  serve(app, getBuild, ({ caller, params }) => builds.getBuild(services, caller, params))
  serve(app, getBuildLogs, ({ caller, params }) => builds.getBuildLogs(services, caller, params))
}
