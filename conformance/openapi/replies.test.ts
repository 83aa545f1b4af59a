/**
 * Real replies of every served operation against the original OpenAPI document. Where the document is not beside the
 * project, the suite says so and passes.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { OPERATIONS } from '@algorist/contract/operations.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { NOT_SERVED } from '../not-served.ts'
import { DEVIATIONS, type Deviation, NOT_IN_DOCUMENT } from './deviations.ts'
import { readOriginalDocument } from './document.ts'
import { ACCOUNT_EXCHANGES } from './exchanges/accounts.ts'
import { ALGORITHM_EXCHANGES } from './exchanges/algorithms.ts'
import { DATA_EXCHANGES } from './exchanges/data.ts'
import { ask, createScene, type Exchange, type Scene } from './exchanges/exchange.ts'
import { SECRET_EXCHANGES } from './exchanges/secrets.ts'
import { SERVER_EXCHANGES } from './exchanges/server.ts'
import type { Violation } from './schema.ts'

const document = readOriginalDocument()
const skip = document === null && 'the original document is not beside the project'

/** Accounts last: what the others need belongs to them. */
const EXCHANGES: readonly Exchange[] = [
  ...SERVER_EXCHANGES,
  ...ALGORITHM_EXCHANGES,
  ...DATA_EXCHANGES,
  ...SECRET_EXCHANGES,
  ...ACCOUNT_EXCHANGES,
]

let target: Target
let scene: Scene
before(async () => {
  if (skip) return
  target = await startTarget()
  scene = await createScene(target)
})
after(() => target?.close())

interface Seen extends Violation {
  readonly operation: string
  readonly status: number
}

const seen: Seen[] = []

const allows = (deviation: Deviation, { operation, status, at, rule }: Seen): boolean =>
  deviation.at === at &&
  deviation.rule === rule &&
  deviation.operations.includes(operation) &&
  deviation.statuses.includes(status)

describe('replies as the original document has them, but for the named deviations', { skip }, () => {
  for (const [index, exchange] of EXCHANGES.entries()) {
    const { operation, status } = exchange
    test(`${index + 1}: ${operation} ${status}`, async () => {
      const reply = await ask(scene, exchange)
      assert.equal(reply.status, status, reply.text)
      exchange.note?.(reply, scene)
      const violations = document?.check(exchange.line(scene), reply)
      assert.ok(violations, 'the document has the operation')
      const found = violations.map((violation): Seen => ({ operation, status, ...violation }))
      seen.push(...found)
      assert.deepEqual(
        found.filter((each) => !DEVIATIONS.some((deviation) => allows(deviation, each))),
        [],
        reply.text,
      )
    })
  }

  for (const deviation of DEVIATIONS) {
    test(`still a deviation: ${deviation.at} ${deviation.rule}, ${deviation.because}`, () => {
      const shown = seen.filter((each) => allows(deviation, each))
      const { operations, statuses } = deviation
      assert.deepEqual(
        operations.filter((name) => !shown.some(({ operation }) => operation === name)),
        [],
      )
      assert.deepEqual(
        statuses.filter((number) => !shown.some(({ status }) => status === number)),
        [],
      )
    })
  }
})

test('every operation that is served is asked, or is not in the document', () => {
  const asked = new Set(EXCHANGES.map(({ operation }) => operation))
  const served = OPERATIONS.filter(({ id, addition }) => !NOT_SERVED.has(id) && !addition)
  assert.deepEqual(
    served.map(({ id }) => id).filter((id) => !asked.has(id) && !(id in NOT_IN_DOCUMENT)),
    [],
  )
})

test('every deviation names its paragraph', () => {
  for (const { because } of DEVIATIONS) assert.match(because, /^\d\.\d+/)
  for (const because of Object.values(NOT_IN_DOCUMENT)) assert.match(because, /^\d\.\d+/)
})
