/** HTTP of versions. */
import { getVersion, listVersions, publishVersion } from '@algorist/contract/operations/versions.ts'
import { parsePage } from '@algorist/contract/page.ts'
import { booleanOf } from '@algorist/contract/query.ts'
import { renderAlgorithm } from '../algorithms/render.ts'
import { pageReply } from '../http/page-reply.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import type { ReleaseRow } from './queries.ts'
import * as versions from './versions.ts'

export function versionRoutes(app: App, services: Services): void {
  serve(app, publishVersion, async ({ caller, params, body, url }) =>
    renderAlgorithm({ ...(await versions.publishVersion(services, caller, params, body)), url }, services),
  )
  serve(app, listVersions, async (request) => {
    const { caller, params, query, url } = request
    const page = parsePage(query)
    const filters = { published: booleanOf(query.published, undefined), callable: booleanOf(query.callable, undefined) }
    const { found, rows } = await versions.listVersions(services, caller, params, { ...page, ...filters })
    const show = (row: ReleaseRow) => renderAlgorithm({ ...found, release: { row }, url }, services)
    const reply = pageReply({ rows, page, request, markerOf: versions.markerOf, show })
    return { ...reply, results: await Promise.all(reply.results) }
  })
  serve(app, getVersion, async ({ caller, params, url }) =>
    renderAlgorithm({ ...(await versions.getVersion(services, caller, params)), url }, services),
  )
}
