/** Opens what everything else stands on: the data folder, its disks, and what is known of others who work on it. */
import type { Logger } from 'pino'
import { createRemovalHold, type RemovalHold } from '../backup/removal-hold.ts'
import type { Closing } from '../closing.ts'
import type { Config, Environment } from '../config.ts'
import { type DataFolder, openDataFolder } from '../data-folder.ts'
import { createDiskSpace, type DiskSpace } from '../disk-space.ts'
import { withFreePort } from '../free-port.ts'
import { createOverlap, type Overlap } from '../restart/overlap.ts'
import type { Predecessor } from '../restart/successor.ts'

export interface StartOptions {
  readonly config: Config
  readonly log: Logger
  /** Of this process, and of the one that will follow it. */
  readonly environment: Environment
  /** The server that has started this one to follow it. */
  readonly predecessor: Predecessor | null
}

export interface Ground extends StartOptions {
  /** Takes how to close whatever is opened on this ground. */
  readonly closing: Closing
  readonly folder: DataFolder
  readonly disk: DiskSpace
  readonly overlap: Overlap
  /** Through which everything that deletes files goes. */
  readonly removals: RemovalHold
}

/** @throws Error with a message for the operator: the folder is another server's, or cannot be used */
export async function openGround(options: StartOptions, closing: Closing): Promise<Ground> {
  const { log, predecessor } = options
  const config = predecessor ? atAddressOf(predecessor, options.config) : await withFreePort(options.config)
  const folder = await openDataFolder(config.home, { isSuccessor: predecessor !== null })
  closing.add('data folder', folder.close)
  const overlap = await createOverlap({
    ...{ home: config.home, runFolder: folder.folders.run, shutdownMs: config.shutdownMs },
    log: log.child({ part: 'restart' }),
  })
  const disk = await createDiskSpace({
    folders: [folder.path, ...Object.values(folder.folders)],
    limitPercent: config.diskLimitPercent,
    log,
  })
  closing.add('disk space', async () => disk.close())
  const removals = createRemovalHold({ log: log.child({ part: 'removals' }), isDiskFull: disk.isFull })
  return { ...options, config, closing, folder, disk, overlap, removals }
}

/** Where the server is that this one follows, whatever the settings say of the port. */
function atAddressOf({ url, port }: Predecessor, config: Config): Config {
  return { ...config, url: config.isUrlDerived ? url : config.url, listen: { ...config.listen, port } }
}
