/** The system's programs that a backup is made and restored with: `tar`, `sync`, `chown`, `setpriv`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { BackupError } from './format.ts'

/** The whole environment of each. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' }

export interface TreeToArchive {
  readonly folder: string
  /** Of entries in the folder, in the order in which they are read. */
  readonly names: readonly string[]
  /** Patterns of what is left out, from the folder on. */
  readonly excluded?: readonly string[]
  /** Whose rights it is read with; undefined: those of this process. */
  readonly uid?: number | undefined
  /** True where entries may be replaced while they are read. */
  readonly mayChange?: boolean
}

/** A folder as a tar stream. @throws BackupError when it could not be read */
export async function* archive(tree: TreeToArchive): AsyncGenerator<Buffer> {
  const excluded = (tree.excluded ?? []).map((pattern) => `--exclude=${pattern}`)
  const options = [
    '--create',
    '--sort=name',
    '--numeric-owner',
    '--anchored',
    ...excluded,
    `--directory=${tree.folder}`,
  ]
  const child = start(asUser(tree.uid, ['tar', ...options, '--', ...tree.names]))
  const ended = endOf(child)
  child.stdin.end()
  yield* child.stdout as AsyncIterable<Buffer>
  const { code, said } = await ended
  // 1: some file changed while it was read.
  if (code !== 0 && !(code === 1 && tree.mayChange)) throw new BackupError(`tar of ${tree.folder} failed: ${said}`)
}

export interface Extraction {
  write(bytes: Buffer): Promise<void>
  /** @throws BackupError when what was written is no whole archive */
  end(): Promise<void>
  /** Resolves when nothing more is written. */
  abandon(): Promise<void>
}

/** No setuid bits, whatever the umask of whoever restores is; and nobody has to trust that there are no devices in it. */
const PLAIN = ['sh', '-c', 'umask 022; exec "$@"', 'sh']
const WITHOUT_DEVICES = ['setpriv', '--bounding-set=-mknod', '--']

/** Unpacks a tar stream into a folder; what comes out belongs to this process's user. */
export function extract(folder: string): Extraction {
  const options = ['--extract', '--no-same-owner', '--no-same-permissions', `--directory=${folder}`]
  const isRoot = process.getuid?.() === 0
  const child = start([...(isRoot ? WITHOUT_DEVICES : []), ...PLAIN, 'tar', ...options])
  const ended = endOf(child)
  child.stdin.on('error', () => {})
  child.stdout.resume()
  return {
    async write(bytes) {
      if (child.stdin.destroyed || child.stdin.write(bytes)) return
      await Promise.race([once(child.stdin, 'drain').catch(() => {}), ended])
    },
    async end() {
      child.stdin.end()
      const { code, said } = await ended
      if (code !== 0) throw new BackupError(`tar could not write to ${folder}: ${said}`)
    },
    async abandon() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Makes everything below a folder durable. */
export function syncFileSystem(folder: string): Promise<void> {
  return run(['sync', '--file-system', folder])
}

/** Gives a folder and what is in it to a user. */
export function giveTo(uid: number, folder: string): Promise<void> {
  return run(['chown', '--no-dereference', '--recursive', `${uid}:${uid}`, folder])
}

async function run(command: readonly string[]): Promise<void> {
  const child = start(command)
  child.stdin.end()
  child.stdout.resume()
  const { code, said } = await endOf(child)
  if (code !== 0) throw new BackupError(`${command[0]} failed: ${said}`)
}

function asUser(uid: number | undefined, command: readonly string[]): readonly string[] {
  if (uid === undefined) return command
  const ids = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--bounding-set=-all', '--inh-caps=-all']
  return ['setpriv', ...ids, '--no-new-privs', '--', ...command]
}

type Started = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable }

function start([program = '', ...args]: readonly string[]): Started {
  return spawn(program, args, { cwd: '/', env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'pipe'] })
}

async function endOf(child: Started): Promise<{ readonly code: number; readonly said: string }> {
  const ended = new Promise<number>((settle) => {
    child.once('error', () => settle(127))
    child.once('close', (code) => settle(code ?? 128))
  })
  // A full disk is said once for each file.
  const said = (await text(child.stderr)).trim().split('\n', 2).join('; ').slice(0, 1000)
  const code = await ended
  return { code, said: said || `it ended with ${code}` }
}
