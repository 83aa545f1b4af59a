/**
 * A caller beside another that floods the server: it gets its part of the workers, and none of the refusals. All calls are
 * the same work, so calls count as worker time. How late its answers are, benchmarks/fairness.bench.ts prints.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { installProbe, type Probe } from './lib/probe.ts'
import { startTarget, type Target } from './lib/server.ts'

const FLOOD_CONNECTIONS = 40
const FLOOD_ADMITTED = 20
const CLIENTS = 4
/** Those before are not counted: the flood has all workers when the caller comes. */
const FIRST_CALLS = 20
const COUNTED_CALLS = 100
/** Half would be fair. */
const LEAST_SHARE = 0.3

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
      body: '{"do":"sleep","seconds":0.02}',
    })
    await reply.arrayBuffer()
    return reply.status
  }

  /** Calls with the key until it is stopped, again at once whatever the answer is. */
  function flood(key: string) {
    const answers = new Map<number, number>()
    let isStopped = false
    const connection = async (): Promise<void> => {
      while (!isStopped) {
        const status = await call(key)
        answers.set(status, (answers.get(status) ?? 0) + 1)
        // This process also makes the calls of the other.
        if (status === 429) await delay(10)
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

  test('have about as much of the workers as the one that floods, and no refusals', async (t) => {
    const flooding = flood(probe.owner.key)
    try {
      while (flooding.answered() < FIRST_CALLS) await delay(10)
      const first = await calls(probe.stranger.key, FIRST_CALLS)
      const before = flooding.answered()
      const counted = await calls(probe.stranger.key, COUNTED_CALLS)
      const others = flooding.answered() - before
      const share = COUNTED_CALLS / (COUNTED_CALLS + others)
      t.diagnostic(`${COUNTED_CALLS} calls beside ${others} of the flood: a share of ${share.toFixed(2)}`)
      assert.deepEqual(new Set([...first, ...counted]), new Set([200]))
      assert.ok(flooding.refused() > 0)
      assert.ok(share >= LEAST_SHARE, String(share))
    } finally {
      await flooding.stop()
    }
  })
})
