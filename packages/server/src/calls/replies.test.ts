import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FinishedCall, type ReplyOptions, renderCall } from './replies.ts'

const timing = { waitMs: 1, startMs: 1, loadMs: 1, runMs: 34.2326 }
const options: ReplyOptions = { raw: false, stdout: false, timing: false, stacktrace: true, foldErrorType: false }
const result = (contentType: 'text' | 'json' | 'binary', body: string | Buffer): FinishedCall => ({
  kind: 'result',
  contentType,
  body: Buffer.from(body),
  stdout: 'printed\n',
  timing,
})
const error: FinishedCall = {
  kind: 'error',
  message: 'no',
  stacktrace: 'at 1',
  errorType: 'MyError',
  stdout: '',
  timing,
}
const text = (outcome: FinishedCall, changed: Partial<ReplyOptions> = {}) =>
  renderCall(outcome, { ...options, ...changed }).body.toString()

test('a result is wrapped with content type and duration, in that order', () => {
  assert.equal(
    text(result('text', 'Hello "HAL"')),
    '{"result":"Hello \\"HAL\\"","metadata":{"content_type":"text","duration":0.034233}}',
  )
  assert.equal(
    text(result('binary', Buffer.from([0, 1]))),
    '{"result":"AAE=","metadata":{"content_type":"binary","duration":0.034233}}',
  )
})

test('JSON results are spliced byte by byte', () => {
  assert.equal(
    text(result('json', '{"b":1.0,"a":12345678901234567890,"a":1e400}')),
    '{"result":{"b":1.0,"a":12345678901234567890,"a":1e400},"metadata":{"content_type":"json","duration":0.034233}}',
  )
})

test('the duration is above zero however short the run was', () => {
  const instant: FinishedCall = { ...result('json', 'null'), timing: { waitMs: 0, startMs: 0, loadMs: 0, runMs: 0 } }
  assert.ok(JSON.parse(text(instant)).metadata.duration > 0)
})

test('stdout and timing are added only when asked for, after the usual members', () => {
  assert.equal(
    text(result('json', '1'), { stdout: true, timing: true }),
    '{"result":1,"metadata":{"content_type":"json","duration":0.034233,"stdout":"printed\\n","timing":{"running":0.034233,"total":0.037233}}}',
  )
})

test('an error has no result member, and a stack trace only for those who may see the source', () => {
  assert.equal(
    text(error),
    '{"error":{"message":"no","stacktrace":"at 1","error_type":"MyError"},"metadata":{"duration":0.034233}}',
  )
  assert.equal(
    text(error, { stacktrace: false }),
    '{"error":{"message":"no","error_type":"MyError"},"metadata":{"duration":0.034233}}',
  )
})

test('error types outside the list are folded for calling algorithms only', () => {
  assert.match(text(error, { foldErrorType: true }), /"error_type":"AlgorithmError"/)
  assert.match(text({ ...error, errorType: 'InputError' }, { foldErrorType: true }), /"error_type":"InputError"/)
})

test('raw output is the bare value with its own type, and 400 for an error', () => {
  const raw = { ...options, raw: true }
  assert.deepEqual(renderCall(result('text', 'hi'), raw), {
    status: 200,
    contentType: 'text/plain; charset=utf-8',
    body: Buffer.from('hi'),
  })
  assert.equal(renderCall(result('json', '[1.0]'), raw).body.toString(), '[1.0]')
  assert.equal(renderCall(error, raw).status, 400)
})
