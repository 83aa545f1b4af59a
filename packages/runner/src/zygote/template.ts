/**
 * One template process: starts it in its own sandbox, speaks its control protocol (algorist_zygote/template.py) and takes
 * the frame sockets of its forks. Owns which forks there are and how they ended; not what runs in them.
 */
import { chmod, chown } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { removeTree } from '../folders.ts'
import { makeOwnFolder } from '../launch.ts'
import type { Logger } from '../options.ts'
import { makePipes, startWith } from '../pipes.ts'
import { killGroup, type Sandbox, type SandboxSpec, type Started } from '../sandbox/sandbox.ts'
import { childrenOf, findFirstProcess } from './host-pids.ts'
import { createLineReader } from './line-reader.ts'

/** A fork that has namespaces and waits for its order. */
export interface Prepared {
  readonly number: number
  /** Its folder on the host, which it sees until it has its order. */
  readonly folder: string
  /** Host number of the first process of its namespace. */
  readonly pid: number
}

export interface ForkEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Template {
  /** @throws Error when the fork failed or the template is gone */
  prepare(): Promise<Prepared>
  /** Sends the order; resolves with the fork's frame socket. @throws Error when it ends first */
  go(fork: Prepared, order: ForkOrder): Promise<Socket>
  /** Calls back once the fork has ended; its process number is free afterwards. */
  onEnd(fork: Prepared, over: (end: ForkEnd) => void): void
  /** Ends a fork that got no order. */
  drop(fork: Prepared): void
  readonly isGone: boolean
  close(): Promise<void>
}

/** What a fork is to run. */
export interface ForkOrder {
  readonly artifact: string
  readonly tmpBytes: number
  readonly tmpFiles: number
  readonly env: Readonly<Record<string, string>>
  /** Limits of each process, by the names of prlimit(1). */
  readonly limits: Readonly<Record<string, number>>
}

export interface TemplateOptions {
  readonly sandbox: Sandbox
  /** Its sandbox; `folder` is added to it. */
  readonly spec: (folder: string) => Omit<SandboxSpec, 'output'>
  /** Folder to make for it and its forks. */
  readonly folder: string
  readonly uid: number | null
  readonly log: Logger
}

interface Fork {
  prepared: PromiseWithResolvers<Prepared>
  frames: PromiseWithResolvers<Socket>
  end: ForkEnd | null
  over: ((end: ForkEnd) => void) | null
}

const GONE: ForkEnd = { code: null, signal: 'SIGKILL' }

export async function startTemplate(options: TemplateOptions): Promise<Template> {
  const { folder, uid, log } = options
  const forks = new Map<number, Fork>()
  let made = 0
  let isGone = false
  await makeOwnFolder(folder, uid)
  const server = await listenForForks(join(folder, 'frames.sock'), uid, (number, socket) => {
    const fork = forks.get(number)
    if (fork === undefined) socket.destroy()
    else fork.frames.resolve(socket)
  })
  const { started, control } = await start(options, { onNews: hear, onGone: end })

  function say(order: object): void {
    if (!isGone) control.write(`${JSON.stringify(order)}\n`)
  }

  function hear(line: string): void {
    const news = JSON.parse(line) as News
    const number = news.prepared ?? news.failed ?? news.ended ?? -1
    const fork = forks.get(number)
    if (fork === undefined) return
    if (news.prepared !== undefined) prepared(fork, number, news.pid ?? -1)
    else if (news.failed !== undefined) fork.prepared.reject(new Error(`A fork failed: ${news.message}`))
    else forkEnded(number, fork, { code: news.code ?? null, signal: news.signal ?? null })
  }

  function prepared(fork: Fork, number: number, insidePid: number): void {
    const [first] = childrenOf(started.child.pid ?? -1)
    const [self] = childrenOf(first ?? -1)
    const pid = findFirstProcess(self ?? -1, insidePid)
    if (pid === null) fork.prepared.reject(new Error('A prepared fork was not found among the processes of the host'))
    else fork.prepared.resolve({ number, pid, folder: forkFolder(number) })
  }

  function forkEnded(number: number, fork: Fork, how: ForkEnd): void {
    fork.end = how
    fork.prepared.reject(new Error('A fork ended while it was prepared'))
    fork.frames.reject(new Error('A fork ended before it ran'))
    fork.over?.(how)
    forks.delete(number)
    say({ forget: number })
  }

  function end(): void {
    if (isGone) return
    isGone = true
    server.close()
    for (const [number, fork] of forks) forkEnded(number, fork, GONE)
  }

  const forkFolder = (number: number) => join(folder, String(number))

  return {
    get isGone() {
      return isGone
    },
    async prepare() {
      if (isGone) throw new Error('The template has ended')
      const number = ++made
      const fork: Fork = { prepared: Promise.withResolvers(), frames: Promise.withResolvers(), end: null, over: null }
      fork.frames.promise.catch(() => {})
      fork.prepared.promise.catch(() => {})
      forks.set(number, fork)
      await makeOwnFolder(forkFolder(number), uid)
      say({ prepare: number })
      return fork.prepared.promise
    },
    go({ number }, order) {
      const fork = forks.get(number)
      if (fork === undefined) return Promise.reject(new Error('A fork ended before it ran'))
      say({ go: number, order })
      return fork.frames.promise
    },
    onEnd({ number }, over) {
      const fork = forks.get(number)
      if (fork === undefined) over(GONE)
      else fork.over = over
    },
    drop: ({ number }) => say({ end: number }),
    async close() {
      control.end()
      killGroup(started.child)
      end()
      await started.release()
      await removeTree(folder).catch((error: Error) => log.warn({ reason: error.message }, 'zygote folder stays'))
    },
  }
}

interface News {
  readonly prepared?: number
  readonly failed?: number
  readonly ended?: number
  readonly pid?: number
  readonly message?: string
  readonly code?: number | null
  readonly signal?: NodeJS.Signals | null
}

interface Heard {
  onNews(line: string): void
  onGone(): void
}

async function start(
  options: TemplateOptions,
  { onNews, onGone }: Heard,
): Promise<{ started: Started; control: Duplex }> {
  const { folder, uid, log, sandbox, spec } = options
  const { output } = await makePipes({ folder, uid, answers: null })
  const started = await startWith(output, () => sandbox.start({ ...spec(folder), output: output.writers }))
  for (const stream of [output.stdout, output.stderr]) {
    stream.on('data', (bytes: Buffer) => log.warn({ text: bytes.toString('utf8', 0, 2000) }, 'zygote says'))
  }
  const control = started.child.stdio[3] as Duplex
  control.on('data', createLineReader(onNews))
  control.on('error', onGone)
  control.on('close', onGone)
  started.child.once('error', onGone)
  return { started, control }
}

async function listenForForks(
  path: string,
  uid: number | null,
  arrived: (number: number, socket: Socket) => void,
): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    const read = () => {
      const bytes: Buffer | null = socket.read(4)
      if (bytes === null) return
      socket.off('readable', read)
      arrived(bytes.readUInt32BE(), socket)
    }
    socket.on('readable', read)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  await chmod(path, 0o600)
  if (uid !== null) await chown(path, uid, uid)
  return server
}
