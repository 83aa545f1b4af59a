/** Calls an algorithm of the corpus and compares what comes back with what must. */
import assert from 'node:assert/strict'
import { curl, type Json } from '../lib/curl.ts'
import type { Answer } from './corpus.ts'
import { type Installed, named } from './install.ts'

/** @throws AssertionError that shows the whole reply */
export async function checkAnswer({ shop, commit }: Installed, answer: Answer): Promise<void> {
  const { as: contentType = 'application/json' } = answer
  const input = named(answer.input, shop.owner)
  const body = contentType === 'application/json' ? JSON.stringify(input) : String(input)
  const { key } = shop.owner
  const { status, text } = await curl('POST', `${shop.callUrl}/${commit}?stdout=true`, { key, contentType, body })
  assert.equal(status, 200, text)
  const reply = JSON.parse(text)
  if (answer.error === undefined) checkResult(reply, answer, named(answer.result, shop.owner))
  else checkError(reply, answer.error)
  if (answer.prints !== undefined) assert.match(reply.metadata.stdout, answer.prints)
}

function checkResult(reply: Json, { contentType }: Answer, expected: unknown): void {
  assert.equal(reply.error, undefined, JSON.stringify(reply))
  if (isObject(expected) && isObject(reply.result)) assert.partialDeepStrictEqual(reply.result, expected)
  else assert.deepEqual(reply.result, expected)
  if (contentType !== undefined) assert.equal(reply.metadata.content_type, contentType)
}

function checkError({ result, error, ...rest }: Json, expected: NonNullable<Answer['error']>): void {
  assert.equal(result, undefined, JSON.stringify({ result, ...rest }))
  assert.match(error.message, expected.message)
  assert.equal(error.error_type, expected.type, error.message)
  if (expected.trace !== undefined) assert.match(error.stacktrace, expected.trace)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
