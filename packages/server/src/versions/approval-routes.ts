/** HTTP of requests to publish for everybody. */
import {
  approvePublishing,
  declinePublishing,
  listPublishRequests,
  type PublishRequestEntry,
  requestPublishing,
} from '@algorist/contract/operations/invitations.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as approvals from './approvals.ts'

export function approvalRoutes(app: App, services: Services): void {
  function show({ row, owner, algorithmName, semanticVersion }: approvals.PublishRequest): PublishRequestEntry {
    return {
      id: row.id,
      username: owner.name,
      algoname: algorithmName,
      algorithm_id: row.algorithm_id,
      semantic_version: semanticVersion,
      requested_by: services.directory.byId(row.requested_by)?.name ?? '',
      requested_at: row.requested_at,
      state: row.state,
    }
  }

  serve(app, requestPublishing, async ({ caller, params }) =>
    show(await approvals.requestPublishing(services, caller, params, params.version ?? '')),
  )
  serve(app, listPublishRequests, async ({ caller, params }) =>
    (await approvals.listRequests(services, caller, params.organization ?? '')).map(show),
  )
  for (const [operation, isApproved] of [
    [approvePublishing, true],
    [declinePublishing, false],
  ] as const) {
    serve(app, operation, async ({ caller, params: { publishRequestId: id = '' } }) =>
      show(await approvals.decide(services, caller, { id, isApproved })),
    )
  }
}
