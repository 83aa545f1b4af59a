/**
 * What every request passes on its way in, so that one server can hand over to another between two requests: all go
 * through, or changes wait while the next server reads what there is, or all wait for the moment in which it begins to
 * accept, or all are passed on to it. Requests of algorithms that run here always go through: their calls end here.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { RawHandler } from '../http/listener.ts'
import type { RequestHead } from '../http/request-head.ts'

export interface Gate {
  /** Has a request handled, now or later, here or elsewhere. */
  pass(request: IncomingMessage, response: ServerResponse, handle: RawHandler): void | Promise<void>
  /** Begins to handle a request that is whole; false for one that has to be passed: a change, or while something is in the way. */
  beginWhole(request: RequestHead): boolean
  /** What was begun so has its answer. */
  endWhole(): void
  /** A change that is not made by a request: waits as one would. `elsewhere` makes it when it has to be made there. */
  change<T>(name: string, work: { here(): Promise<T>; elsewhere(): Promise<T> }): Promise<T>
  /**
   * Lets changes wait from now on, and waits for those under way. Some take as long as a build, and change builds alone;
   * they go on.
   *
   * @returns what is still being changed when the time is over; empty when nothing is
   */
  freeze(timeoutMs: number): Promise<readonly string[]>
  /** Lets everything wait. */
  shut(): void
  /** Everything goes through again, also what waited. */
  open(): void
  /** Passes everything on, also what waited. */
  passOn(forward: RawHandler): void
  /** True while a request is handled here that has not got its whole answer. */
  isHandling(): boolean
}

export interface GateOptions {
  /** True for requests of algorithms that run here. */
  readonly isOwn: (request: IncomingMessage) => boolean
}

const POLL_MS = 20

export function createGate({ isOwn }: GateOptions): Gate {
  const changes = new Set<{ readonly name: string }>()
  let handled = 0
  let state: 'open' | 'frozen' | 'shut' | 'passing on' = 'open'
  let forward: RawHandler | undefined
  let moved = Promise.withResolvers<void>()

  function move(next: typeof state): void {
    state = next
    moved.resolve()
    moved = Promise.withResolvers()
  }

  const mustWait = (isAChange: boolean) => state === 'shut' || (state === 'frozen' && isAChange)

  function pass(request: IncomingMessage, response: ServerResponse, handle: RawHandler): void | Promise<void> {
    if (isOwn(request)) return handleHere(request, response, handle)
    const isAChange = isChange(request)
    if (mustWait(isAChange)) return passLater(request, response, handle)
    if (forward) return forward(request, response)
    if (isAChange) {
      const change = { name: `${request.method} ${request.url?.split('?')[0]}` }
      changes.add(change)
      response.once('close', () => changes.delete(change))
    }
    return handleHere(request, response, handle)
  }

  function handleHere(request: IncomingMessage, response: ServerResponse, handle: RawHandler): void | Promise<void> {
    handled++
    response.once('close', () => handled--)
    return handle(request, response)
  }

  async function passLater(request: IncomingMessage, response: ServerResponse, handle: RawHandler): Promise<void> {
    await moved.promise
    if (!response.destroyed) await pass(request, response, handle)
  }

  return {
    pass,
    beginWhole(request) {
      const mayBegin = forward === undefined && state !== 'shut' && !isChange(request)
      if (mayBegin) handled++
      return mayBegin
    },
    endWhole: () => void handled--,
    async change(name, { here, elsewhere }) {
      while (mustWait(true)) await moved.promise
      if (forward) return elsewhere()
      const change = { name }
      changes.add(change)
      try {
        return await here()
      } finally {
        changes.delete(change)
      }
    },
    async freeze(timeoutMs) {
      move('frozen')
      const names = () => [...changes].map(({ name }) => name).filter((name) => !isLasting(name))
      for (const giveUpAt = Date.now() + timeoutMs; names().length > 0 && Date.now() < giveUpAt; ) await delay(POLL_MS)
      return names()
    },
    shut: () => move('shut'),
    open: () => move('open'),
    passOn(handler) {
      forward = handler
      move('passing on')
    },
    isHandling: () => handled > 0,
  }
}

const READS = ['GET', 'HEAD', 'OPTIONS', 'QUERY']
/** Calls and hosted data: nothing of them is held in memory. */
const FREE_PREFIXES = ['/v1/algo/', '/v1/web/algo/', '/v1/data/', '/v1/connector/']

/**
 * True when the request may change what servers hold in memory: accounts, keys, the catalog. A token of an identity
 * provider may make an account whatever it is used for.
 */
function isChange({ method = '', url = '', headers }: RequestHead): boolean {
  if (/^bearer /i.test(headers.authorization ?? '')) return true
  if (READS.includes(method) || url.includes('/git-upload-pack')) return false
  return !FREE_PREFIXES.some((prefix) => url.startsWith(prefix))
}

/** Pushes and builds that somebody waits for: what they change in memory, builds, is told when it happens. */
function isLasting(name: string): boolean {
  return name.endsWith('/compile') || name.endsWith('/git-receive-pack')
}
