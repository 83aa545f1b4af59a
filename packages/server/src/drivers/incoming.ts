/** Files that are being written, out of sight, until they are whole and durable and get their name. */
import { randomBytes } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { onDisk } from './filesystem-errors.ts'
import { giveBack } from './lent-memory.ts'

export interface Incoming {
  /**
   * Writes the body to a new file and syncs it. `place` then gives it its name; when that or anything before fails, the
   * file is removed. Errors of the body come out as they are.
   */
  receive(
    body: AsyncIterable<Uint8Array>,
    place: (path: string, stats: BigIntStats) => Promise<void>,
  ): Promise<BigIntStats>
}

/** Large enough that the calls cost nothing beside the bytes. */
const batchBytes = 2 ** 20
/** What one system call takes. */
const batchChunks = 1024

/** Empties the folder, for what is there is what a process that was killed left, unless others are writing there. */
export async function openIncoming(folder: string, othersWrite = false): Promise<Incoming> {
  await onDisk(mkdir(folder, { recursive: true, mode: 0o700 }))
  const left = othersWrite ? [] : await onDisk(readdir(folder))
  await onDisk(Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true }))))
  const nextTime = createClock()

  async function fill(file: FileHandle, body: AsyncIterable<Uint8Array>): Promise<BigIntStats> {
    for await (const batch of inBatches(body)) {
      await onDisk(writeAll(file, batch))
      for (const chunk of batch) giveBack(chunk)
    }
    return onDisk(seal(file, nextTime()))
  }

  return {
    async receive(body, place) {
      const path = join(folder, randomBytes(12).toString('hex'))
      const file = await onDisk(open(path, 'wx', 0o600))
      try {
        const stats = await fill(file, body)
        await place(path, stats)
        return stats
      } catch (error) {
        await rm(path, { force: true }).catch(() => undefined)
        throw error
      } finally {
        await file.close()
      }
    },
  }
}

/** Tells seconds since 1970, never the same microsecond twice, whatever the clock of the machine does. */
function createClock(): () => number {
  let lastUs = 0
  return () => {
    lastUs = Math.max(lastUs + 1, Date.now() * 1000)
    // Half a microsecond more, since what is left of the fraction is cut off.
    return (lastUs + 0.5) / 1e6
  }
}

/** The time of its own tells two contents of a file apart; the kernel's would be the same for a few milliseconds. */
async function seal(file: FileHandle, timeSeconds: number): Promise<BigIntStats> {
  await file.utimes(timeSeconds, timeSeconds)
  await file.sync()
  return file.stat({ bigint: true })
}

/** Gathers the chunks of a body, as small as a network makes them. */
async function* inBatches(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Uint8Array[]> {
  let batch: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    batch.push(chunk)
    bytes += chunk.byteLength
    if (bytes < batchBytes && batch.length < batchChunks) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

/** A disk that is nearly full takes a part and refuses the rest at the next call. */
async function writeAll(file: FileHandle, batch: readonly Uint8Array[]): Promise<void> {
  const { bytesWritten } = await file.writev(batch)
  const rest = after(batch, bytesWritten)
  if (rest.length > 0) await writeAll(file, rest)
}

function after(batch: readonly Uint8Array[], writtenBytes: number): Uint8Array[] {
  let left = writtenBytes
  return batch.flatMap((chunk) => {
    const skipped = Math.min(left, chunk.byteLength)
    left -= skipped
    return skipped === chunk.byteLength ? [] : [chunk.subarray(skipped)]
  })
}
