/**
 * Restores a backup to an empty data folder and an empty database. All of it is read and compared with its checksums before
 * anything is touched, and once more while it is copied; the last step makes it count as a whole.
 */
import { join } from 'node:path'
import { MIGRATIONS } from '../db/migrate.ts'
import type { BackupConfig } from './back-up.ts'
import { BackupError, type BackupHeader, KEYS_STREAM, streamOf } from './format.ts'
import { giveTo } from './programs.ts'
import { readBackup, type WholeBackup } from './read-backup.ts'
import { openRestoreDatabase, type RestoreDatabase } from './restore-database.ts'
import { openRestoreFolder, type RestoreFolder } from './restore-folder.ts'
import { createStreams, type Streams } from './restore-streams.ts'
import { type BackupKeys, openKeys } from './sealed-keys.ts'
import { openSource, type Source } from './source.ts'

export interface RestoreOptions {
  readonly config: BackupConfig
  readonly source: string
  /** Undefined for a backup without keys; null to leave its keys out. */
  readonly passphrase: string | null | undefined
  readonly report: (line: string) => void
  /** Aborted, the restore leaves nothing. */
  readonly stop: AbortSignal
}

export interface RestoreSummary extends WholeBackup {
  readonly seconds: number
  readonly hasKeys: boolean
}

/** @throws BackupError and others; nothing is restored then */
export async function restore(options: RestoreOptions): Promise<RestoreSummary> {
  const { config, report, stop } = options
  const startedAt = Date.now()
  const source = await openSource(options.source)
  report('comparing the backup with its checksums')
  const keyParts: Buffer[] = []
  const backup = await readBackup(source, async ({ path, bytes }) => {
    stop.throwIfAborted()
    if (streamOf(path) === KEYS_STREAM) keyParts.push(bytes)
  })
  requireFitting(backup.header, config)
  const keys = await keysOf(backup.header, Buffer.concat(keyParts), options)
  const folder = await openRestoreFolder(config.home)
  try {
    await fill({ ...options, folder, source, header: backup.header, keys })
  } finally {
    folder.close()
  }
  return { ...backup, hasKeys: keys !== undefined, seconds: (Date.now() - startedAt) / 1000 }
}

function requireFitting({ schema, contentStaysIn }: BackupHeader, { data }: BackupConfig): void {
  if (schema > MIGRATIONS.length) {
    throw new BackupError(
      `The backup is of a newer server: expected migration ${MIGRATIONS.length} or lower, got ${schema}. Update Algorist first`,
    )
  }
  if (contentStaysIn === null && data.store !== null) {
    throw new BackupError('The backup has the content of files in it: restore without ALGORIST_DATA_STORE')
  }
  if (contentStaysIn !== null && data.store === null) {
    throw new BackupError(`The content of files stayed in ${contentStaysIn}: set ALGORIST_DATA_STORE to it`)
  }
}

async function keysOf(
  header: BackupHeader,
  sealed: Buffer,
  { config, passphrase }: RestoreOptions,
): Promise<BackupKeys | undefined> {
  if (!header.hasKeys) {
    if (typeof passphrase === 'string') throw new BackupError('The backup has no keys in it; give no passphrase')
    return undefined
  }
  if (passphrase === null) return undefined
  if (passphrase === undefined) {
    throw new BackupError('The backup has keys in it: give --passphrase-file or --passphrase-stdin, or --without-keys')
  }
  const keys = await openKeys(sealed, passphrase, header.id)
  if (config.masterKey && config.masterKey.toString('base64') !== keys.masterKey) {
    throw new BackupError('ALGORIST_MASTER_KEY is another key than that of the backup: unset it, or use --without-keys')
  }
  return keys
}

interface Filling extends Omit<RestoreOptions, 'source'> {
  readonly folder: RestoreFolder
  readonly source: Source
  readonly header: BackupHeader
  readonly keys: BackupKeys | undefined
}

async function fill(filling: Filling): Promise<void> {
  const { config, folder, header, report } = filling
  let database: RestoreDatabase | undefined
  try {
    report('making the database')
    database = await openRestoreDatabase({ database: config.database, schema: header.schema, restoreId: folder.id })
    await copy(filling, database)
    await writeKeys(filling)
    report('making it durable')
    await folder.settle()
    await database.settle()
    if (database.replacedNuls() > 0) report(`${database.replacedNuls()} characters NUL became U+FFFD`)
    // SQLite's file got its last rows just now.
    await folder.settle()
  } catch (error) {
    await undo(filling, database)
    throw error
  }
  await folder.finish()
  await database.finish()
  await database.close()
}

/** A database that is lost stays marked, and the folder as well: the next restore goes on from there. */
async function undo({ folder, report }: Filling, database: RestoreDatabase | undefined): Promise<void> {
  try {
    await database?.undo()
    await database?.close()
    await folder.undo()
  } catch (error) {
    report(`What was restored so far could not be removed: ${(error as Error).message}`)
  }
}

async function copy({ config, source, folder, report, stop }: Filling, database: RestoreDatabase): Promise<void> {
  const streams = createStreams({ folder, database, report })
  try {
    await readBackup(source, async (part) => {
      stop.throwIfAborted()
      await streams.take(part)
    })
    await streams.end()
  } catch (error) {
    await streams.abandon()
    throw error
  }
  await giveRepositories(config, folder, streams)
}

/** Host uids follow from this machine's ALGORIST_UID_BASE. */
async function giveRepositories({ sandbox }: BackupConfig, folder: RestoreFolder, streams: Streams): Promise<void> {
  if (sandbox.uidBase === null) return
  for (const { algorithmId, hostUid } of streams.repositories()) {
    if (hostUid !== undefined) await giveTo(sandbox.uidBase + hostUid, join(folder.repositories, `${algorithmId}.git`))
  }
}

async function writeKeys({ folder, keys, config }: Filling): Promise<void> {
  if (!keys) return
  if (config.masterKey === null) await folder.writeSecret('master.key', `${keys.masterKey}\n`)
  if (keys.bootstrap !== null) await folder.writeSecret('bootstrap.json', keys.bootstrap)
}
