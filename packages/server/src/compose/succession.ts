/** How this server gives way to one that follows it, with the parts of restart/ (decision 0063). */
import { readServerFile } from '../data-folder.ts'
import { takeOperatorSocket } from '../operator/socket.ts'
import { finishWork, waitForLastClients } from '../restart/drain.ts'
import { createForward } from '../restart/forward.ts'
import { handOver, type NewCode } from '../restart/hand-over.ts'
import type { Question } from '../restart/peers.ts'
import { oneAtATime } from '../restart/restart-command.ts'
import { type AnswerNeeds, createAnswer } from './answer-peers.ts'
import type { Http } from './open-http.ts'

export interface Succession {
  /** Has a new process take over. @throws Error that says why it did not; this one goes on */
  restart(code: NewCode): Promise<void>
  /** Resolves when another process has taken over and all that was begun here is done. */
  readonly replaced: Promise<void>
  /** Answers another server process of the data folder. */
  answer(question: Question): Promise<boolean>
  /** Ends a restart that is under way: this server is told to stop. */
  abandon(): void
  /** True when nothing is left here but connections that clients keep open. */
  isFinished(): boolean
  /** Resolves when those have ended, or no server is left to pass on to what comes on them. */
  lastClients(): Promise<void>
}

export interface SuccessionNeeds extends AnswerNeeds {
  readonly http: Http
}

export function createSuccession({ ground, services, calls, http }: SuccessionNeeds): Succession {
  const { config, log, folder, overlap, environment } = ground
  const { pendingCalls, builds, callLog, runner } = services
  const { server, gate } = http
  const abandoned = new AbortController()
  /** The server that has followed this one does not wait for what was begun here any more. */
  const stopped = new AbortController()
  const replaced = Promise.withResolvers<void>()
  let isFinished = false

  async function restart(code: NewCode): Promise<void> {
    await overlap.whileHandingOver(() =>
      handOver(code, {
        ...{ server, gate, folder, url: config.url, environment, log, readyMs: config.restart.readyMs },
        signal: abandoned.signal,
        ...{ onLeft, onTakenBack },
      }),
    )
    void finish().then(replaced.resolve, replaced.reject)
  }

  async function finish(): Promise<void> {
    const isRunning = () => pendingCalls.isBusy() || builds.isBusy() || runner.stats().busyWorkers > 0
    const isBusy = () => gate.isHandling() || isRunning()
    isFinished = await finishWork({ isBusy, timeoutMs: config.restart.drainMs, signal: stopped.signal })
  }

  async function onLeft(): Promise<void> {
    overlap.leave()
    gate.passOn(createForward(overlap.serverPath))
    // Who follows the log comes back to the other server.
    callLog.tail.close()
    await pendingCalls.leave()
  }

  async function onTakenBack(): Promise<void> {
    await takeOperatorSocket(folder.operatorSocket)
    await folder.announce(config.url)
  }

  async function isFollowed(): Promise<boolean> {
    return (await readServerFile(config.home)) !== null
  }

  return {
    restart: oneAtATime(restart),
    replaced: replaced.promise,
    answer: createAnswer({ ground, services, calls }, () => stopped.abort()),
    abandon: () => abandoned.abort(),
    isFinished: () => isFinished,
    lastClients: () => waitForLastClients({ server, isFollowed, timeoutMs: config.restart.drainMs }),
  }
}
