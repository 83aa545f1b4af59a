/**
 * Agents for the SDKs of connectors: connections through the gate that are kept for the next request, since storage is
 * slow when each request has a handshake of its own. A kept connection leads to the address checked when it was opened.
 */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import { EgressError, type EgressGate } from './egress-gate.ts'

/** As SDKs take them; each for any number of hosts. */
export interface ConnectorAgents {
  readonly http: HttpAgent
  readonly https: HttpsAgent
  /** Ends every connection, those in use too. */
  close(): void
}

export interface ConnectorAgentsOptions {
  /** Longest time from looking up the name to the end of the handshake. */
  readonly connectMs?: number
  /** Longest time in which nothing moves on a connection in use; a request as a whole may take as long as it likes. */
  readonly silenceMs?: number
  /** How long a connection that nobody uses is kept; less where the server says so. */
  readonly keptMs?: number
  /** Connections to one host at a time; requests above wait. */
  readonly maxSockets?: number
}

const MAX_KEPT_PER_HOST = 32

/**
 * Makes the agents. Requests through them fail with an EgressError as their error or its cause: `AddressRefused`, or
 * `TimedOut` when a connection takes too long to open or falls silent.
 */
export function createConnectorAgents(
  gate: Pick<EgressGate, 'lookup' | 'guard'>,
  { connectMs = 10_000, silenceMs = 60_000, keptMs = 5_000, maxSockets = 64 }: ConnectorAgentsOptions = {},
): ConnectorAgents {
  const limits: Limits = { connectMs, silenceMs, keptMs }
  const options = {
    keepAlive: true,
    timeout: silenceMs,
    maxSockets,
    maxFreeSockets: MAX_KEPT_PER_HOST,
    lookup: gate.lookup,
  }
  const http = gate.guard(limit(new HttpAgent(options), 'connect', limits))
  const https = gate.guard(limit(new HttpsAgent(options), 'secureConnect', limits))
  const close = () => {
    http.destroy()
    https.destroy()
  }
  return { http, https, close }
}

type Limits = Required<Omit<ConnectorAgentsOptions, 'maxSockets'>>

function limit<Agent extends HttpAgent>(agent: Agent, opened: 'connect' | 'secureConnect', limits: Limits): Agent {
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (options, onConnected) => {
    const socket = connect(options, onConnected)
    if (socket) limitSocket(socket as Socket, String(options.host), opened, limits)
    return socket
  }
  const keep = agent.keepSocketAlive.bind(agent)
  agent.keepSocketAlive = (socket) => {
    const isKept = keep(socket)
    // A server that announces how long it waits has made the time shorter already.
    ;(socket as Socket).setTimeout(Math.min(limits.keptMs, (socket as Socket).timeout || limits.keptMs))
    return isKept
  }
  const reuse = agent.reuseSocket.bind(agent)
  agent.reuseSocket = (socket, request) => {
    reuse(socket, request)
    ;(socket as Socket).setTimeout(limits.silenceMs)
  }
  return agent
}

function limitSocket(socket: Socket, host: string, opened: string, { connectMs, silenceMs }: Limits): void {
  const opening = setTimeout(() => {
    socket.destroy(new EgressError('TimedOut', `No connection to ${host} within ${connectMs} ms`))
  }, connectMs)
  socket.once(opened, () => clearTimeout(opening)).once('close', () => clearTimeout(opening))
  socket.on('timeout', () => {
    socket.destroy(new EgressError('TimedOut', `${host} was silent for ${silenceMs} ms`))
  })
}
