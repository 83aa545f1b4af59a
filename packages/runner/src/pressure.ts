/**
 * How short the whole machine is of memory. Owns the measuring and the decision; what then ends or waits is decided where
 * it runs (pools.ts, build.ts). The limits of the server's own control group and of those above it count like the machine's.
 */
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { Logger } from './options.ts'
import { readEntry, readText } from './sandbox/groups/control-files.ts'
import { readHierarchies } from './sandbox/groups/hierarchies.ts'

const SAMPLE_MS = 1000
/** Short again and again within seconds would be worse than short for a while. */
const CALM_AGAIN_PERCENT = 5

export interface Pressure {
  /** As of the last sample; asking costs nothing. */
  isShort(): boolean
  /** Memory that may still be used before it is short, in bytes, as of the last sample. */
  roomBytes(): number
  /** Calls back with each sample. */
  onSample(sampled: () => void): void
  close(): void
}

export interface PressureOptions {
  /** Percent of memory in use at which the machine counts as short. */
  readonly memoryPercent: number
  readonly log: Logger
  readonly sampleMs?: number
  /** Part of memory in use, 0 to 1. */
  readonly readShare?: (() => number) | undefined
}

interface Group {
  readonly folder: string
  readonly files: GroupFiles
}

/** Samples until it is closed. */
export function createPressure(options: PressureOptions): Pressure {
  const { memoryPercent, log, sampleMs = SAMPLE_MS, readShare = createMemoryShare() } = options
  const listeners: (() => void)[] = []
  const totalBytes = memoryBytes()
  let isShort = false
  let usedPercent = 0

  function sample(): void {
    usedPercent = readShare() * 100
    const limit = isShort ? memoryPercent - CALM_AGAIN_PERCENT : memoryPercent
    if (usedPercent >= limit !== isShort) {
      isShort = !isShort
      const fields = { usedPercent: Math.floor(usedPercent), memoryPercent }
      if (isShort) log.error(fields, 'memory is nearly full: idle workers end, nothing new starts')
      else log.info(fields, 'there is memory again')
    }
    for (const listener of listeners) listener()
  }

  sample()
  const timer = setInterval(sample, sampleMs).unref()
  return {
    isShort: () => isShort,
    roomBytes: () => Math.max(0, ((memoryPercent - usedPercent) / 100) * totalBytes),
    onSample: (sampled) => void listeners.push(sampled),
    close: () => clearInterval(timer),
  }
}

/** Reads the part of memory that is in use: of the machine or of a control group around the server, whichever is more. */
export function createMemoryShare(): () => number {
  const groups = groupsAround()
  return () => Math.max(machineShare(), ...groups.map(groupShare))
}

/** Of the machine, or what the tightest control group around the server may use. */
function memoryBytes(): number {
  const limits = groupsAround().map(({ folder, files }) => Number(readText(folder, files.limit)))
  return Math.min(totalmem(), ...limits.filter((bytes) => bytes > 0))
}

function machineShare(): number {
  const text = readFileSync('/proc/meminfo', 'latin1')
  const kib = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  const total = kib('MemTotal')
  return total === 0 ? 0 : 1 - kib('MemAvailable') / total
}

interface GroupFiles {
  readonly limit: string
  readonly used: string
  /** Name in `memory.stat` of what the kernel gives back when it is needed. */
  readonly reclaimable: string
}

const VERSION_1: GroupFiles = {
  limit: 'memory.limit_in_bytes',
  used: 'memory.usage_in_bytes',
  reclaimable: 'total_inactive_file',
}
const VERSION_2: GroupFiles = { limit: 'memory.max', used: 'memory.current', reclaimable: 'inactive_file' }

/** Each group around the server that could have a limit. */
function groupsAround(): Group[] {
  const { version1, version2 } = readHierarchies()
  return [
    ...ancestors(version1.get('memory'), VERSION_1.limit).map((folder) => ({ folder, files: VERSION_1 })),
    ...ancestors(version2 ?? undefined, VERSION_2.limit).map((folder) => ({ folder, files: VERSION_2 })),
  ]
}

/** Folders from `folder` upwards that have the file; the root of a tree has none, or one without a limit. */
function ancestors(folder: string | undefined, file: string): string[] {
  const found: string[] = []
  for (let at = folder; at !== undefined && at !== '/'; at = dirname(at)) if (readText(at, file) !== '') found.push(at)
  return found
}

function groupShare({ folder, files: { limit, used, reclaimable } }: Group): number {
  const limitBytes = Number(readText(folder, limit))
  // Groups without a limit say "max", or a number that no machine has.
  if (!(limitBytes > 0) || limitBytes >= 2 ** 60) return 0
  const usedBytes = Number(readText(folder, used)) - readEntry(folder, 'memory.stat', reclaimable)
  return Math.max(0, usedBytes) / limitBytes
}
