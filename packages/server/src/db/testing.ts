/**
 * Databases for tests: real SQLite files and a real PostgreSQL server, which is started from the system's package
 * when a test first needs it. Not part of the server.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chown, copyFile, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createDatabase, type DatabaseOptions, type OpenDatabase } from './database.ts'
import type { Engine } from './migrate.ts'

/** An engine to run a suite on. */
export interface TestEngine {
  readonly engine: Engine
  /** Options of a new, empty database; it is removed when the test file ends. */
  create(): Promise<DatabaseOptions>
  /** Opens a new, migrated database; it is closed when the test file ends. */
  open(): Promise<OpenDatabase>
}

interface PostgresServer {
  readonly socketFolder: string
  stop(): Promise<void>
}

const INSTALL = 'apt-get install --no-install-recommends postgresql'
const USER = 'algorist'

/**
 * Both engines, for `for (const { engine, open } of testDatabases())`. Call it once per test file, at top level.
 * Without PostgreSQL its tests fail and name the package.
 */
export function testDatabases(): readonly TestEngine[] {
  const databases: OpenDatabase[] = []
  const folders: string[] = []
  let server: Promise<PostgresServer> | undefined
  let migratedSqlite: Promise<DatabaseOptions> | undefined
  let migratedPostgres: Promise<DatabaseOptions> | undefined
  let count = 0

  async function newFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'algorist-db-'))
    folders.push(folder)
    return folder
  }

  async function createSqlite(): Promise<DatabaseOptions> {
    return { url: null, sqlitePath: join(await newFolder(), 'test.sqlite'), maxConnections: 1 }
  }

  async function createPostgres(template = 'template1'): Promise<DatabaseOptions> {
    server ??= newFolder().then(startPostgres)
    const { socketFolder } = await server
    const name = `test_${++count}`
    await execute(urlOf(socketFolder, 'postgres'), `create database ${name} template ${template}`)
    return { url: urlOf(socketFolder, name), sqlitePath: '', maxConnections: 10 }
  }

  /** Migrations run once per engine; every further database is a copy. */
  async function migrated(options: Promise<DatabaseOptions>): Promise<DatabaseOptions> {
    const database = await createDatabase(await options)
    await database.close()
    return options
  }

  async function copySqlite(): Promise<DatabaseOptions> {
    migratedSqlite ??= migrated(createSqlite())
    const options = await createSqlite()
    await copyFile((await migratedSqlite).sqlitePath, options.sqlitePath)
    return options
  }

  async function copyPostgres(): Promise<DatabaseOptions> {
    migratedPostgres ??= migrated(createPostgres())
    return createPostgres(nameOf((await migratedPostgres).url ?? ''))
  }

  async function open(create: () => Promise<DatabaseOptions>): Promise<OpenDatabase> {
    const database = await createDatabase(await create())
    databases.push(database)
    return database
  }

  after(async () => {
    await Promise.all(databases.map((database) => database.close()))
    await (await server)?.stop()
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
  })
  return [
    { engine: 'sqlite', create: createSqlite, open: () => open(copySqlite) },
    { engine: 'postgres', create: () => createPostgres(), open: () => open(copyPostgres) },
  ]
}

/** Starts a server that listens on a socket in `folder` only, and that ends with this process. */
async function startPostgres(folder: string): Promise<PostgresServer> {
  const programs = findPrograms()
  const user = unprivilegedUser()
  if (user) await chown(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  await makeCluster(data, () => {
    // A locale of its own, so that only our collation can explain the order of names.
    const locale = ['--locale-provider=icu', '--icu-locale=en', '--locale=C.UTF-8', '--encoding=UTF8']
    const init = ['-D', data, '-U', USER, '--auth=trust', '--no-sync', ...locale]
    runToEnd(user, join(programs, 'initdb'), init)
  })
  const options = ['fsync=off', 'listen_addresses=', `unix_socket_directories=${folder}`, 'shared_buffers=32MB']
  const server = start(user, join(programs, 'postgres'), ['-D', data, ...options.flatMap((option) => ['-c', option])])
  await waitUntilReady(folder, server)
  return {
    socketFolder: folder,
    async stop() {
      const exited = once(server, 'exit')
      server.kill('SIGINT')
      await exited
    },
  }
}

/** Copies the cluster that another test file of this run has made, where `bin/test` names a place for it. */
async function makeCluster(data: string, initialize: () => void): Promise<void> {
  const shared = process.env.TEST_POSTGRES_CLUSTER
  if (shared !== undefined && existsSync(shared)) return copyFolder(shared, data)
  initialize()
  if (shared === undefined) return
  const own = `${shared}.${process.pid}`
  copyFolder(data, own)
  // Another file may have been faster.
  await rename(own, shared).catch(() => rm(own, { recursive: true, force: true }))
}

/** With owners and modes. */
function copyFolder(from: string, to: string): void {
  execFileSync('/bin/cp', ['-a', from, to], { env, timeout: 120_000 })
}

function findPrograms(): string {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root)
    ? readdirSync(root).filter((name) => existsSync(join(root, name, 'bin/initdb')))
    : []
  const newest = versions.sort((a, b) => Number(a) - Number(b)).at(-1)
  if (!newest) throw new Error(`PostgreSQL is not installed, and this suite runs on it too: ${INSTALL}`)
  return join(root, newest, 'bin')
}

interface UnprivilegedUser {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL refuses to run as root. Null: this process can run it as it is. */
function unprivilegedUser(): UnprivilegedUser | null {
  if (process.getuid?.() !== 0) return null
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  return { uid: Number(uid ?? 65534), gid: Number(gid ?? 65534) }
}

const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' }

/** `setpriv` also ends the program when this process is killed. */
function commandFor(user: UnprivilegedUser | null, program: string, args: string[]): [string, string[]] {
  const drop = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : []
  return ['/usr/bin/setpriv', [...drop, '--pdeathsig=INT', program, ...args]]
}

function runToEnd(user: UnprivilegedUser | null, program: string, args: string[]): void {
  const done = spawnSync(...commandFor(user, program, args), { env, cwd: '/', encoding: 'utf8', timeout: 120_000 })
  if (done.status !== 0) throw new Error(`${program} failed (${done.status ?? done.signal}): ${done.stderr}`)
}

function start(user: UnprivilegedUser | null, program: string, args: string[]): ChildProcess {
  return spawn(...commandFor(user, program, args), { env, cwd: '/', stdio: 'ignore' })
}

async function waitUntilReady(folder: string, server: ChildProcess): Promise<void> {
  const end = Date.now() + 60_000
  for (;;) {
    try {
      return await execute(urlOf(folder, 'postgres'), 'select 1')
    } catch (error) {
      if (Date.now() > end || server.exitCode !== null) throw error
      await sleep(50)
    }
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function urlOf(socketFolder: string, database: string): string {
  return `postgres://${USER}@localhost/${database}?host=${encodeURIComponent(socketFolder)}`
}

const nameOf = (url: string): string => new URL(url).pathname.slice(1)
