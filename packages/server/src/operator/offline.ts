/** What operators' commands work with while no server runs: the same rules on the store itself, opened for one command. */
import { createAccountDirectory } from '../accounts/directory.ts'
import { createLoginGuard } from '../accounts/login-guard.ts'
import { createSessions } from '../accounts/sessions.ts'
import { createCatalog } from '../algorithms/catalog.ts'
import { createClosing } from '../closing.ts'
import type { Config } from '../config.ts'
import { openDataFolder } from '../data-folder.ts'
import { createDatabase } from '../db/database.ts'
import { createKeyRing } from '../keys/key-ring.ts'
import { createMailer } from '../mail/mailer.ts'
import { createSecretBox } from '../secret-box.ts'
import type { Services } from '../services.ts'
import { createAccountQuotas } from '../usage/quotas.ts'
import type { OperatorServices } from './command.ts'
import { openStorage } from './offline-storage.ts'

/**
 * Opens the store, runs `use`, and closes it again. No second command or server gets in between.
 * @throws Error when a server has the data folder, or the database cannot be opened
 */
export async function withStore<T>(
  config: Config,
  log: Services['log'],
  use: (services: OperatorServices) => Promise<T>,
): Promise<T> {
  const closing = createClosing(log)
  try {
    const folder = await openDataFolder(config.home)
    closing.add('data folder', folder.close)
    const secretBox = createSecretBox(await folder.masterKey(config.masterKey))
    const database = await createDatabase({
      ...config.database,
      onLost: (error) => log.error({ err: error }, 'the database died'),
      onConnectionLost: (error) => log.warn({ err: error }, 'a database connection was lost'),
    })
    closing.add('database', database.close)
    const { db } = database
    const directory = await createAccountDirectory(db)
    const sessions = await createSessions(db)
    closing.add('sessions', async () => sessions.close())
    const mailer = createMailer({ ...config.mail, log })
    closing.add('mail', mailer.close)
    return await use({
      db,
      directory,
      keyRing: await createKeyRing(db),
      catalog: await createCatalog(db),
      storage: () => openStorage({ config, log, closing, folder, db, directory }),
      // No worker runs that could be replaced.
      runner: { recycle: async () => {} },
      loginGuard: createLoginGuard(),
      quotas: await createAccountQuotas({ db, common: config.quotas }),
      secretBox,
      sessions,
      mailer,
      config,
      log,
    })
  } finally {
    await closing.closeAll()
  }
}
