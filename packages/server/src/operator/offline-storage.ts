/** Repositories and hosted data for commands that run without a server. */
import type { AccountDirectory } from '../accounts/directory.ts'
import { createHostUids } from '../accounts/host-uids.ts'
import type { Closing } from '../closing.ts'
import type { Config } from '../config.ts'
import { createObjects } from '../data/objects.ts'
import { openStore } from '../data/open-store.ts'
import { createReclaimer } from '../data/reclaimer.ts'
import type { DataFolder } from '../data-folder.ts'
import { createDiskSpace } from '../disk-space.ts'
import { createRepositories } from '../git/repositories.ts'
import type { Services } from '../services.ts'
import type { OperatorStorage } from './command.ts'

interface Opening {
  readonly config: Config
  readonly log: Services['log']
  readonly closing: Closing
  readonly folder: DataFolder
  readonly db: Services['db']
  readonly directory: AccountDirectory
}

/** Opens them; `closing` closes them again. @throws Error when the store of hosted data cannot be used */
export async function openStorage({ config, log, closing, folder, db, directory }: Opening): Promise<OperatorStorage> {
  const repositories = await createRepositories({
    folder: folder.folders.repositories,
    log,
    uidOf: createHostUids(directory, config.sandbox.uidBase),
  })
  const store = await openStore(config.data.store, {
    folder: folder.folders.data,
    silenceMs: config.storageSilenceMs,
  })
  closing.add('store of data', store.close)
  const objects = createObjects({ driver: store.driver, log })
  closing.add('objects', objects.idle)
  const reclaimer = createReclaimer({ db, objects, log })
  closing.add('deleted collections', reclaimer.close)
  const folders = [folder.path, ...Object.values(folder.folders)]
  const disk = await createDiskSpace({ folders, limitPercent: config.diskLimitPercent, log })
  closing.add('disk space', async () => disk.close())
  // What is recorded as in progress is built by the next server.
  const builds = { start: () => {}, waitFor: async () => undefined }
  return { repositories, objects, reclaimer, disk, builds }
}
