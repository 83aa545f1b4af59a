/** Whether COVERAGE.md tells the truth: about the list, about the cases, and about the server. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Operation } from '@algorist/contract/operation.ts'
import { OPERATIONS } from '@algorist/contract/operations.ts'
import { coveragePage, coveredOperations } from '../coverage.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError } from '../lib/shape.ts'
import { send } from '../lib/wire.ts'
import { NOT_SERVED } from '../not-served.ts'

const SOME_ID = '00000000-0000-4000-8000-000000000000'

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target?.close())

test('COVERAGE.md is what the script prints; `node conformance/coverage.ts > conformance/COVERAGE.md` writes it', async () => {
  assert.equal(await readFile(join(import.meta.dirname, '../COVERAGE.md'), 'utf8'), coveragePage())
})

test('every operation that is served has a wire case', () => {
  const covered = coveredOperations()
  const bare = OPERATIONS.filter(({ id }) => !NOT_SERVED.has(id) && !covered.has(id)).map(({ id }) => id)
  assert.deepEqual(bare, [])
})

test('the list of operations that are not served names operations only', () => {
  const known = new Set(OPERATIONS.map(({ id }) => id))
  assert.deepEqual(
    [...NOT_SERVED].filter((id) => !known.has(id)),
    [],
  )
})

/** Without credentials and without a body, so that nothing happens. */
function lineOf({ method, paths: [path = ''] }: Operation): string {
  return `${method} ${path.replace(/:id\b/, SOME_ID).replace(/:\w+/g, 'x')}`
}

describe('an operation that is not served yet is 501 with code 5005', () => {
  for (const operation of OPERATIONS.filter(({ id }) => NOT_SERVED.has(id))) {
    test(`${operation.id}: ${lineOf(operation)}`, async () => {
      const reply = await send(target.url, lineOf(operation))
      if (operation.method !== 'HEAD') assertError(reply, { status: 501, code: 5005 })
      assert.equal(reply.statusLine, 'HTTP/1.1 501 Not Implemented')
      if (operation.method === 'HEAD') assert.notEqual(reply.header('X-Error-Message') ?? '', '')
    })
  }
})

describe('an operation that is served is not 501', () => {
  for (const operation of OPERATIONS.filter(({ id }) => !NOT_SERVED.has(id))) {
    test(`${operation.id}: ${lineOf(operation)}`, async () => {
      assert.notEqual((await send(target.url, lineOf(operation))).status, 501)
    })
  }
})
