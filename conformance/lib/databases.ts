/**
 * Databases that are filled behind a server's back, for programs that need more rows than requests could make in time: the
 * file of SQLite, and a PostgreSQL server of its own from the system's package. Rows are written as SQL that both understand.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { until } from './until.ts'

export type Engine = 'sqlite' | 'postgres'

export interface FilledDatabase {
  /** Settings of a server that uses it. */
  readonly settings: Readonly<Record<string, string>>
  /** Runs statements; for SQLite no server may have it open. */
  execute(sql: string): void
  /** Runs one statement and resolves to its rows, columns separated by `|`; a server may have it open. */
  query(sql: string): readonly string[]
  close(): Promise<void>
}

/** @param home data folder of the server */
export function openDatabase(engine: Engine, home: string): Promise<FilledDatabase> {
  return engine === 'sqlite' ? Promise.resolve(sqliteIn(home)) : startPostgres()
}

/** A server writes in short transactions. */
const BUSY_MS = 10_000

function sqliteIn(home: string): FilledDatabase {
  const path = join(home, 'db/algorist.sqlite')
  return {
    settings: {},
    execute(sql) {
      const database = new DatabaseSync(path)
      try {
        database.exec(`pragma cache_size = -400000; pragma synchronous = off; ${sql}`)
      } finally {
        database.close()
      }
    },
    query(sql) {
      const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS })
      try {
        return database
          .prepare(sql)
          .all()
          .map((row) => Object.values(row).join('|'))
      } finally {
        database.close()
      }
    },
    close: async () => {},
  }
}

const START_MS = 60_000
const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' }

async function startPostgres(): Promise<FilledDatabase> {
  const programs = findPrograms()
  const folder = await mkdtemp(join(tmpdir(), 'algorist-postgres-'))
  const drop = unprivileged(folder)
  const run = (program: string, args: readonly string[], input = '') =>
    execFileSync('/usr/bin/setpriv', [...drop, join(programs, program), ...args], { env, cwd: '/', input })
  const data = join(folder, 'data')
  run('initdb', ['-D', data, '-U', 'algorist', '--auth=trust', '--no-sync', '--locale=C.UTF-8', '--encoding=UTF8'])
  const options = ['listen_addresses=', `unix_socket_directories=${folder}`].flatMap((option) => ['-c', option])
  const program = [...drop, '--pdeathsig=INT', join(programs, 'postgres'), '-D', data, ...options]
  const server = spawn('/usr/bin/setpriv', program, { env, cwd: '/', stdio: 'ignore' })
  const connection = ['-h', folder, '-U', 'algorist', '-d', 'postgres']
  // It has its socket before it takes connections.
  const isReady = () => spawnSync(join(programs, 'pg_isready'), ['-q', ...connection], { env }).status === 0
  await until('PostgreSQL', () => isReady() || server.exitCode !== null, { timeoutMs: START_MS })
  if (server.exitCode !== null) throw new Error('PostgreSQL does not start')
  return {
    settings: {
      ALGORIST_DATABASE_URL: `postgres://algorist@localhost/postgres?host=${encodeURIComponent(folder)}`,
    },
    execute: (sql) => void run('psql', [...connection, '-q', '-v', 'ON_ERROR_STOP=1'], sql),
    query: (sql) =>
      run('psql', [...connection, '-qAt', '-v', 'ON_ERROR_STOP=1', '-c', sql])
        .toString()
        .trimEnd()
        .split('\n'),
    async close() {
      const exited = once(server, 'exit')
      server.kill('SIGINT')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function findPrograms(): string {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(a) - Number(b)) : []
  const newest = versions.filter((name) => existsSync(join(root, name, 'bin/initdb'))).at(-1)
  if (!newest) throw new Error('PostgreSQL is not installed: apt-get install --no-install-recommends postgresql')
  return join(root, newest, 'bin')
}

/** PostgreSQL refuses to run as root. */
function unprivileged(folder: string): string[] {
  if (process.getuid?.() !== 0) return []
  const [, uid = '65534', gid = '65534'] =
    /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  chownSync(folder, Number(uid), Number(gid))
  return [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
}
