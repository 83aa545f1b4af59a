/** HTTP of governance reports, one operation for each level. */
import {
  reportAccountGovernance,
  reportAlgorithmGovernance,
  reportClusterGovernance,
  reportOrganizationGovernance,
} from '@algorist/contract/operations/governance.ts'
import { booleanOf } from '@algorist/contract/query.ts'
import { findManaged } from '../algorithms/access.ts'
import { type App, type OperationRequest, serve } from '../http/serve.ts'
import { findManagedOrganization } from '../organizations/access.ts'
import type { Services } from '../services.ts'
import { wantsCsv } from './csv.ts'
import { csvReply } from './csv-reply.ts'
import { GOVERNANCE_HEADING, readGovernance, readWholeGovernance } from './governance.ts'
import {
  accountScope,
  algorithmScope,
  clusterScope,
  findReportedUser,
  organizationScope,
  type Scope,
} from './governance-scopes.ts'
import type { Owners } from './read-queries.ts'

export function governanceRoutes(app: App, services: Services): void {
  const { directory } = services
  serve(app, reportClusterGovernance, (request) => answer(services, clusterScope(includesPersonal(request)), request))
  serve(app, reportOrganizationGovernance, (request) => {
    const { caller, params } = request
    const organization = findManagedOrganization(directory, caller, params.organization ?? '', 'see')
    return answer(services, organizationScope(organization), request)
  })
  serve(app, reportAccountGovernance, (request) => {
    const { user, ownerIds } = findReportedUser(services, request.caller, request.params.username ?? '')
    const owners: Owners | undefined = includesPersonal(request) ? undefined : { kind: 'organization' }
    return answer(services, accountScope(user, ownerIds ? { ids: ownerIds } : owners), request)
  })
  serve(app, reportAlgorithmGovernance, (request) => {
    const { entry } = findManaged(services, request.caller, request.params)
    return answer(services, algorithmScope(entry.id), request)
  })
}

type Asked = Pick<OperationRequest<typeof reportClusterGovernance>, 'caller' | 'query' | 'header'>

const includesPersonal = ({ query }: Pick<Asked, 'query'>): boolean => booleanOf(query.include_personal, false)

async function answer(services: Services, scope: Scope, { caller, query, header }: Asked) {
  const request = { caller, scope, query }
  if (!wantsCsv({ format: query.format, accept: header('accept') })) return readGovernance(services, request)
  return csvReply(GOVERNANCE_HEADING, await readWholeGovernance(services, request))
}
