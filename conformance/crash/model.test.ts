/** The history checker by itself. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createHistory } from './history.ts'
import { ANY, createModel, type Model } from './model.ts'

function newModel(t: TestContext): Model {
  const folder = mkdtempSync(join(tmpdir(), 'alg-crash-model-'))
  const history = createHistory(join(folder, 'history.jsonl'))
  t.after(() => {
    history.close()
    rmSync(folder, { recursive: true })
  })
  return createModel(history)
}

test('what was acknowledged must be there, as it was', (t) => {
  const model = newModel(t)
  model.begin('one', { 'user/a': 'A' }).answered()
  model.begin('two', { 'user/b': 'B' }).answered()
  model.begin('three', { 'user/b': null }).answered()
  assert.deepEqual(model.judge(new Map([['user/b', 'B']])), [
    'user/a: expected A, found nothing',
    'user/b: expected nothing, found B',
  ])
})

test('an operation without an answer happened as a whole or not at all', (t) => {
  const push = { 'head/a/X': '2', 'built/a/X/2': 'succeeded' }
  const before: [string, string] = ['head/a/X', '1']
  const after = new Map(Object.entries(push))
  const begin = () => {
    const model = newModel(t)
    model.begin('create', { 'head/a/X': ANY }).answered({ 'head/a/X': '1' })
    model.begin('push', push)
    return model
  }
  assert.deepEqual(begin().judge(new Map([before])), [])
  assert.deepEqual(begin().judge(after), [])
  assert.match(begin().judge(new Map([['head/a/X', '2']]))[0] ?? '', /operation 2 \(push\) happened in part/)
  assert.match(begin().judge(new Map([['head/a/X', '3']]))[0] ?? '', /happened in part/)
})

test('an answer after the last moment does not count, and what was found is the state from then on', (t) => {
  const model = newModel(t)
  const attempt = model.begin('create', { 'user/a': 'A' })
  model.freeze()
  attempt.answered()
  assert.deepEqual(model.judge(new Map()), [])
  assert.deepEqual(model.judge(new Map([['user/a', 'A']])), ['user/a: expected nothing, found A'])
})

test('builds that nobody was told of are those of heads, and succeed', (t) => {
  const model = newModel(t)
  model.begin('push', { 'head/a/X': '1', 'built/a/X/1': 'succeeded' }).answered()
  const observed: [string, string][] = [
    ['head/a/X', '1'],
    ['built/a/X/1', 'succeeded'],
  ]
  assert.deepEqual(model.judge(new Map([...observed, ['build/a/X/u', 'succeeded 1']])), [])
  assert.deepEqual(model.judge(new Map([...observed, ['build/a/X/v', 'failed 1']])), [
    'build/a/X/u: expected succeeded 1, found nothing',
    'build/a/X/v: expected nothing, found failed 1',
  ])
})
