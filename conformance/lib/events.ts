/** Server-sent events as a browser reads them, one after the other. */
import http from 'node:http'
import https from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import type { Json } from './curl.ts'

export interface ServerEvent {
  readonly id: string
  readonly event: string
  readonly data: Json
}

export interface EventStream {
  readonly contentType: string
  /** The next event; comments are passed over. @throws Error when none comes in time, or the stream has ended */
  next(timeoutMs?: number): Promise<ServerEvent>
  /** Settles when the server ended the stream. */
  readonly ended: Promise<void>
  close(): void
}

/** @throws Error with the body of a refusal */
export function openEvents(url: string, headers: Record<string, string>): Promise<EventStream> {
  const { request } = url.startsWith('https:') ? https : http
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers, agent: false }, (response) => {
      const events: ServerEvent[] = []
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        const blocks = (text + piece).split('\n\n')
        text = blocks.pop() ?? ''
        events.push(...blocks.flatMap(readEvent))
      })
      const ended = new Promise<void>((settle) => {
        response.once('close', settle)
      })
      response.on('error', () => {})
      if (response.statusCode !== 200) {
        ended.then(() => reject(new Error(`${response.statusCode} ${text}`)))
        return
      }
      resolve({
        contentType: response.headers['content-type'] ?? '',
        ended,
        close: () => asking.destroy(),
        async next(timeoutMs = 10_000) {
          const giveUpAt = performance.now() + timeoutMs
          while (events.length === 0) {
            if (performance.now() > giveUpAt || response.destroyed) throw new Error(`No event came; there was: ${text}`)
            await delay(10)
          }
          return events.shift() as ServerEvent
        },
      })
    })
    asking.on('error', reject)
    asking.end()
  })
}

function readEvent(block: string): ServerEvent[] {
  const lines = block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
  const member = (name: string): string => lines.find(([each]) => each === name)?.[1] ?? ''
  return member('data') === '' ? [] : [{ id: member('id'), event: member('event'), data: JSON.parse(member('data')) }]
}
