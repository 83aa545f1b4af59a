/** Every call that was acknowledged for later, until its result was seen: what is acknowledged must be answered. */
import { setTimeout as delay } from 'node:timers/promises'
import { judge } from './kinds.ts'
import type { Send } from './request.ts'
import type { Tally } from './tally.ts'

export interface LaterCall {
  readonly requestId: string
  readonly key: string
  readonly text: string
}

export interface LaterCalls {
  acknowledged(call: LaterCall): void
  /** Asks on until every result is there or the time is over. @returns how many never had one */
  settle(timeoutMs: number): Promise<number>
}

const FIRST_LOOK_MS = 2000
const NEXT_LOOK_MS = 5000
const POLL_MS = 50
const AT_ONCE = 4

export function followLaterCalls({ url, send, tally }: { url: string; send: Send; tally: Tally }): LaterCalls {
  /** Ordered by when it is looked at, near enough. */
  let waiting: { readonly call: LaterCall; readonly atMs: number }[] = []
  let looking = 0
  let isOver = false

  async function look(call: LaterCall): Promise<void> {
    const { requestId, key, text } = call
    try {
      const answer = await send({ method: 'GET', url: `${url}/v1/calls/${requestId}/result`, key })
      if (answer.status === 202) waiting.push({ call, atMs: performance.now() + NEXT_LOOK_MS })
      else {
        tally.add(
          'result of a call for later',
          judge(answer, ({ result }) => result?.[0] === text),
        )
      }
    } catch (error) {
      tally.add('result of a call for later', { surprise: String(error) })
    }
  }

  async function follow(): Promise<void> {
    while (!isOver) {
      const nowMs = performance.now()
      const due = waiting.filter(({ atMs }) => atMs <= nowMs).slice(0, AT_ONCE)
      if (due.length > 0) {
        waiting = waiting.filter((each) => !due.includes(each))
        looking += due.length
        await Promise.all(due.map(({ call }) => look(call)))
        looking -= due.length
      } else await delay(POLL_MS)
    }
  }

  const following = follow()

  return {
    acknowledged: (call) => void waiting.push({ call, atMs: performance.now() + FIRST_LOOK_MS }),
    async settle(timeoutMs) {
      const giveUpAtMs = performance.now() + timeoutMs
      while (waiting.length + looking > 0 && performance.now() < giveUpAtMs) await delay(POLL_MS)
      isOver = true
      await following
      return waiting.length
    },
  }
}
