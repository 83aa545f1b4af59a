/** Opens the HTTP server: the gate that all requests pass, calls, pushes and every other feature, and TLS. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AppOptions, createApp, type ServerApp } from '../app.ts'
import { type CallHandler, createCallHandler } from '../calls/call-handler.ts'
import type { GitHost } from '../git/http-backend.ts'
import type { Authenticate } from '../http/authenticate.ts'
import { closeServer } from '../http/close-server.ts'
import type { ServerStatus } from '../operations/status-pages.ts'
import { createGate, type Gate } from '../restart/gate.ts'
import { DESCRIPTORS } from '../restart/messages.ts'
import { keepTlsCurrent, readTlsPair } from '../restart/tls-reload.ts'
import type { Keeper } from '../retention/keeper.ts'
import type { Services } from '../services.ts'
import type { Parts } from './gather-services.ts'
import { openAuthentication } from './open-authentication.ts'

/** Connections that wait while this process is busy, or while one server hands over to another. The kernel may allow less. */
const BACKLOG = 4096

/** Of the phase in which it closes. */
export const HTTP = 'http'

export interface Http {
  readonly server: Server
  readonly gate: Gate
  /** Reads the TLS certificate again; true when new connections get another from now on. */
  reloadTls(): Promise<boolean>
  /** Accepts connections, on the socket of the server before this one if there is one. */
  listen(): Promise<void>
}

export interface HttpNeeds extends Parts {
  readonly services: Services
  readonly gitHost: GitHost
  readonly retention: Keeper
}

/** @throws Error when the TLS certificate cannot be used */
export async function openHttp(needs: HttpNeeds): Promise<Http> {
  const { config, log, closing, predecessor } = needs.ground
  const { connections } = needs.running
  const tlsFiles = config.listen.tls
  const tlsPair = tlsFiles && (await readTlsPair(tlsFiles))
  const gate = createGate({ isOwn: ({ socket }) => connections.isOfWorker(socket) })
  let isServing = true
  const app = await openApp(needs, { gate, tls: tlsPair, isServing: () => isServing })
  const { server } = app
  connections.serveWith(server)
  const tls = tlsFiles && tlsPair && keepTlsCurrent({ server, files: tlsFiles, pair: tlsPair, log })
  closing.add('tls', async () => tls?.close())
  return {
    server,
    gate,
    reloadTls: async () => (await tls?.reload()) ?? false,
    async listen() {
      const { host, port } = config.listen
      server.listen(predecessor ? { fd: DESCRIPTORS.listening } : { host, port, backlog: BACKLOG })
      await once(server, 'listening')
      closing.add(HTTP, async () => {
        isServing = false
        needs.services.callLog.tail.close()
        await closeServer(server, config.shutdownMs)
        await app.close()
      })
    },
  }
}

/** The features, and what they are told of the rest of the server. */
function openApp(
  needs: HttpNeeds,
  { gate, tls, isServing }: Pick<AppOptions, 'gate' | 'tls'> & Pick<ServerStatus, 'isServing'>,
): Promise<ServerApp> {
  const { ground, services, running, data, gitHost, retention } = needs
  const { connections, limits, runner } = running
  const authentication = openAuthentication(services, connections)
  const calls = callHandler(needs, authentication.authenticate)
  return createApp({
    ...{ ...authentication, services, calls, gitHost, gate, tls },
    // Who a program acts as may take a moment to find out.
    mayTakeLane: (socket) => !connections.isOfWorker(socket),
    runningCall: async ({ socket }) => (await connections.callOf(socket)) ?? undefined,
    status: {
      isServing,
      runner: () => runner.stats(),
      templates: () => runner.templates(),
      disk: ground.disk,
      limits,
      callsByStatus: calls.callsByStatus,
      callLog: services.callLog.counts,
      hostedData: data.usage,
      retention,
    },
  })
}

function callHandler({ ground, services, calls }: HttpNeeds, authenticate: Authenticate): CallHandler {
  const { catalog, directory } = services
  const { limits, answerCall } = calls
  const { config, log } = ground
  return createCallHandler({
    ...{ authenticate, catalog, directory, limits, answerCall, log },
    maxBodyBytes: config.calls.bodyBytes,
  })
}
