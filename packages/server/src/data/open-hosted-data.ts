/** Opens what hosted data consists of, in order: its part of the composition (compose/start-server.ts). */
import type { Logger } from 'pino'
import { holdingDriver, type RemovalHold } from '../backup/removal-hold.ts'
import type { Closing } from '../closing.ts'
import type { Config } from '../config.ts'
import type { DataFolder } from '../data-folder.ts'
import type { Database } from '../db/schema.ts'
import type { Services } from '../services.ts'
import { createObjects } from './objects.ts'
import { openStore } from './open-store.ts'
import { type Sums, sumUsage } from './queries.ts'
import { createReclaimer } from './reclaimer.ts'
import { createSessionSpaces } from './session-space.ts'
import { startSweep } from './sweep.ts'

export interface HostedData extends Pick<Services, 'objects' | 'reclaimer' | 'sessionSpaces'> {
  /** Of all accounts. */
  usage(): Promise<Sums>
}

interface HostedDataOptions {
  readonly db: Database
  readonly folder: DataFolder
  readonly config: Pick<Config, 'data' | 'storageSilenceMs'>
  readonly log: Logger
  readonly closing: Closing
  readonly removals: RemovalHold
  /** Set while another server process may be putting; see open-store.ts. */
  readonly inUseSince: Date | undefined
}

/** @throws Error when the data folder cannot be used */
export async function openHostedData(options: HostedDataOptions): Promise<HostedData> {
  const { db, folder, config, log, closing, removals, inUseSince } = options
  const store = await openStore(config.data.store, {
    folder: folder.folders.data,
    silenceMs: config.storageSilenceMs,
    ...(inUseSince && { inUseSince }),
  })
  closing.add('store of data', store.close)
  const objects = createObjects({ driver: holdingDriver(store.driver, removals), log })
  closing.add('objects', objects.idle)
  const reclaimer = createReclaimer({ db, objects, log })
  closing.add('deleted collections', reclaimer.close)
  const sweep = startSweep({ db, objects, reclaimer, log, store })
  closing.add('sweep of data', sweep.close)
  return { objects, reclaimer, sessionSpaces: createSessionSpaces(reclaimer.retireSoon), usage: () => sumUsage(db) }
}
