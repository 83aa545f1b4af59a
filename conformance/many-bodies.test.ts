/**
 * Bodies of every size and kind, many at once on connections that are kept, beside callers who leave in the middle: nobody gets a
 * byte of another's. Memory of large bodies is used again at once (decision 0084).
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { createAccount } from './lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import { startTarget, type Target } from './lib/server.ts'

const CALLS = 600
const AT_ONCE = 24
/** Around the sizes at which other ways are taken: a frame of one piece, a lane, a body that is given back. */
const SIZES = [100, 5_000, 17_000, 64_000, 70_000, 300_000, 1_200_000]
const KINDS = ['application/json', 'text/plain', 'application/octet-stream'] as const
const ECHOES = {
  python3: ['py', 'def apply(input):\n    return input\n'],
  javascript: ['js', 'exports.apply = async (input) => input\n'],
} as const

describe('many bodies at once', { timeout: 180_000 }, () => {
  let target: Target
  const shops: Workshop[] = []
  const agent = new Agent({ keepAlive: true })
  before(async () => {
    target = await startTarget({ ALGORIST_WAITING_BYTES: String(128 * 1024 * 1024) })
    for (const [language, [extension, source]] of Object.entries(ECHOES)) {
      const owner = await createAccount(target, 'echo')
      const { shop } = await createAlgorithm(target, owner, { name: 'Echo', language })
      await pushGreen(shop, {
        [`src/Echo.${extension}`]: source,
        ...(extension === 'py' && { 'requirements.txt': '' }),
      })
      await publish(shop, { settings: { algorithm_callability: 'public' } })
      shops.push(shop)
    }
  })
  after(async () => {
    agent.destroy()
    await target?.close()
  })

  /** The reply's body; null for a caller who left before it was there. */
  function post(shop: Workshop, type: string, body: Buffer, leaves: boolean): Promise<Buffer | null> {
    return new Promise((settle, fail) => {
      const headers = { Authorization: `Simple ${shop.owner.key}`, 'Content-Type': type, 'Content-Length': body.length }
      const sent = request(`${shop.callUrl}?output=raw`, { method: 'POST', agent, headers }, (reply) => {
        const chunks: Buffer[] = []
        reply.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          if (leaves) leave()
        })
        reply.on('end', () => settle(Buffer.concat(chunks)))
      })
      const leave = () => {
        settle(null)
        sent.destroy()
      }
      sent.on('error', (error) => (leaves ? settle(null) : fail(error)))
      sent.end(body)
    })
  }

  test('each caller gets what it sent', async () => {
    const differing: string[] = []
    let left = 0
    const numbers = Array.from({ length: CALLS }, (_, number) => number).values()
    const caller = async (): Promise<void> => {
      for (const number of numbers) {
        const shop = shops[number % 2]
        const size = SIZES[number % SIZES.length] ?? 0
        const type = KINDS[number % KINDS.length] ?? KINDS[0]
        assert.ok(shop)
        const body = bodyOf(type, size)
        const got = await post(shop, type, body, number % 10 === 0)
        if (got === null) left++
        else if (!got.equals(body)) differing.push(`${type}, ${size}: ${got.toString('latin1', 0, 200)}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, caller))
    assert.deepEqual(differing, [])
    assert.ok(left > 0 && left <= CALLS / 10, String(left))
  })
})

function bodyOf(type: string, size: number): Buffer {
  if (type === 'application/octet-stream') return randomBytes(size)
  const text = randomBytes(size / 2).toString('hex')
  return Buffer.from(type === 'application/json' ? JSON.stringify([text]) : text)
}
