/**
 * The processes on the host that make and serve one contained network. They run under the uid of its sandbox, in a process
 * group of their own, and end when the server does: each watches a pipe that only the server holds the other end of.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'

export const TUN = '/dev/net/tun'
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }
const LONGEST_MESSAGE = 2000

/**
 * For hosts where only root may open the tunnel device: a view of the file system in which everybody may, as distributions
 * have it. Making an interface takes rights over a network all the same.
 */
const OWN_TUN = `mount -t tmpfs -o mode=755,size=64k tmpfs ${TUN.replace('/tun', '')} && mknod -m 666 ${TUN} c 10 200 && exec "$@"`

export interface Helper {
  readonly pid: number
  /** Resolves when it has ended, with the last of what it wrote to standard error. */
  readonly ended: Promise<string>
  /** Ends it now. */
  end(): Promise<void>
}

export interface HelperOptions {
  readonly command: readonly string[]
  readonly uid: number | null
  /** Descriptor on which it says that it is ready, and the one whose end it takes as its own. */
  readonly readyFd: number
  readonly lifeFd: number
  readonly timeoutMs: number
}

/**
 * Starts a helper and waits until it is ready.
 * @throws Error with its own words when it ends before, or takes too long
 */
export async function startHelper(options: HelperOptions): Promise<Helper> {
  const { uid, readyFd, lifeFd, timeoutMs } = options
  const { program, args, ids } = underUid(options.command, uid)
  const stdio = (['ignore', 'ignore', 'pipe', 'ignore', 'ignore'] as const).map((usual, fd) =>
    fd === readyFd || fd === lifeFd ? 'pipe' : usual,
  )
  const child = spawn(program, args, { cwd: '/', env: ENVIRONMENT, detached: true, stdio, ...ids })
  const ended = endOf(child)
  const ready = child.stdio[readyFd] as Readable
  const life = child.stdio[lifeFd] as Writable
  for (const stream of [ready, life]) stream?.on('error', () => {})
  async function end(): Promise<void> {
    life?.destroy()
    child.kill('SIGKILL')
    await ended
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const isReady = new Promise<true>((resolve) => ready?.once('data', () => resolve(true)))
  const message = await Promise.race([isReady, ended])
  clearTimeout(timer)
  if (message === true && child.pid !== undefined) return { pid: child.pid, ended, end }
  await end()
  throw new Error(`${options.command[0]} failed: ${message === '' ? 'it said nothing' : message}`)
}

/** Runs a program under a uid to its end, with something on its standard input. @throws Error with its own words */
export async function runUnderUid(command: readonly string[], uid: number | null, input: string): Promise<void> {
  const [program = '', ...args] = command
  const ids = uid === null ? {} : { uid, gid: uid }
  const child = spawn(program, args, { cwd: '/', env: ENVIRONMENT, stdio: ['pipe', 'ignore', 'pipe'], ...ids })
  child.stdin?.on('error', () => {}).end(input)
  const message = await endOf(child)
  if (child.exitCode !== 0) throw new Error(`${program} failed: ${message}`)
}

function underUid(command: readonly string[], uid: number | null) {
  const [program = '', ...args] = command
  if (uid === null) return { program, args, ids: {} }
  if (isOpenToAll(TUN)) return { program, args, ids: { uid, gid: uid } }
  const asUid = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--', ...command]
  const inView = ['--mount', '--propagation', 'private', '--', 'sh', '-c', OWN_TUN, 'network', ...asUid]
  return { program: 'unshare', args: inView, ids: {} }
}

export function isOpenToAll(path: string): boolean {
  try {
    return (statSync(path).mode & 0o006) === 0o006
  } catch {
    return false
  }
}

function endOf(child: ChildProcess): Promise<string> {
  let message = ''
  child.stderr?.on('data', (bytes: Buffer) => {
    message = (message + bytes.toString('utf8')).slice(-LONGEST_MESSAGE)
  })
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', () => resolve(message.trim()))
  })
}
