/** How late the event loop comes to what is due: what everybody waits for beside their own work. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Gauge, type Registry } from 'prom-client'

/** Often enough for what a build or an upload does in seconds, and rare enough to cost nothing. */
const EVERY_MS = 5
const QUANTILES = [0.5, 0.99, 1]

/** Adds `algorist_event_loop_delay_seconds`, each time of the time since it was last read. */
export function addEventLoopDelay(registry: Registry): void {
  const intervals = monitorEventLoopDelay({ resolution: EVERY_MS })
  intervals.enable()
  new Gauge({
    name: 'algorist_event_loop_delay_seconds',
    help: 'How late the event loop came to what was due, since this was last read; 1 is the longest delay',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      for (const quantile of QUANTILES) {
        const lateMs = intervals.percentile(quantile * 100) / 1e6 - EVERY_MS
        this.set({ quantile: String(quantile) }, Math.max(0, lateMs) / 1000)
      }
      intervals.reset()
    },
  })
}
