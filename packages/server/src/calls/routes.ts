/** HTTP of asynchronous calls after their acceptance. Calls themselves are served by call-handler.ts. */
import { cancelCall, getCall, getCallResult } from '@algorist/contract/operations/invocation.ts'
import { type App, reply, serve } from '../http/serve.ts'
import { untrustedContentHeaders } from '../http/untrusted-content.ts'
import type { Services } from '../services.ts'
import * as calls from './async-calls.ts'

export function callRoutes(app: App, services: Services): void {
  serve(app, getCall, ({ caller, params }) => calls.getCall(services, caller, params.requestId ?? ''))
  serve(app, getCallResult, async ({ caller, params }) => {
    const found = await calls.getCallResult(services, caller, params.requestId ?? '')
    if ('status' in found) return reply(202, found.status, { 'Retry-After': '1' })
    const { status, body, contentType } = found.reply
    return reply(status, body, untrustedContentHeaders(contentType))
  })
  serve(app, cancelCall, async ({ caller, params }) => {
    await calls.cancelCall(services, caller, params.requestId ?? '')
    return reply(204)
  })
}
