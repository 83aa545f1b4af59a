/** Where figures come from: they mean nothing without it. */
import { cpus, loadavg, release, totalmem } from 'node:os'
import { GENERATOR } from './generator.ts'

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  readonly date: string
  readonly loadAverage: readonly number[]
  readonly generator: string
}

export function describeMachine(): Machine {
  const rounded = (value: number): number => Math.round(value * 10) / 10
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: rounded(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    date: new Date().toISOString(),
    loadAverage: loadavg().map(rounded),
    generator: GENERATOR,
  }
}
