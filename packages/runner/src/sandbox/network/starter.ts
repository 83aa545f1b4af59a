/**
 * The processes on the host that make and serve contained networks, its helpers. They run under the uid of a sandbox, and end when
 * the server does: each watches a pipe whose other end is held by the one process that starts them (`starter.pl`), and that one
 * watches a pipe of the server's. The server does not start them itself: to fork it copies its page tables, which stops its
 * event loop for 5 ms at 300 MiB, twice for each network.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { withTunnelDevice } from './tunnel-view.ts'

const PROGRAM = ['/usr/bin/perl', join(import.meta.dirname, 'starter.pl')]
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }
const LONGEST_MESSAGE = 2000

export interface Helper {
  readonly pid: number
  /** Resolves when it has ended, with the last of what it wrote to standard error. */
  readonly ended: Promise<string>
  /** Ends it now. */
  end(): Promise<void>
}

export interface HelperOptions {
  readonly command: readonly string[]
  /** Its uid and group; null for the server's own. */
  readonly uid: number | null
  /** Descriptors up to 4: on one it says that it is ready, the end of the other it takes as its own. */
  readonly readyFd: number
  readonly lifeFd: number
  readonly timeoutMs: number
}

export interface Starter {
  /**
   * Starts a helper and waits until it is ready.
   * @throws Error with its own words when it ends before, or takes too long; or when all has been closed
   */
  start(options: HelperOptions): Promise<Helper>
  /** Ends all helpers; no more are started. */
  close(): Promise<void>
}

/** A process that starts helpers, and those of its helpers that it has not told the end of. */
interface Running {
  order(...words: readonly (string | number)[]): void
  expect(id: number, events: Events): void
  /** Resolves when it has ended, and all of its helpers have been told. */
  readonly ended: Promise<void>
  close(): void
}

interface Events {
  ready(pid: number): void
  ended(message: string): void
}

/** The process is started with the first helper, and anew if it has ended. */
export function createStarter(): Starter {
  let current: Running | null = null
  let lastId = 0
  let isClosed = false

  function running(): Running {
    current ??= startProcess(() => {
      current = null
    })
    return current
  }

  async function start({ command, uid, readyFd, lifeFd, timeoutMs }: HelperOptions): Promise<Helper> {
    if (isClosed) throw new Error('the networks of sandboxes have been closed')
    const starter = running()
    const id = ++lastId
    const ready = Promise.withResolvers<number>()
    const ended = Promise.withResolvers<string>()
    starter.expect(id, { ready: ready.resolve, ended: ended.resolve })
    starter.order('start', id, uid ?? '-', readyFd, lifeFd, ...command)
    const end = async () => {
      starter.order('end', id)
      await ended.promise
    }
    const timer = setTimeout(end, timeoutMs)
    const pid = await Promise.race([ready.promise, ended.promise])
    clearTimeout(timer)
    if (typeof pid === 'number') return { pid, ended: ended.promise, end }
    throw new Error(`${command[0]} failed: ${pid === '' ? 'it said nothing' : pid}`)
  }

  async function close(): Promise<void> {
    isClosed = true
    current?.close()
    await current?.ended
  }

  return { start, close }
}

/** @param onEnd called before its helpers are told, who may start another one at once */
function startProcess(onEnd: () => void): Running {
  const [program = '', ...args] = withTunnelDevice(PROGRAM)
  const child = spawn(program, args, { cwd: '/', env: ENVIRONMENT, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  const helpers = new Map<number, Events>()
  child.stdin.on('error', () => {})
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, what, id, words = ''] = /^(\S+) (\d+) (.*)$/.exec(line) ?? []
    const helper = helpers.get(Number(id))
    if (what === 'ready') helper?.ready(Number(words))
    else if (helpers.delete(Number(id))) helper?.ended(words.trim())
  })
  const ended = endOf(child).then((message) => {
    onEnd()
    for (const helper of helpers.values()) helper.ended(`what started it has ended: ${message}`)
  })
  return {
    order: (...words) => void child.stdin.write(`${words.map(encodeURIComponent).join(' ')}\n`),
    expect: (id, events) => void helpers.set(id, events),
    ended,
    close: () => void child.stdin.end(),
  }
}

/** Resolves when it has ended, with the last of what it wrote to standard error. */
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
