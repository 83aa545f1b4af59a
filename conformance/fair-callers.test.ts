/**
 * A caller beside another that floods the server: it gets its part of the workers, and none of the refusals. All calls are
 * the same work, so calls count as worker time. How late its answers are, benchmarks/fairness.bench.ts prints.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { installProbe, type Probe } from './lib/probe.ts'
import { startTarget, type Target } from './lib/server.ts'

const FLOOD_CONNECTIONS = 24
const FLOOD_ADMITTED = 16
const CLIENTS = 4
/** The flood has all workers by then. */
const FIRST_CALLS = 12
/** Shares are looked at so many calls at a time: until the caller's workers have started, which takes a while, it has less. */
const WINDOW_CALLS = 24
const WINDOWS = 20
/** Half would be fair, and one of four workers would be a quarter. */
const LEAST_SHARE = 0.35

describe('callers beside a flood', { timeout: 600_000 }, () => {
  let target: Target
  let probe: Probe

  before(async () => {
    target = await startTarget({
      ALGORIST_WORKERS_TOTAL: '4',
      ALGORIST_WORKERS_PER_VERSION: '4',
      ALGORIST_SESSIONS_PER_ACCOUNT: String(FLOOD_ADMITTED),
    })
    probe = await installProbe(target)
  })
  after(() => target?.close())

  async function call(key: string): Promise<number> {
    const reply = await fetch(probe.shop.callUrl, {
      method: 'POST',
      headers: { Authorization: `Simple ${key}`, 'Content-Type': 'application/json' },
      body: '{"do":"sleep","seconds":0.25}',
    })
    await reply.arrayBuffer()
    return reply.status
  }

  /** Calls with the key until it is stopped, as many at a time as are admitted, and more. */
  function flood(key: string) {
    const answers = new Map<number, number>()
    let isStopped = false
    const connection = async (): Promise<void> => {
      while (!isStopped) {
        const status = await call(key)
        answers.set(status, (answers.get(status) ?? 0) + 1)
        // Workers are to be what is short, not this process, which also makes the calls of the other.
        if (status === 429) await delay(250)
      }
    }
    const running = Promise.all(Array.from({ length: FLOOD_CONNECTIONS }, connection))
    return {
      answered: () => answers.get(200) ?? 0,
      refused: () => answers.get(429) ?? 0,
      async stop() {
        isStopped = true
        await running
      },
    }
  }

  async function calls(key: string, count: number): Promise<number[]> {
    const each = async () => {
      const statuses: number[] = []
      while (statuses.length < count / CLIENTS) statuses.push(await call(key))
      return statuses
    }
    return (await Promise.all(Array.from({ length: CLIENTS }, each))).flat()
  }

  test('come to have about as much of the workers as the one that floods, and no refusals', async (t) => {
    const flooding = flood(probe.owner.key)
    const shares: number[] = []
    try {
      while (flooding.answered() < FIRST_CALLS) await delay(10)
      while (shares.length < WINDOWS && (shares.at(-1) ?? 0) < LEAST_SHARE) {
        const before = flooding.answered()
        const statuses = await calls(probe.stranger.key, WINDOW_CALLS)
        assert.deepEqual(new Set(statuses), new Set([200]))
        shares.push(WINDOW_CALLS / (WINDOW_CALLS + flooding.answered() - before))
      }
      t.diagnostic(
        `shares of the answers, ${WINDOW_CALLS} calls each: ${shares.map((share) => share.toFixed(2)).join(' ')}`,
      )
      assert.ok(flooding.refused() > 0)
      assert.ok((shares.at(-1) ?? 0) >= LEAST_SHARE)
    } finally {
      await flooding.stop()
    }
  })
})
