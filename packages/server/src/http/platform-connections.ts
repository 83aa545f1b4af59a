/**
 * Connections that workers opened to the platform API. The socket is the identity: a request on it acts as the call
 * that is running in that worker, whatever its headers say (design: platform API inside a worker).
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { CallIdentity, IdentityOfWorker, PlatformGate } from '@algorist/runner/types.ts'

export interface PlatformConnections extends PlatformGate {
  isOfWorker(socket: Socket): boolean
  /** The call that runs in the worker whose connection this is; null between calls. */
  callOf(socket: Socket): CallIdentity | null | Promise<CallIdentity | null>
  /** The HTTP server that answers these connections; set once, before the first worker starts. */
  serveWith(server: Server): void
}

export function createPlatformConnections(): PlatformConnections {
  const identities = new WeakMap<Socket, IdentityOfWorker>()
  let server: Server | undefined
  return {
    accept(socket, identity) {
      if (!server) {
        socket.destroy()
        return
      }
      identities.set(socket, identity)
      // These sockets never leave the machine and are not encrypted: a TLS server takes them as if decrypted already.
      server.emit(server instanceof TlsServer ? 'secureConnection' : 'connection', socket)
    },
    isOfWorker: (socket) => identities.has(socket),
    callOf: (socket) => identities.get(socket)?.() ?? null,
    serveWith(httpServer) {
      server = httpServer
      httpServer.prependListener('request', (request: IncomingMessage) => {
        if (identities.has(request.socket)) dropUntrusted(request)
      })
    },
  }
}

/** Who somebody is and which way a request came is for browsers, proxies and the server itself to say (design.md 5). */
const UNTRUSTED = /^(?:cookie|forwarded|via|x-real-ip|x-forwarded-.*|x-algorist-.*)$/

function dropUntrusted({ headers }: IncomingMessage): void {
  for (const name of Object.keys(headers)) if (UNTRUSTED.test(name)) delete headers[name]
}
