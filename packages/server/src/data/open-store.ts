/** Opens where the content of hosted files is kept: the data folder, or a bucket that several servers may share. */
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import type { Driver } from '../drivers/driver.ts'
import { createFilesystemDriver } from '../drivers/filesystem.ts'
import { createS3Driver } from '../drivers/s3.ts'
import { createConnectorAgents } from '../http/egress-agents.ts'
import { createEgressGate } from '../http/egress-gate.ts'
import type { S3Store } from './store-url.ts'

export interface Store {
  readonly driver: Driver
  /** What is younger may be in use: by a put of this process, or of another server. */
  leftoversBefore(): Date
  /** Removes unfinished uploads that nobody goes on with. */
  removeUnfinished(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/**
 * Other servers may be putting, and S3 dates a large object from the beginning of its upload: no upload takes a day.
 */
const SHARED_LEFTOVER_MS = 24 * 60 * 60 * 1000

export interface StoreOptions {
  /** Of the data folder, where content is unless it has a store of its own. */
  readonly folder: string
  /** Longest time in which nothing comes from a bucket in the middle of a request. */
  readonly silenceMs: number
  /** Start of the oldest server process that may be putting into the folder; of this one when left out. */
  readonly inUseSince?: Date
}

/** @param settings null: files in the folder */
export function openStore(settings: S3Store | null, { folder, silenceMs, inUseSince }: StoreOptions): Promise<Store> {
  return settings === null ? openFolder(folder, inUseSince) : openBucket(settings, silenceMs)
}

async function openFolder(folder: string, inUseSince: Date | undefined): Promise<Store> {
  const driver = await createFilesystemDriver({ folder, othersWrite: inUseSince !== undefined })
  const leftoversBefore = inUseSince ?? new Date(Date.now() - process.uptime() * 1000)
  return { driver, leftoversBefore: () => leftoversBefore, removeUnfinished: async () => {}, close: driver.close }
}

async function openBucket(settings: S3Store, silenceMs: number): Promise<Store> {
  // The operator chose the address, so it may be a private one.
  const gate = createEgressGate({ allow: createAddressSet(['0.0.0.0/0', '::/0']) })
  const agents = createConnectorAgents(gate, { maxSockets: 256, silenceMs })
  const driver = await createS3Driver({ ...settings, agents })
  const leftoversBefore = () => new Date(Date.now() - SHARED_LEFTOVER_MS)
  return {
    driver,
    leftoversBefore,
    async removeUnfinished(signal) {
      await driver.abortUploadsBefore(leftoversBefore(), signal)
    },
    async close() {
      await driver.close()
      agents.close()
    },
  }
}
