/**
 * Events on their way to the sink: in groups, again when it fails, and lost for good after four minutes or when too many
 * wait (platform.md 5.1). Whoever adds one waits for nothing.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { InsightEvent } from './event.ts'
import type { InsightSink } from './sink.ts'

export interface Outbox {
  add(event: InsightEvent): void
  /** Sends what waits, once, within a few seconds. */
  close(): Promise<void>
}

export interface OutboxOptions {
  readonly sink: InsightSink
  readonly log: Pick<Logger, 'warn' | 'error'>
  /** How long a group is tried. */
  readonly retryForMs?: number
  readonly firstPauseMs?: number
  /** How long events are collected before a group is sent. */
  readonly collectMs?: number
}

const LONGEST_PAUSE_MS = 30_000
const GROUP_EVENTS = 500
const MAX_EVENTS = 20_000
const MAX_CHARACTERS = 32 * 1024 * 1024
const CLOSE_LIMIT_MS = 5000

export function createOutbox(options: OutboxOptions): Outbox {
  const { sink, log, retryForMs = 240_000, firstPauseMs = 1000, collectMs = 200 } = options
  const closing = new AbortController()
  let waiting: InsightEvent[] = []
  let waitingCharacters = 0
  let lost = 0
  let timer: NodeJS.Timeout | null = null
  let sending: Promise<void> | null = null

  function add(event: InsightEvent): void {
    if (waiting.length >= MAX_EVENTS || waitingCharacters >= MAX_CHARACTERS) {
      lost++
      return
    }
    waiting.push(event)
    waitingCharacters += event.text.length
    if (sending === null) timer ??= setTimeout(send, collectMs).unref()
  }

  function send(): void {
    timer = null
    sending = sendAll().finally(() => {
      sending = null
      // Came after the last look.
      if (waiting.length > 0 && !closing.signal.aborted) timer ??= setTimeout(send, collectMs).unref()
    })
  }

  /** What waits by now; what comes meanwhile is collected first. */
  async function sendAll(): Promise<void> {
    for (let left = waiting.length; left > 0; left -= GROUP_EVENTS) await sendGroup(takeGroup())
  }

  function takeGroup(): InsightEvent[] {
    const group = waiting.slice(0, GROUP_EVENTS)
    waiting = waiting.slice(GROUP_EVENTS)
    for (const { text } of group) waitingCharacters -= text.length
    if (lost > 0) log.error({ lost }, 'insights are lost: more calls ended than the sink takes')
    lost = 0
    return group
  }

  async function sendGroup(group: readonly InsightEvent[]): Promise<void> {
    const giveUpAtMs = performance.now() + retryForMs
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      const failure = await sink.send(group).then(
        () => null,
        (error: unknown) => error,
      )
      if (failure === null) return
      if (closing.signal.aborted || performance.now() + pauseMs > giveUpAtMs) {
        log.error({ err: failure, lost: group.length }, 'insights are lost: the sink did not take them')
        return
      }
      log.warn({ err: failure, events: group.length }, 'insights are sent again later')
      await pause(pauseMs, undefined, { signal: closing.signal, ref: false }).catch(() => {})
    }
  }

  async function close(): Promise<void> {
    closing.abort()
    if (timer !== null) clearTimeout(timer)
    await Promise.race([finish(), pause(CLOSE_LIMIT_MS, undefined, { ref: false })])
  }

  async function finish(): Promise<void> {
    await sending
    await sendAll()
  }

  return { add, close }
}
