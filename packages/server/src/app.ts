/**
 * The features of the server in one visible list, and the HTTP server that carries them. Opens nothing by itself:
 * compose/ hands over what is open already.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import {
  createDirectory,
  deleteData,
  getData,
  headData,
  putFile,
  setDirectoryAcl,
} from '@algorist/contract/operations/data.ts'
import { advertiseGitRefs, receiveGitPack, uploadGitPack } from '@algorist/contract/operations/git.ts'
import { callAlgorithm, callAlgorithmFromWeb, preflightCallFromWeb } from '@algorist/contract/operations/invocation.ts'
import { OPERATIONS } from '@algorist/contract/operations.ts'
import { loginRoutes } from './accounts/login-routes.ts'
import { accountRoutes } from './accounts/routes.ts'
import { adminRoutes } from './admin/routes.ts'
import { algorithmRoutes } from './algorithms/routes.ts'
import { recordChange } from './audit/audit.ts'
import { auditRoutes } from './audit/routes.ts'
import { buildRoutes } from './builds/routes.ts'
import { callLogRoutes } from './call-log/routes.ts'
import { isAdministrator } from './caller.ts'
import { type CallHandler, callPrefixes } from './calls/call-handler.ts'
import { callPrefix } from './calls/call-options.ts'
import { callRoutes } from './calls/routes.ts'
import { connectorRoutes } from './connectors/routes.ts'
import { createDataHandler, dataPrefixes } from './data/data-handler.ts'
import { createPlaceFor } from './data/place-for.ts'
import { dataRoutes } from './data/routes.ts'
import { environmentRoutes } from './environments/routes.ts'
import { frontendRoutes } from './frontend/routes.ts'
import type { GitHost } from './git/http-backend.ts'
import { isOfThisMachine } from './http/arrival.ts'
import type { Authenticate } from './http/authenticate.ts'
import { createListener, type RawRoute } from './http/listener.ts'
import { createManagement, serveAsNotImplemented } from './http/management.ts'
import type { App } from './http/serve.ts'
import { withUuidParameters } from './http/serve.ts'
import { insightRoutes } from './insights/routes.ts'
import { keyRoutes } from './keys/routes.ts'
import { notificationRoutes } from './notifications/routes.ts'
import { referenceRoutes } from './operations/reference.ts'
import { createStatusPages, type ServerStatus } from './operations/status-pages.ts'
import { hostAccountRoutes } from './organizations/host-routes.ts'
import { invitationRoutes } from './organizations/invitation-routes.ts'
import { organizationRoutes } from './organizations/routes.ts'
import type { Gate } from './restart/gate.ts'
import { scmRoutes } from './scms/routes.ts'
import { secretRoutes } from './secrets/routes.ts'
import type { Services } from './services.ts'
import { governanceRoutes } from './usage/governance-routes.ts'
import { usageRoutes } from './usage/routes.ts'
import { approvalRoutes } from './versions/approval-routes.ts'
import { versionRoutes } from './versions/routes.ts'

const features = [
  accountRoutes,
  loginRoutes,
  organizationRoutes,
  invitationRoutes,
  hostAccountRoutes,
  keyRoutes,
  connectorRoutes,
  algorithmRoutes,
  buildRoutes,
  callRoutes,
  callLogRoutes,
  versionRoutes,
  approvalRoutes,
  dataRoutes,
  notificationRoutes,
  environmentRoutes,
  scmRoutes,
  secretRoutes,
  frontendRoutes,
  adminRoutes,
  auditRoutes,
  usageRoutes,
  governanceRoutes,
  insightRoutes,
  referenceRoutes,
]

/** Operations that are served straight from the socket. */
const rawOperations = [
  callAlgorithm,
  callAlgorithmFromWeb,
  preflightCallFromWeb,
  advertiseGitRefs,
  uploadGitPack,
  receiveGitPack,
  getData,
  headData,
  putFile,
  createDirectory,
  setDirectoryAcl,
  deleteData,
]

export interface AppOptions {
  readonly services: Services
  /** For calls and data, where cookies never count. */
  readonly authenticate: Authenticate
  readonly authenticateManagement: Authenticate
  readonly runningCall: App['runningCall']
  readonly calls: CallHandler
  readonly gitHost: GitHost
  readonly status: ServerStatus
  readonly tls: { readonly certificate: Buffer; readonly key: Buffer } | null
  /** Through which every request goes; see restart/gate.ts. */
  readonly gate: Pick<Gate, 'pass' | 'beginWhole' | 'endWhole'>
  /** False for connections whose calls do not go the short way (http/lane/lane.ts). */
  readonly mayTakeLane: (socket: Socket) => boolean
}

export interface ServerApp {
  readonly server: Server
  /** Ids of the operations that are served. */
  readonly served: ReadonlySet<string>
  close(): Promise<void>
}

/** Registers every feature and returns an HTTP server that is not listening yet. */
export async function createApp(options: AppOptions): Promise<ServerApp> {
  const {
    services,
    authenticate,
    authenticateManagement,
    runningCall,
    calls,
    gitHost,
    status,
    tls,
    gate,
    mayTakeLane,
  } = options
  const management = createManagement(services.log)
  const app: App = {
    fastify: management.fastify,
    authenticate: authenticateManagement,
    runningCall,
    url: services.config.url,
    served: new Set(),
    recordChange: (change) => recordChange(services, change),
  }
  for (const register of features) register(app, services)
  for (const operation of OPERATIONS.filter(({ id, raw }) => !raw && !app.served.has(id))) {
    serveAsNotImplemented(management.fastify, operation, operation.paths.map(withUuidParameters))
  }
  await management.ready()

  const pages = createStatusPages({ status, mayRead: (request) => isOfThisMachine(request) || isAdmin(request) })
  const data = createDataHandler({ authenticate, placeFor: createPlaceFor(services), log: services.log })
  const routes: RawRoute[] = [
    ...callPrefixes.map((prefix) => ({ prefix, handle: calls.handle })),
    { prefix: '/git/', handle: (request, response) => gitHost.handle(request, response, request.url ?? '') },
    ...dataPrefixes.map((prefix) => ({ prefix, handle: data, continues: true })),
    { prefix: '/health', handle: pages.health },
    { prefix: '/metrics', handle: pages.metrics },
  ]
  const lane = {
    prefix: callPrefix,
    mayTake: mayTakeLane,
    begin: gate.beginWhole,
    serve: calls.handleWhole,
    end: gate.endWhole,
  }
  const server = createListener({ routes, fallback: management.handle, tls, log: services.log, pass: gate.pass, lane })
  for (const { id } of rawOperations) app.served.add(id)
  return { server, served: app.served, close: management.close }

  async function isAdmin(request: Parameters<Authenticate>[0]): Promise<boolean> {
    try {
      return isAdministrator(await authenticate(request))
    } catch {
      return false
    }
  }
}
