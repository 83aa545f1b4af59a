/**
 * Loaded into the server under test before its own program (`--import`): writes how large its heap is at the lowest and how
 * late its event loop was into the file that `SOAK_INSIDE` names, once a second. Nothing of it is in a server otherwise.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapCodeStatistics } from 'node:v8'
import { isMainThread } from 'node:worker_threads'

const LOOK_MS = 100
const WRITE_MS = 1000
/** Seconds that a figure is of; samples are taken every so often. */
const KEPT = 10
const MIB = 1024 * 1024

const file = process.env.SOAK_INSIDE
if (isMainThread && file !== undefined) watch(file)

function watch(path: string): void {
  const delays = monitorEventLoopDelay({ resolution: 5 })
  delays.enable()
  const lowest: number[] = []
  const longest: number[] = []
  const late: number[] = []
  let heapMiB = Number.POSITIVE_INFINITY
  setInterval(() => {
    heapMiB = Math.min(heapMiB, process.memoryUsage().heapUsed / MIB - codeMiB())
  }, LOOK_MS).unref()
  setInterval(() => {
    for (const [values, value] of [
      [lowest, heapMiB],
      [late, delays.percentile(99) / 1e6],
      [longest, delays.max / 1e6],
    ] as const) {
      values.push(value)
      if (values.length > KEPT) values.shift()
    }
    heapMiB = Number.POSITIVE_INFINITY
    delays.reset()
    const { external, arrayBuffers } = process.memoryUsage()
    const report = {
      heapMiB: Math.min(...lowest),
      codeMiB: codeMiB(),
      externalMiB: (external + arrayBuffers) / MIB,
      delayP99Ms: Math.max(...late),
      delayLongestMs: Math.max(...longest),
    }
    writeFileSync(`${path}.new`, JSON.stringify(report))
    renameSync(`${path}.new`, path)
  }, WRITE_MS).unref()
}

/** What V8 has compiled of the server's own program. */
function codeMiB(): number {
  const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics()
  return (code + bytecode) / MIB
}
