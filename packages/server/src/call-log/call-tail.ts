/**
 * Who follows the call log of which algorithm. It hands out what was written, never waits for a reader, and drops one that
 * does not keep up. What is sent, and whether the reader may still see it, is decided in follow.ts.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import type { CallLogRow } from '../db/call-log-rows.ts'

/** Why no more come. */
type TailEnd = 'closing' | 'too slow'

export interface TailReader {
  /** What was written since it was asked last; waits for more, at most so long. Undefined when the tail has ended. */
  next(timeoutMs: number): Promise<readonly CallLogRow[] | undefined>
  /** Why it ended by itself. */
  end(): TailEnd | undefined
  close(): void
}

export interface CallTail {
  /** On the way of every group that was written: costs nothing while nobody follows. */
  publish(rows: readonly CallLogRow[]): void
  /**
   * @param onTooSlow told when the reader is dropped for not keeping up
   * @throws ApiError TooManyRequests when there are too many readers, in all or of the account
   */
  open(reader: { algorithmId: string; accountId: string; onTooSlow: () => void }): TailReader
  readers(): number
  /** Ends all of them, and takes no more. */
  close(): void
}

const MOST_READERS = 200
const MOST_OF_ACCOUNT = 20
/** Of one reader. */
const MOST_WAITING = 2000
const MOST_WAITING_CHARACTERS = 4 * 1024 * 1024

interface Follower {
  readonly accountId: string
  push(rows: readonly CallLogRow[]): void
  finish(end: TailEnd): void
}

export function createCallTail(): CallTail {
  const followers = new Map<string, Set<Follower>>()
  let isClosed = false

  const all = (): Follower[] => [...followers.values()].flatMap((each) => [...each])

  function remove(algorithmId: string, follower: Follower): void {
    const ofAlgorithm = followers.get(algorithmId)
    ofAlgorithm?.delete(follower)
    if (ofAlgorithm?.size === 0) followers.delete(algorithmId)
  }

  return {
    publish(rows) {
      if (followers.size === 0) return
      for (const [algorithmId, ofAlgorithm] of followers) {
        const own = rows.filter((row) => row.algorithm_id === algorithmId)
        if (own.length > 0) for (const follower of ofAlgorithm) follower.push(own)
      }
    },
    open({ algorithmId, accountId, onTooSlow }) {
      if (isClosed) throw new ApiError('ServiceUnavailable', 'The server is closing')
      const open = all()
      if (
        open.length >= MOST_READERS ||
        open.filter((each) => each.accountId === accountId).length >= MOST_OF_ACCOUNT
      ) {
        const message = `Too many readers follow call logs: ${MOST_OF_ACCOUNT} of one account and ${MOST_READERS} in all may`
        throw new ApiError('TooManyRequests', message, { headers: { 'Retry-After': '10' } })
      }
      const { follower, reader } = createReader({ accountId, onTooSlow, onClose: () => remove(algorithmId, follower) })
      followers.set(algorithmId, (followers.get(algorithmId) ?? new Set()).add(follower))
      return reader
    },
    readers: () => all().length,
    close() {
      isClosed = true
      for (const follower of all()) follower.finish('closing')
    },
  }
}

interface ReaderOptions {
  readonly accountId: string
  readonly onTooSlow: () => void
  readonly onClose: () => void
}

function createReader({ accountId, onTooSlow, onClose }: ReaderOptions): { follower: Follower; reader: TailReader } {
  let waiting: CallLogRow[] = []
  let waitingCharacters = 0
  let wake = () => {}
  let end: TailEnd | undefined
  let isOpen = true

  function close(): void {
    isOpen = false
    waiting = []
    onClose()
    wake()
  }

  function finish(reason: TailEnd): void {
    end = reason
    close()
  }

  function push(rows: readonly CallLogRow[]): void {
    waiting.push(...rows)
    for (const { output, message, stacktrace } of rows) {
      waitingCharacters += (output?.length ?? 0) + (message?.length ?? 0) + (stacktrace?.length ?? 0)
    }
    wake()
    if (waiting.length <= MOST_WAITING && waitingCharacters <= MOST_WAITING_CHARACTERS) return
    finish('too slow')
    onTooSlow()
  }

  async function next(timeoutMs: number): Promise<readonly CallLogRow[] | undefined> {
    if (isOpen && waiting.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    if (!isOpen) return undefined
    const rows = waiting
    waiting = []
    waitingCharacters = 0
    return rows
  }

  const reader: TailReader = {
    next,
    end: () => end,
    close,
  }
  return { follower: { accountId, push, finish }, reader }
}
