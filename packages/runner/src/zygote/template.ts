/**
 * The control protocol of templates (algorist_zygote/template.py, keeper.py): which forks one has, when they are ready for
 * an order, how they ended. Owns neither how the template was started nor what runs in its forks.
 */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { removeTree } from '../folders.ts'
import type { NetworkAccess } from '../types.ts'
import type { Arrivals } from './arrivals.ts'
import { findFirstProcess } from './host-pids.ts'
import { createLineReader } from './line-reader.ts'

/** A fork that has namespaces and waits for its order. */
export interface Prepared {
  readonly number: number
  /** Its folder on the host. */
  readonly folder: string
  /** Host number of the first process of its namespace. */
  readonly pid: number
  /** Descriptor of that process: the user namespace that its network belongs to. Null when the network is its own. */
  readonly outer: number | null
}

/** What surrounds a fork. */
export interface ForkPlace {
  /** `isolated` as well for forks of a version: they share that of their template. */
  readonly network: NetworkAccess
}

export interface ForkEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What a fork is to run. */
export interface ForkOrder {
  readonly artifact: string
  readonly tmpBytes: number
  readonly tmpFiles: number
  readonly env: Readonly<Record<string, string>>
  /** Limits of each process, by the names of prlimit(1). */
  readonly limits: Readonly<Record<string, number>>
  /** Makes the fork a template itself: the system-call filter of what it loads, in base64. */
  readonly filter?: string
}

/** A program that a fork starts before it has an order. */
export interface ForkProgram {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly limits: Readonly<Record<string, number>>
}

export interface Template {
  /**
   * Makes a fork for somebody who waits for it, or one that waits to be wanted.
   * @throws Error when the fork failed or the template is gone
   */
  prepare(place: ForkPlace, purpose: 'wanted' | 'spare'): Promise<Prepared>
  /** The fork is spare no more. */
  claim(fork: Prepared): void
  /** Has it start a program, which gets the order once that comes. The fork is in its group. */
  start(fork: Prepared, program: ForkProgram): void
  /** Sends the order; resolves with the stream that the fork opens. @throws Error when it ends first */
  go(fork: Prepared, order: ForkOrder): Promise<Socket>
  /** Calls back once the fork has ended; its process number is free afterwards. */
  onEnd(fork: Prepared, over: (end: ForkEnd) => void): void
  /** Ends a fork that got no order. */
  drop(fork: Prepared): void
  isGone(): boolean
  /** Somebody waits for a fork of it, or has one. */
  isInUse(): boolean
  /** The template has ended, and with it all of its forks. */
  gone(): void
}

export interface TemplateOptions {
  readonly control: Duplex
  readonly arrivals: Arrivals
  /** Host number of the process that forks are children of; null when it has ended. */
  readonly parent: () => number | null
}

interface Fork {
  readonly folder: string
  readonly prepared: PromiseWithResolvers<Prepared>
  readonly frames: PromiseWithResolvers<Socket>
  over: ((end: ForkEnd) => void) | null
  isSpare: boolean
  /** It has its order, so that its stream is somebody's. */
  isTaken: boolean
}

const GONE: ForkEnd = { code: null, signal: 'SIGKILL' }
/** A template that has run author code may never answer. */
const PREPARE_TIMEOUT_MS = 10_000
const TOO_LATE = `A fork was not prepared within ${PREPARE_TIMEOUT_MS / 1000} s`
const ENDED_EARLY = 'A fork ended before it ran'

const destroy = (stream: Socket) => void stream.destroy()

export function createTemplate({ control, arrivals, parent }: TemplateOptions): Template {
  const forks = new Map<number, Fork>()
  /** Wanted, and without a number yet. */
  let coming = 0
  let isGone = false
  control.on('data', createLineReader(hear))
  control.on('error', gone)
  control.on('close', gone)

  function say(order: object): void {
    if (!isGone) control.write(`${JSON.stringify(order)}\n`)
  }

  function hear(line: string): void {
    const news = JSON.parse(line) as News
    const number = news.prepared ?? news.failed ?? news.ended ?? -1
    const fork = forks.get(number)
    if (fork === undefined) {
      if (news.ended !== undefined) say({ forget: number })
      return
    }
    if (news.prepared !== undefined) prepared(fork, number, news)
    else if (news.failed !== undefined) fork.prepared.reject(new Error(`A fork failed: ${news.message}`))
    else ended(number, fork, { code: news.code ?? null, signal: news.signal ?? null })
  }

  function prepared(fork: Fork, number: number, { pid: insidePid = -1, outer = null }: News): void {
    const pid = findFirstProcess(parent() ?? -1, insidePid)
    if (pid === null) fork.prepared.reject(new Error('A prepared fork was not found among the processes of the host'))
    else fork.prepared.resolve({ number, pid, outer, folder: fork.folder })
  }

  function ended(number: number, fork: Fork, how: ForkEnd): void {
    fork.prepared.reject(new Error(ENDED_EARLY))
    fork.frames.reject(new Error(ENDED_EARLY))
    fork.over?.(how)
    forks.delete(number)
    arrivals.forget(number)
    if (!fork.isTaken) fork.frames.promise.then(destroy, () => {})
    say({ forget: number })
  }

  /** One that was not prepared: nobody will ask for it. */
  function giveUp(number: number, { folder }: Fork): void {
    if (forks.delete(number)) say({ end: number })
    arrivals.forget(number)
    removeTree(folder).catch(() => {})
  }

  function gone(): void {
    if (isGone) return
    isGone = true
    for (const [number, fork] of forks) ended(number, fork, GONE)
  }

  return {
    isGone: () => isGone,
    isInUse: () => coming > 0 || [...forks.values()].some(({ isSpare }) => !isSpare),
    async prepare(place, purpose) {
      const isSpare = purpose === 'spare'
      if (!isSpare) coming += 1
      const { number, folder } = await arrivals.next().finally(() => {
        if (!isSpare) coming -= 1
      })
      if (isGone) throw new Error('The template has ended')
      const fork: Fork = {
        folder,
        prepared: Promise.withResolvers(),
        frames: Promise.withResolvers(),
        over: null,
        isSpare,
        isTaken: false,
      }
      fork.frames.promise.catch(() => {})
      forks.set(number, fork)
      arrivals.arrival(number).then(fork.frames.resolve, fork.frames.reject)
      say({ prepare: number, ...place })
      const timer = setTimeout(() => fork.prepared.reject(new Error(TOO_LATE)), PREPARE_TIMEOUT_MS)
      try {
        return await fork.prepared.promise
      } catch (error) {
        giveUp(number, fork)
        throw error
      } finally {
        clearTimeout(timer)
      }
    },
    claim({ number }) {
      const fork = forks.get(number)
      if (fork !== undefined) fork.isSpare = false
    },
    start: ({ number }, runtime) => say({ start: number, runtime }),
    go({ number }, order) {
      const fork = forks.get(number)
      if (fork === undefined) return Promise.reject(new Error(ENDED_EARLY))
      fork.isTaken = true
      say({ go: number, order })
      return fork.frames.promise
    },
    onEnd({ number }, over) {
      const fork = forks.get(number)
      if (fork === undefined) over(GONE)
      else fork.over = over
    },
    drop: ({ number }) => say({ end: number }),
    gone,
  }
}

interface News {
  readonly prepared?: number
  readonly failed?: number
  readonly ended?: number
  readonly pid?: number
  readonly outer?: number | null
  readonly message?: string
  readonly code?: number | null
  readonly signal?: NodeJS.Signals | null
}
