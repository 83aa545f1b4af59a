/** Opens what hosted data consists of, in order: its part of the composition in main.ts. */
import type { Logger } from 'pino'
import type { Closing } from '../closing.ts'
import { createFilesystemDriver } from '../drivers/filesystem.ts'
import type { State } from '../open-state.ts'
import type { Services } from '../services.ts'
import { createObjects } from './objects.ts'
import { createReclaimer } from './reclaimer.ts'
import { createSessionSpaces } from './session-space.ts'
import { startSweep } from './sweep.ts'

export type HostedData = Pick<Services, 'objects' | 'reclaimer' | 'sessionSpaces'>

interface HostedDataOptions {
  readonly state: Pick<State, 'db' | 'folder'>
  readonly log: Logger
  readonly closing: Closing
}

export async function openHostedData({ state, log, closing }: HostedDataOptions): Promise<HostedData> {
  const { db, folder } = state
  const objects = createObjects({ driver: await createFilesystemDriver({ folder: folder.folders.data }), log })
  closing.add('objects', objects.close)
  const reclaimer = createReclaimer({ db, objects, log })
  closing.add('deleted collections', reclaimer.close)
  const sessionSpaces = createSessionSpaces(reclaimer.retireSoon)
  const sweep = startSweep({ db, objects, reclaimer, log, leftoversBefore: startOfProcess })
  closing.add('sweep of data', sweep.close)
  return { objects, reclaimer, sessionSpaces }
}

function startOfProcess(): Date {
  return new Date(Date.now() - process.uptime() * 1000)
}
