/** `/health` for load balancers and `/metrics` for Prometheus; event-loop delay included (design: the edge). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '@algorist/contract/errors.ts'
import type { RunnerStats } from '@algorist/runner/types.ts'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { RawHandler } from '../http/listener.ts'
import { serverVersion } from '../version.ts'

export interface ServerStatus {
  /** False from the moment a shutdown begins: balancers stop sending while calls finish. */
  isServing(): boolean
  runner(): RunnerStats
  /** Answers of the call route by HTTP status, since start. */
  callsByStatus(): ReadonlyMap<number, number>
}

export interface StatusPages {
  readonly health: RawHandler
  readonly metrics: RawHandler
}

/** `mayRead` decides who sees metrics; health is public and says nothing but its state. */
export function createStatusPages(options: {
  status: ServerStatus
  mayRead: (request: IncomingMessage) => boolean
}): StatusPages {
  const registry = createRegistry(options.status)
  return {
    health(_request, response) {
      const serving = options.status.isServing()
      send(
        response,
        serving ? 200 : 503,
        'application/json',
        JSON.stringify({ status: serving ? 'ok' : 'closing', version: serverVersion }),
      )
    },
    async metrics(request, response) {
      if (!options.mayRead(request)) throw new ApiError('NotAuthorized', 'Metrics are for this machine or an admin key')
      send(response, 200, registry.contentType, await registry.metrics())
    },
  }
}

function createRegistry(status: ServerStatus): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, read: (stats: RunnerStats) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read(status.runner()))
      },
    })
  gauge('algorist_workers', 'Workers alive', (stats) => stats.workers)
  gauge('algorist_workers_busy', 'Workers running a call', (stats) => stats.busyWorkers)
  gauge('algorist_calls_waiting', 'Calls waiting for a worker', (stats) => stats.waitingCalls)
  gauge('algorist_builds_running', 'Builds in progress', (stats) => stats.runningBuilds)
  new Counter({
    name: 'algorist_calls_total',
    help: 'Calls answered, by HTTP status',
    labelNames: ['status'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [code, count] of status.callsByStatus()) this.inc({ status: String(code) }, count)
    },
  })
  return registry
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}
