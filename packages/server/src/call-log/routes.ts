/** HTTP of the call log and of the error logs. */
import { listAlgorithmErrors } from '@algorist/contract/operations/algorithms.ts'
import { getCallLog, listCalls, tailCalls } from '@algorist/contract/operations/call-log.ts'
import { listOrganizationErrors } from '@algorist/contract/operations/organizations.ts'
import { listUserErrors } from '@algorist/contract/operations/users.ts'
import { encodeMarker, parsePage } from '@algorist/contract/page.ts'
import { nextLink } from '../http/page-reply.ts'
import { type App, reply, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as calls from './calls.ts'
import { getEntry } from './entry.ts'
import * as failed from './failed-runs.ts'
import { follow } from './follow.ts'

/** Proxies must pass events on as they come. */
const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
}

export function callLogRoutes(app: App, services: Services): void {
  serve(app, listCalls, async (request) => {
    const page = parsePage(request.query)
    const { next, ...shown } = await calls.listCalls(services, request.caller, request.params, {
      page,
      query: request.query,
    })
    const marker = next === undefined ? null : encodeMarker({ ...next })
    return { marker, next_link: marker && nextLink({ request, page }, marker), ...shown }
  })
  serve(app, tailCalls, ({ caller, callerNow, params, header }) => {
    const following = { caller, callerNow, params, lastEventId: header('Last-Event-ID') }
    return reply(200, follow(services, following), STREAM_HEADERS)
  })
  serve(app, getCallLog, ({ caller, params }) => getEntry(services, caller, params.requestId ?? ''))
  serve(app, listAlgorithmErrors, ({ caller, params }) => failed.listAlgorithmErrors(services, caller, params))
  serve(app, listUserErrors, ({ caller, params }) => failed.listUserErrors(services, caller, params.username ?? ''))
  serve(app, listOrganizationErrors, ({ caller, params }) =>
    failed.listOrganizationErrors(services, caller, params.organization ?? ''),
  )
}
