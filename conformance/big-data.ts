/**
 * A large file up and down through each kind of storage: hosted files, hosted data in a bucket of S3, and a connector to
 * S3. Prints how fast it was and what memory the server took; fails when a byte is wrong or the server needs more than 64 MiB
 * above what it had when idle.
 *
 *   bin/node conformance/big-data.ts                    5 GiB through each
 *   bin/node conformance/big-data.ts --gib 1 files      1 GiB through one of them: files, s3-store, s3-connector
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Account, createAccount } from './lib/accounts.ts'
import { fillCollection } from './lib/collections.ts'
import { madeContent, requireMadeContent } from './lib/made-content.ts'
import { residentMiB, watchMemory } from './lib/memory.ts'
import { CONNECTS_TO_LOOPBACK, connectS3, openS3Server, storeSettings } from './lib/s3-server.ts'
import { startTarget, type Target } from './lib/server.ts'
import { get, put, type Transfer } from './lib/transfer.ts'

const MIB = 1024 * 1024
const SAMPLE_MS = 50
const SETTLE_MS = 3000
/** More than the server had when idle. */
const MOST_MORE_MIB = 64
const COLLECTION = 'big'

interface Figures {
  readonly upMiBPerSecond: number
  readonly downMiBPerSecond: number
  readonly idleMiB: number
  readonly peakUpMiB: number
  readonly peakDownMiB: number
  readonly afterMiB: number
}

/** Where the file goes, on a server of its own. */
interface Place {
  readonly settings: Record<string, string>
  /** Address of the folder, without a slash at its end. */
  prepare(target: Target, account: Account): Promise<string>
  close(): Promise<void>
}

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  files: async () => ({ settings: {}, prepare: hostedCollection, close: async () => {} }),
  's3-store': async () => {
    const server = await openS3Server()
    return { settings: storeSettings(server), prepare: hostedCollection, close: server.stop }
  },
  's3-connector': async () => {
    const server = await openS3Server()
    const prepare = async (target: Target, account: Account): Promise<string> => {
      await connectS3(target, account, { ...server, label: 'big' })
      return `${target.url}/v1/connector/s3+big/${server.bucket}`
    }
    return { settings: CONNECTS_TO_LOOPBACK, prepare, close: server.stop }
  },
}

async function hostedCollection(target: Target, account: Account): Promise<string> {
  await fillCollection(target, account, { name: COLLECTION, size: 1 })
  return `${target.url}/v1/data/.my/${COLLECTION}`
}

async function measure(openPlace: () => Promise<Place>, sizeBytes: number): Promise<Figures> {
  const place = await openPlace()
  try {
    const target = await startTarget(place.settings)
    try {
      const account = await createAccount(target, 'big')
      const folder = await place.prepare(target, account)
      return await upAndDown(requirePid(target), { folder, key: account.key }, sizeBytes)
    } finally {
      await target.close()
    }
  } finally {
    await place.close()
  }
}

function requirePid({ pid }: Target): number {
  if (pid === null) throw new Error('The memory of a server that is not ours cannot be seen: unset ALGORIST_TARGET')
  return pid
}

async function upAndDown(
  pid: number,
  { folder, key }: { folder: string; key: string },
  sizeBytes: number,
): Promise<Figures> {
  // So that what is loaded when first used counts as idle.
  await transfer({ url: `${folder}/small`, key }, 1)
  await delay(SETTLE_MS)
  const idleMiB = residentMiB(pid)
  const file = { url: `${folder}/large`, key }
  const up = await watched(pid, () => put(file, madeContent(file.url, sizeBytes), sizeBytes))
  const down = await watched(pid, async () => requireMadeContent(await get(file), file.url, sizeBytes))
  await delay(SETTLE_MS)
  return {
    upMiBPerSecond: sizeBytes / MIB / up.seconds,
    downMiBPerSecond: sizeBytes / MIB / down.seconds,
    idleMiB,
    peakUpMiB: up.peakMiB,
    peakDownMiB: down.peakMiB,
    afterMiB: residentMiB(pid),
  }
}

async function transfer(file: Transfer, sizeBytes: number): Promise<void> {
  await put(file, madeContent(file.url, sizeBytes), sizeBytes)
  await requireMadeContent(await get(file), file.url, sizeBytes)
}

async function watched(pid: number, work: () => Promise<void>): Promise<{ seconds: number; peakMiB: number }> {
  const memory = watchMemory(pid, SAMPLE_MS)
  const startedAtMs = performance.now()
  try {
    await work()
  } finally {
    memory.stop()
  }
  return { seconds: (performance.now() - startedAtMs) / 1000, peakMiB: Math.max(...memory.stop()) }
}

function describe(name: string, figures: Figures): string {
  const { upMiBPerSecond, downMiBPerSecond, idleMiB, peakUpMiB, peakDownMiB, afterMiB } = figures
  const cells = [upMiBPerSecond, downMiBPerSecond, idleMiB, peakUpMiB, peakDownMiB, afterMiB, moreMiB(figures)]
  return line(
    name,
    cells.map((value) => value.toFixed(0)),
  )
}

function moreMiB({ idleMiB, peakUpMiB, peakDownMiB }: Figures): number {
  return Math.max(peakUpMiB, peakDownMiB) - idleMiB
}

function line(name: string, cells: readonly string[]): string {
  return `${name.padEnd(14)}${cells.map((cell) => cell.padStart(12)).join('')}\n`
}

const { values, positionals } = parseArgs({
  options: { gib: { type: 'string', default: '5' } },
  allowPositionals: true,
})
const sizeBytes = Math.round(Number(values.gib) * 1024 * MIB)
process.stdout.write(`${values.gib} GiB through each; memory of the server in MiB\n`)
process.stdout.write(line('', ['up MiB/s', 'down MiB/s', 'idle', 'peak up', 'peak down', 'after', 'most more']))
for (const name of positionals.length > 0 ? positionals : Object.keys(PLACES)) {
  const openPlace = PLACES[name]
  if (!openPlace) throw new Error(`There is no place ${name}; expected one of ${Object.keys(PLACES).join(', ')}`)
  const figures = await measure(openPlace, sizeBytes)
  process.stdout.write(describe(name, figures))
  if (moreMiB(figures) > MOST_MORE_MIB) {
    process.stdout.write(`${name}: more than ${MOST_MORE_MIB} MiB above idle\n`)
    process.exitCode = 1
  }
}
