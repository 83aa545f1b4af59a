/** The time in which more than one server process works on a data folder: who the others are, and what they are asked. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { readServerFile } from '../data-folder.ts'
import { thisInstance } from '../instance.ts'
import { ask, livingPeers, type Peer, peerPath, type Question } from './peers.ts'

const LOOK_AGAIN_MS = 500
/** As long as a call may take. */
const LONGEST_CALL_MS = 3_100_000

export interface Overlap {
  /** Others were alive when this process started: what is in the folders may be in use. */
  readonly isShared: boolean
  /** When the oldest of them started; undefined when there were none. */
  readonly inUseSince: Date | undefined
  /** Instances that still run what they have begun; none while this process is the one that leaves. */
  living(): ReadonlySet<string>
  /** True while no other process is at work on the folder, and none is being started to follow this one. */
  isAlone(): boolean
  /** Has another process started and the folder handed over to it. */
  whileHandingOver(handOver: () => Promise<void>): Promise<void>
  /** From now on another process is the server of the folder. */
  leave(): void
  isLeaving(): boolean
  /** Asks those that finish their calls. True when one says yes. */
  askOthers(question: Question): Promise<boolean>
  /** Asks the process that is the server of the folder. Failure is logged, since that process looks for itself later. */
  tellServer(question: Question): Promise<void>
  /** The socket of the process that is the server of the folder. @throws Error when there is none */
  serverPath(): Promise<string>
  /** Looks after the others until none is left; calls `onGone` whenever one has gone, with those that are left. */
  follow(onGone: (living: ReadonlySet<string>) => Promise<void>): void
  /** Ends the others, which get their time for it, and stops looking. */
  close(): Promise<void>
}

export interface OverlapOptions {
  /** The data folder. */
  readonly home: string
  /** Its folder for runtime files. */
  readonly runFolder: string
  readonly log: Logger
  /** Time that the others get to end. */
  readonly shutdownMs: number
}

/** Finds out who else is alive. */
export async function createOverlap({ home, runFolder, log, shutdownMs }: OverlapOptions): Promise<Overlap> {
  let others: readonly Peer[] = await livingPeers(runFolder)
  const isShared = others.length > 0
  const inUseSince = others.map(({ startedAt }) => startedAt).sort((a, b) => a.getTime() - b.getTime())[0]
  const stopped = new AbortController()
  let following = Promise.resolve()
  let isHandingOver = false
  let isLeaving = false

  const living = () => new Set(others.map(({ instance }) => instance))

  async function serverPath(): Promise<string> {
    const server = await readServerFile(home)
    if (!server?.instance || server.instance === thisInstance.id) throw new Error('No other server runs')
    return peerPath(runFolder, server.instance)
  }

  async function askOthers(question: Question): Promise<boolean> {
    if (isLeaving) return false
    const timeoutMs = question.kind === 'settle' || question.kind === 'stop build' ? LONGEST_CALL_MS : undefined
    const answers = await Promise.all(others.map(({ path }) => ask(path, question, timeoutMs).catch(() => false)))
    return answers.includes(true)
  }

  async function follow(onGone: (living: ReadonlySet<string>) => Promise<void>): Promise<void> {
    while (others.length > 0 && !stopped.signal.aborted) {
      await delay(LOOK_AGAIN_MS, undefined, { signal: stopped.signal, ref: false }).catch(() => {})
      if (isLeaving || stopped.signal.aborted) return
      const left = await livingPeers(runFolder)
      const isAnyGone = left.length < others.length
      others = left
      if (isAnyGone)
        await onGone(living()).catch((err: unknown) => log.error({ err }, 'what a server left was not taken up'))
    }
  }

  return {
    isShared,
    inUseSince,
    living,
    isAlone: () => !isHandingOver && !isLeaving && others.length === 0,
    async whileHandingOver(handOver) {
      isHandingOver = true
      try {
        await handOver()
      } finally {
        isHandingOver = false
      }
    },
    leave() {
      isLeaving = true
    },
    isLeaving: () => isLeaving,
    askOthers,
    async tellServer(question) {
      await serverPath()
        .then((path) => ask(path, question))
        .catch((err: unknown) => log.warn({ err, question }, 'the server that follows this one could not be told'))
    },
    serverPath,
    follow(onGone) {
      following = follow(onGone)
    },
    async close() {
      stopped.abort()
      await following
      if (isLeaving) return
      await askOthers({ kind: 'stop' })
      for (const giveUpAt = Date.now() + shutdownMs; Date.now() < giveUpAt; await delay(50)) {
        if ((await livingPeers(runFolder)).length === 0) return
      }
    },
  }
}
