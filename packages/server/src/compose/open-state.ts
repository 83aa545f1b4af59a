/** Opens what the server knows, in order: the database, and what is held of it in memory. */
import { createAccountDirectory } from '../accounts/directory.ts'
import { createSessions } from '../accounts/sessions.ts'
import { createCatalog } from '../algorithms/catalog.ts'
import { createHtmlRenderer } from '../algorithms/html-renderer.ts'
import { ensureBootstrap } from '../bootstrap.ts'
import { createDatabase } from '../db/database.ts'
import type { Engine } from '../db/migrate.ts'
import { createKeyRing } from '../keys/key-ring.ts'
import { keepLastUsed } from '../keys/last-used.ts'
import { createMailer } from '../mail/mailer.ts'
import { createSecretBox } from '../secret-box.ts'
import type { Services } from '../services.ts'
import type { Ground } from './open-ground.ts'

export interface State
  extends Pick<Services, 'db' | 'directory' | 'keyRing' | 'sessions' | 'mailer' | 'secretBox' | 'catalog' | 'html'> {
  readonly engine: Engine
}

/** @throws Error with a message for the operator */
export async function openState({ folder, config, log, closing }: Ground): Promise<State> {
  const secretBox = createSecretBox(await folder.masterKey(config.masterKey))
  const database = await createDatabase({
    ...config.database,
    onLost: (error) => {
      log.fatal({ err: error }, 'the database died; ending, so that a service manager starts the server again')
      process.exit(1)
    },
    onConnectionLost: (error) => log.warn({ err: error }, 'a database connection was lost'),
  })
  closing.add('database', database.close)
  const { db } = database
  const directory = await createAccountDirectory(db)
  const keyRing = await createKeyRing(db)
  closing.add('last use of keys', keepLastUsed({ db, keyRing, log }).close)
  const sessions = await createSessions(db)
  closing.add('sessions', async () => sessions.close())
  const mailer = createMailer({ ...config.mail, log: log.child({ part: 'mail' }) })
  closing.add('mail', mailer.close)
  const isFirstStart = await ensureBootstrap({
    services: { db, directory, keyRing, secretBox },
    file: folder.bootstrapFile,
    url: config.url,
    admin: config.admin,
  })
  if (isFirstStart)
    log.info({ file: folder.bootstrapFile }, 'first start: the administrator and its keys are in this file')
  const catalog = await createCatalog(db)
  const html = createHtmlRenderer()
  closing.add('html', html.close)
  return { engine: database.engine, db, directory, keyRing, sessions, mailer, secretBox, catalog, html }
}
