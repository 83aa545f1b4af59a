/**
 * What no client can see: the tables and files of a server that has settled. Everything here only reads. This file
 * and stored-objects.ts alone know the layout of the data folder and a few columns.
 */
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'

/** A call that failed, as the call log has it. */
export interface FailedCall {
  readonly requestId: string
  readonly errorType: string
  readonly message: string
}

export interface Tables {
  readonly pendingCalls: number
  readonly failedCalls: readonly FailedCall[]
  readonly algorithms: readonly string[]
  /** Artifacts of builds that succeeded. */
  readonly artifacts: readonly string[]
  /** What SQLite itself finds wrong. */
  readonly damage: readonly string[]
}

export function countPendingCalls(home: string): number {
  return readDatabase(home, (db) => Number(db.prepare('select count(*) as count from pending_calls').get()?.count))
}

export function readTables(home: string): Tables {
  return readDatabase(home, (db) => {
    const texts = (sql: string) =>
      db
        .prepare(sql)
        .all()
        .map((row) => String(Object.values(row)[0]))
    return {
      pendingCalls: Number(texts('select count(*) from pending_calls')[0]),
      failedCalls: db
        .prepare('select request_id, error_type, message from call_log where error_type is not null')
        .all()
        .map((row) => ({
          requestId: String(row.request_id),
          errorType: String(row.error_type),
          message: String(row.message),
        })),
      algorithms: texts('select id from algorithms'),
      artifacts: texts(`select artifact from builds where status = 'succeeded'`),
      damage: [
        ...texts('pragma integrity_check').filter((line) => line !== 'ok'),
        ...texts('pragma foreign_key_check').map((table) => `a row of ${table} refers to nothing`),
      ],
    }
  })
}

/** Reads the tables of a server, which may be running. */
export function readDatabase<T>(home: string, use: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(home, 'db/algorist.sqlite'), { readOnly: true, timeout: 5000 })
  try {
    return use(db)
  } finally {
    db.close()
  }
}

/** Compares the files with the tables. @returns the violations */
export async function findStrayFiles(home: string, tables: Tables): Promise<string[]> {
  const repositories = (await readdir(join(home, 'git'))).filter((name) => name.endsWith('.git'))
  return [
    ...difference(
      'repository',
      repositories.map((name) => name.slice(0, -'.git'.length)),
      tables.algorithms,
    ),
    ...difference('artifact', await readdir(join(home, 'runner/artifacts')), tables.artifacts),
    ...(await readdir(join(home, 'runner/builds'))).map((name) => `runner/builds/${name} is left`),
    ...(await findTemporaryFiles(home)).map((path) => `${path} is left`),
    ...(await Promise.all(repositories.map((name) => checkRepository(join(home, 'git', name))))).flat(),
  ]
}

function difference(what: string, found: readonly string[], expected: readonly string[]): string[] {
  return [
    ...found.filter((name) => !expected.includes(name)).map((name) => `${what} ${name} belongs to nothing`),
    ...expected.filter((name) => !found.includes(name)).map((name) => `${what} ${name} is missing`),
  ]
}

/** Names that git, the server and the runner give to what is not finished. */
const TEMPORARY = /\.tmp$|\.lock$|\.partial$|^tmp_|incoming-|^trash-/

async function findTemporaryFiles(home: string): Promise<string[]> {
  const places = ['', 'db', 'run', 'runner', 'runner/runtime', 'runner/artifacts']
  const flat = await Promise.all(
    places.map(async (place) => (await readdir(join(home, place))).map((name) => join(place, name))),
  )
  const git = (await readdir(join(home, 'git'), { recursive: true })).map((name) => join('git', name))
  return [...flat.flat(), ...git].filter((path) => TEMPORARY.test(path.split('/').at(-1) ?? ''))
}

async function checkRepository(path: string): Promise<string[]> {
  try {
    await promisify(execFile)(
      'git',
      ['-c', 'safe.directory=*', '--git-dir', path, 'fsck', '--full', '--no-dangling', '--no-progress'],
      {
        env: { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', HOME: '/nonexistent' },
        timeout: 60_000,
      },
    )
    return []
  } catch (error) {
    return [`git fsck of ${path}: ${(error as { stderr?: string }).stderr || error}`]
  }
}
