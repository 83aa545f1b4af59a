/** What the suites of languages do with algorithms, always the same: make one of the administrator, call it, push what must fail. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { createAlgorithm, logOf, push, type Workshop } from './algorithms.ts'
import { curlJson, type Json } from './curl.ts'
import type { Target } from './server.ts'

/** An algorithm of the administrator, whose template is being built. */
export async function create(target: Target, name: string, language: string): Promise<Workshop> {
  const owner = { username: target.username, key: target.key }
  return (await createAlgorithm(target, owner, { name, language })).shop
}

/** The whole reply. @param selector a commit or a range, with a query where one is wanted */
export function answerOf({ owner, callUrl }: Workshop, selector: string, json: unknown): Promise<Json> {
  return curlJson('POST', `${callUrl}/${selector}`, { key: owner.key, json })
}

/** The result; a failure shows what the algorithm said. */
export async function resultOf(shop: Workshop, selector: string, json: unknown): Promise<unknown> {
  const { result, error } = await answerOf(shop, selector, json)
  assert.equal(error, undefined, JSON.stringify(error))
  return result
}

/** First call of the template, whose time is shown. */
export async function expectGreeting(t: TestContext, shop: Workshop, commit: string, greeting: string): Promise<void> {
  const startMs = performance.now()
  const { result, metadata, error } = await answerOf(shop, commit, 'Jane')
  t.diagnostic(`first call ever: ${Math.round(performance.now() - startMs)} ms`)
  assert.equal(error, undefined, JSON.stringify(error))
  assert.equal(result, greeting)
  assert.equal(metadata.content_type, 'text')
}

/** Log of a build that must fail. @param without a path that goes first */
export async function failedLog(
  shop: Workshop,
  files: Readonly<Record<string, string>>,
  without?: string,
): Promise<string> {
  const build = await push(shop, files, without)
  const log = await logOf(shop, build)
  assert.equal(build.status, 'failed', log)
  return log
}
