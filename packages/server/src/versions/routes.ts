/** HTTP of versions. */
import { getVersion, listVersions, publishVersion } from '@algorist/contract/operations/versions.ts'
import { parsePage } from '@algorist/contract/page.ts'
import { booleanOf } from '@algorist/contract/query.ts'
import { pageReply } from '../algorithms/page-reply.ts'
import { renderAlgorithm } from '../algorithms/render.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as versions from './versions.ts'

export function versionRoutes(app: App, services: Services): void {
  serve(app, publishVersion, async ({ caller, params, body, url }) =>
    renderAlgorithm({ ...(await versions.publishVersion(services, caller, params, body)), url }),
  )
  serve(app, listVersions, async ({ caller, params, query, url, target }) => {
    const page = parsePage(query)
    const filters = { published: booleanOf(query.published, undefined), callable: booleanOf(query.callable, undefined) }
    const { marker, results } = await versions.listVersions(services, caller, params, { ...page, ...filters })
    const rendered = results.map((shown) => renderAlgorithm({ ...shown, url }))
    return pageReply({ marker, results: rendered }, { url, target, limit: page.limit })
  })
  serve(app, getVersion, async ({ caller, params, url }) =>
    renderAlgorithm({ ...(await versions.getVersion(services, caller, params)), url }),
  )
}
