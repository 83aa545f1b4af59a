/**
 * Makes a backup, while a server runs and while none does. One state of the database is read first; what its rows name
 * outside is copied after. That is consistent since all of it is only ever added to: hosted content and artifacts are written
 * once and named by a row afterwards, repositories get objects before the refs that name them, and removals, which come after
 * the row is gone, are held back (removal-hold.ts). Settings are not part of it.
 */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '../atomic-file.ts'
import type { Config } from '../config.ts'
import { MIGRATIONS } from '../db/migrate.ts'
import { serverVersion } from '../version.ts'
import { type CopyOptions, copyArtifacts, copyFiles, copyRepositories } from './copy-things.ts'
import {
  BACKUP_FORMAT,
  BackupError,
  type BackupHeader,
  HEADER_PATH,
  jsonBytes,
  KEYS_STREAM,
  MANIFEST_PATH,
  manifestBytes,
} from './format.ts'
import { readNamedThings } from './named-things.ts'
import { createPartWriter, type PartWriter } from './part-writer.ts'
import { requireGoodPassphrase, sealKeys } from './sealed-keys.ts'
import { openSink, type Sink } from './sink.ts'
import { openSnapshot, type Snapshot } from './snapshot.ts'
import { holdStore } from './store-hold.ts'
import { linesOf } from './table-lines.ts'

export type BackupConfig = Pick<Config, 'home' | 'database' | 'data' | 'masterKey' | 'sandbox'>

export interface BackUpOptions {
  readonly config: BackupConfig
  /** See {@link openSink}. */
  readonly target: string
  /** Given: keys and first credentials are in the backup, sealed with it. */
  readonly passphrase: string | undefined
  /** Told what is being done, for people. */
  readonly report: (line: string) => void
  /** Aborted, the backup leaves nothing. */
  readonly stop: AbortSignal
}

export interface BackupSummary {
  readonly id: string
  readonly schema: number
  readonly rows: number
  readonly repositories: number
  readonly artifacts: number
  readonly files: number
  readonly bytes: number
  readonly seconds: number
  readonly hasKeys: boolean
  readonly problems: { readonly count: number; readonly first: readonly string[] }
}

const FIRST_PROBLEMS = 100

/** @throws BackupError and others; there is nothing of the target then */
export async function backUp(options: BackUpOptions): Promise<BackupSummary> {
  const { config, target, passphrase, stop } = options
  if (passphrase !== undefined) requireGoodPassphrase(passphrase)
  await requireDataFolder(config.home)
  const sink = await openSink(target)
  let isDone = false
  try {
    const hold = await holdStore(config.home)
    const signal = AbortSignal.any([stop, hold.lost])
    try {
      const summary = await write(options, sink, signal)
      signal.throwIfAborted()
      await sink.finish()
      isDone = true
      return summary
    } catch (error) {
      // Whatever failed first, this is why.
      signal.throwIfAborted()
      throw error
    } finally {
      await hold.release()
    }
  } finally {
    if (!isDone) await sink.abandon()
  }
}

async function write(
  { config, passphrase, report }: BackUpOptions,
  sink: Sink,
  signal: AbortSignal,
): Promise<BackupSummary> {
  const startedAt = Date.now()
  const problems = createProblems(report)
  const parts = createPartWriter(sink, signal)
  report('reading the database')
  const snapshot = await openSnapshot(config.database)
  let header: BackupHeader
  let tables: Record<string, number>
  let named: Awaited<ReturnType<typeof readNamedThings>>
  try {
    header = headerOf(config, snapshot, passphrase !== undefined)
    await parts.add(HEADER_PATH, jsonBytes(header))
    tables = await writeTables(parts, snapshot)
    named = await readNamedThings(snapshot)
  } finally {
    // Of SQLite it keeps the log from being emptied, so it must not be open for longer.
    await snapshot.close()
  }
  if (passphrase !== undefined) await writeKeys(parts, config, { passphrase, id: header.id })

  const copying: CopyOptions = { config, parts, problem: problems.add }
  report(`copying ${named.repositories.length} repositories`)
  const repositories = await copyRepositories(copying, named.repositories)
  report(`copying ${named.artifacts.length} artifacts`)
  const artifacts = await copyArtifacts(copying, named.artifacts)
  const isContentHere = header.contentStaysIn === null
  report(
    isContentHere ? `copying ${named.files.length} files` : `the content of files stays in ${header.contentStaysIn}`,
  )
  const files = isContentHere ? await copyFiles(copying, named.files) : { count: 0, bytes: 0 }

  const sums = await parts.finish()
  const manifest = {
    id: header.id,
    finishedAt: new Date().toISOString(),
    tables,
    ...{ repositories, artifacts, files: files.count, fileBytes: files.bytes },
    problems: problems.list(),
    parts: sums,
  }
  await sink.add({ path: MANIFEST_PATH, bytes: manifestBytes(manifest) })
  return {
    ...{ id: header.id, schema: header.schema, hasKeys: header.hasKeys },
    rows: Object.values(tables).reduce((sum, count) => sum + count, 0),
    ...{ repositories, artifacts, files: files.count, bytes: sums.bytes },
    seconds: (Date.now() - startedAt) / 1000,
    problems: manifest.problems,
  }
}

/** Making one here, as a server would, would hide a wrong ALGORIST_HOME. */
async function requireDataFolder(home: string): Promise<void> {
  try {
    await readFile(join(home, 'format'))
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
    throw new BackupError(`There is no data folder at ${home}: set ALGORIST_HOME to the one of the server`)
  }
}

function headerOf({ data }: BackupConfig, { engine, schema }: Snapshot, hasKeys: boolean): BackupHeader {
  if (schema > MIGRATIONS.length) {
    throw new BackupError(
      `The database was changed by a newer server: expected migration ${MIGRATIONS.length} or lower, got ${schema}`,
    )
  }
  return {
    format: BACKUP_FORMAT,
    id: randomUUID(),
    startedAt: new Date().toISOString(),
    serverVersion,
    engine,
    schema,
    contentStaysIn: data.store === null ? null : `s3://${data.store.bucket}/${data.store.prefix}`,
    hasKeys,
  }
}

async function writeTables(parts: PartWriter, snapshot: Snapshot): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const table of snapshot.tables) {
    const columns = await snapshot.columns(table)
    let count = 0
    const lines = linesOf({ table, columns }, snapshot.rows(table, columns), () => {
      count++
    })
    await parts.addStream(`database/${table}.jsonl`, lines)
    counts[table] = count
  }
  return counts
}

async function writeKeys(
  parts: PartWriter,
  config: BackupConfig,
  { passphrase, id }: { readonly passphrase: string; readonly id: string },
): Promise<void> {
  const masterKey = config.masterKey?.toString('base64') ?? (await readIfThere(join(config.home, 'master.key')))?.trim()
  if (masterKey === undefined) throw new BackupError(`There is no master key in ${config.home}`)
  const bootstrap = (await readIfThere(join(config.home, 'bootstrap.json'))) ?? null
  await parts.addStream(KEYS_STREAM, [await sealKeys({ masterKey, bootstrap }, passphrase, id)])
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function createProblems(report: (line: string) => void) {
  const first: string[] = []
  let count = 0
  return {
    add(problem: string): void {
      count++
      if (first.length < FIRST_PROBLEMS) first.push(problem)
      report(`PROBLEM: ${problem}`)
    },
    list: () => ({ count, first }),
  }
}
