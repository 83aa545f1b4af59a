/** `/health` for load balancers and `/metrics` for Prometheus; event-loop delay included (design: the edge). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '@algorist/contract/errors.ts'
import type { RunnerLimits } from '@algorist/runner/limits.ts'
import type { RunnerStats, TemplateStats } from '@algorist/runner/types.ts'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { DiskSpace } from '../disk-space.ts'
import type { RawHandler } from '../http/listener.ts'
import type { Keeper } from '../retention/keeper.ts'
import { serverVersion } from '../version.ts'
import { addEventLoopDelay } from './event-loop-delay.ts'

export interface ServerStatus {
  /** False from the moment a shutdown begins: balancers stop sending while calls finish. */
  isServing(): boolean
  runner(): RunnerStats
  /** What workers are forked from; null when they are not. */
  templates(): TemplateStats | null
  readonly disk: Pick<DiskSpace, 'isFull' | 'usedShare'>
  /** What one worker and one build may use at most. */
  readonly limits: Pick<RunnerLimits, 'worker' | 'build'>
  /** Answers of the call route by HTTP status, since start. */
  callsByStatus(): ReadonlyMap<number, number>
  /** Calls that the call log took and left out, since start. */
  callLog(): { readonly written: number; readonly leftOut: number }
  /** Hosted files of all accounts. */
  hostedData(): Promise<{ readonly files: number; readonly bytes: number }>
  readonly retention: Pick<Keeper, 'figures' | 'lastRunAt'>
}

export interface StatusPages {
  readonly health: RawHandler
  readonly metrics: RawHandler
}

/** `mayRead` decides who sees metrics; health is public and says nothing but its state. */
export function createStatusPages(options: {
  status: ServerStatus
  mayRead: (request: IncomingMessage) => boolean | Promise<boolean>
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
      if (!(await options.mayRead(request))) {
        throw new ApiError('NotAuthorized', 'Metrics are for this machine or an admin key')
      }
      send(response, 200, registry.contentType, await registry.metrics())
    },
  }
}

function createRegistry(status: ServerStatus): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  addEventLoopDelay(registry)
  const gauge = (name: string, help: string, read: (stats: RunnerStats) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read(status.runner()))
      },
    })
  addContainment(registry, status)
  addTemplates(registry, status)
  addHostedData(registry, status)
  addRetention(registry, status)
  addCallLog(registry, status)
  gauge('algorist_workers', 'Workers alive', (stats) => stats.workers)
  gauge('algorist_workers_busy', 'Workers running a call', (stats) => stats.busyWorkers)
  gauge('algorist_workers_loading', 'Workers that are not ready yet', (stats) => stats.loadingWorkers)
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

const TEMPLATES: readonly (readonly [name: string, help: string, read: (stats: TemplateStats) => number])[] = [
  ['algorist_templates_environments', 'Processes that workers are forked from', (stats) => stats.environments],
  ['algorist_templates_versions', 'Loaded versions that further workers are forked from', (stats) => stats.versions],
  ['algorist_templates_ready_forks', 'Forks that wait for a worker to be wanted', (stats) => stats.readyForks],
  ['algorist_templates_ready_runtimes', 'Those of them that hold a started program', (stats) => stats.readyRuntimes],
  ['algorist_templates_ready_runtimes_bytes', 'Memory of those programs', (stats) => stats.runtimeBytes],
  ['algorist_templates_bytes', 'Memory of templates, which their forks share', (stats) => stats.memoryBytes],
]

function addTemplates(registry: Registry, { templates }: ServerStatus): void {
  for (const [name, help, read] of TEMPLATES) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const stats = templates()
        this.set(stats === null ? 0 : read(stats))
      },
    })
  }
}

/** What was stopped, how near the host is to its own limits, and the limits in force. */
function addContainment(registry: Registry, { disk, limits, runner }: ServerStatus): void {
  const registers = [registry]
  new Counter({
    name: 'algorist_contained_total',
    help: 'Workers and builds stopped for what they did, by cause',
    labelNames: ['cause'],
    registers,
    collect() {
      this.reset()
      for (const [cause, count] of Object.entries(runner().contained)) this.inc({ cause }, count)
    },
  })
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('algorist_disk_used_ratio', 'Share of the fullest disk of the data folder that is used', disk.usedShare)
  gauge('algorist_disk_full', '1 while builds, pushes and stored calls are refused', () => Number(disk.isFull()))
  gauge('algorist_memory_available_bytes', 'Memory that is left, in the control group of the server as well', () =>
    process.availableMemory(),
  )
  const limit = new Gauge({
    name: 'algorist_limit',
    help: 'What one worker or build may use at most',
    labelNames: ['of', 'limit'],
    registers,
  })
  for (const [of, values] of Object.entries(limits)) {
    for (const [name, value] of Object.entries(values)) limit.set({ of, limit: name }, value)
  }
}

function addCallLog(registry: Registry, { callLog }: ServerStatus): void {
  new Counter({
    name: 'algorist_call_log_calls_total',
    help: 'Calls that the call log took, or left out because too many came at a time',
    labelNames: ['what'],
    registers: [registry],
    collect() {
      this.reset()
      const { written, leftOut } = callLog()
      this.inc({ what: 'written' }, written)
      this.inc({ what: 'left out' }, leftOut)
    },
  })
}

function addHostedData(registry: Registry, { hostedData }: ServerStatus): void {
  for (const unit of ['files', 'bytes'] as const) {
    new Gauge({
      name: `algorist_data_${unit}`,
      help: `Hosted data of all accounts, in ${unit}`,
      registers: [registry],
      async collect() {
        this.set((await hostedData())[unit])
      },
    })
  }
}

/** What grows and goes, by kind, as of the last round of retention. */
function addRetention(registry: Registry, { retention }: ServerStatus): void {
  for (const unit of ['rows', 'bytes'] as const) {
    const common = { labelNames: ['kind'], registers: [registry] }
    new Gauge({
      ...common,
      name: `algorist_retention_${unit}`,
      help: `What is kept, in ${unit}`,
      collect() {
        for (const { kind, held } of retention.figures()) this.set({ kind: kind.name }, held[unit])
      },
    })
    new Counter({
      ...common,
      name: `algorist_retention_removed_${unit}_total`,
      help: `What was removed as too old or too much since the start, in ${unit}`,
      collect() {
        this.reset()
        for (const { kind, removed } of retention.figures()) this.inc({ kind: kind.name }, removed[unit])
      },
    })
  }
  new Gauge({
    name: 'algorist_retention_last_run_timestamp_seconds',
    help: 'When the last round of retention ended; 0 before the first',
    registers: [registry],
    collect() {
      this.set(Date.parse(retention.lastRunAt() ?? '1970-01-01T00:00:00Z') / 1000)
    },
  })
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}
