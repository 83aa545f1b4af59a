import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRangeWanted, isUnchanged, preconditionOf } from './conditions.ts'

const file = { sizeBytes: 3, etag: 'v2', modifiedAt: new Date('2026-01-02T03:04:05.678Z') }
const same = 'Fri, 02 Jan 2026 03:04:05 GMT'
const earlier = 'Fri, 02 Jan 2026 03:04:04 GMT'

test('a reader who has the file is told so', () => {
  for (const tag of ['"v2"', 'W/"v2"', '"v1", "v2"', '*']) {
    assert.ok(isUnchanged({ 'if-none-match': tag }, file), tag)
  }
  assert.ok(isUnchanged({ 'if-modified-since': same }, file))
})

test('a reader who has something else gets the file', () => {
  for (const headers of [
    {},
    { 'if-none-match': '"v1"' },
    { 'if-modified-since': earlier },
    { 'if-modified-since': 'x' },
  ]) {
    assert.ok(!isUnchanged(headers, file), JSON.stringify(headers))
  }
  assert.ok(!isUnchanged({ 'if-none-match': '"v1"', 'if-modified-since': same }, file), 'the tag counts, not the time')
})

test('a demand that is not met fails, whoever reads or writes', () => {
  for (const headers of [{ 'if-match': '"v1"' }, { 'if-match': 'W/"v2"' }, { 'if-unmodified-since': earlier }]) {
    assert.throws(() => isUnchanged(headers, file), { error: 'PreconditionFailed' }, JSON.stringify(headers))
    assert.throws(() => preconditionOf(headers)?.(file), { error: 'PreconditionFailed' }, JSON.stringify(headers))
  }
})

test('a demand that is met changes nothing', () => {
  for (const headers of [{ 'if-match': '"v2"' }, { 'if-match': '*' }, { 'if-unmodified-since': same }]) {
    assert.ok(!isUnchanged(headers, file))
    preconditionOf(headers)?.(file)
  }
})

test('a writer may demand that there is nothing, or something', () => {
  const create = preconditionOf({ 'if-none-match': '*' })
  create?.(undefined)
  assert.throws(() => create?.(file), { error: 'PreconditionFailed' })
  assert.throws(() => preconditionOf({ 'if-match': '*' })?.(undefined), { error: 'PreconditionFailed' })
  assert.throws(() => preconditionOf({ 'if-match': '"v2"' })?.(undefined), { error: 'PreconditionFailed' })
})

test('who demands nothing has no precondition', () => {
  assert.equal(preconditionOf({ 'if-modified-since': same }), undefined)
})

test('a part is sent of the version that the reader knows, and the whole of any other', () => {
  assert.ok(isRangeWanted({}, file))
  for (const known of ['"v2"', same]) assert.ok(isRangeWanted({ 'if-range': known }, file), known)
  for (const known of ['"v1"', 'W/"v2"', earlier, 'x']) assert.ok(!isRangeWanted({ 'if-range': known }, file), known)
})
