/**
 * The processes on the host that make and serve one contained network. They run under the uid of its sandbox, in a process
 * group of their own, and end when the server does: each watches a pipe that only the server holds the other end of.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }
const LONGEST_MESSAGE = 2000

export interface Helper {
  readonly pid: number
  isRunning(): boolean
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
  const [program = '', ...args] = options.command
  const stdio = (['ignore', 'ignore', 'pipe', 'ignore', 'ignore'] as const).map((usual, fd) =>
    fd === readyFd || fd === lifeFd ? 'pipe' : usual,
  )
  const child = spawn(program, args, { cwd: '/', env: ENVIRONMENT, detached: true, stdio, ...idsOf(uid) })
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
  const isRunning = () => child.exitCode === null && child.signalCode === null
  if (message === true && child.pid !== undefined) return { pid: child.pid, isRunning, ended, end }
  await end()
  throw new Error(`${program} failed: ${message === '' ? 'it said nothing' : message}`)
}

/** Runs a program under a uid to its end, with something on its standard input. @throws Error with its own words */
export async function runUnderUid(command: readonly string[], uid: number | null, input: string): Promise<void> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd: '/', env: ENVIRONMENT, stdio: ['pipe', 'ignore', 'pipe'], ...idsOf(uid) })
  child.stdin?.on('error', () => {}).end(input)
  const message = await endOf(child)
  if (child.exitCode !== 0) throw new Error(`${program} failed: ${message}`)
}

/** Node takes supplementary groups away as well. */
const idsOf = (uid: number | null) => (uid === null ? {} : { uid, gid: uid })

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
