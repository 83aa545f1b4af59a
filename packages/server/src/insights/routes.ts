/** HTTP of insights. */
import {
  deleteInsightsConnection,
  getInsightsConnection,
  listInsights,
  reportInsights,
  setInsightsConnection,
  summarizeInsights,
} from '@algorist/contract/operations/insights.ts'
import { parsePage } from '@algorist/contract/page.ts'
import { pageReply } from '../http/page-reply.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as connection from './connection.ts'
import * as insights from './insights.ts'

export function insightRoutes(app: App, services: Services): void {
  serve(app, reportInsights, ({ runningCall, body }) => {
    services.insights.report(runningCall, body)
    return { response: 'Insights accepted' }
  })
  serve(app, listInsights, async (request) => {
    const asked = { ...request.query, page: parsePage(request.query) }
    return pageReply({
      ...(await insights.listInsights(services, request.caller, request.params, asked)),
      request,
      markerOf: ({ time, request_id }) => ({ time, requestId: request_id }),
      show: ({ event }) => JSON.parse(event) as unknown,
    })
  })
  serve(app, summarizeInsights, ({ caller, params, query }) =>
    insights.summarizeInsights(services, caller, params, query),
  )
  serve(app, getInsightsConnection, () => connection.getConnection(services))
  serve(app, setInsightsConnection, ({ body }) => connection.setConnection(services, body))
  serve(app, deleteInsightsConnection, () => connection.removeConnection(services))
}
