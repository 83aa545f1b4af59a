/** Memory of a process, watched from outside. */
import { readFileSync } from 'node:fs'

const DEFAULT_SAMPLE_MS = 500

export interface MemoryWatch {
  /** In MiB, the first one from when the watch began. */
  stop(): number[]
}

/** Looks again and again until it is stopped. */
export function watchMemory(pid: number, sampleMs = DEFAULT_SAMPLE_MS): MemoryWatch {
  const samples = [residentMiB(pid)]
  const timer = setInterval(() => samples.push(residentMiB(pid)), sampleMs)
  return {
    stop() {
      clearInterval(timer)
      return samples
    },
  }
}

/** @throws Error when the process is gone */
export function residentMiB(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]) / 1024
}
