import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { createLoginGuard } from './login-guard.ts'

function isWait(error: unknown): boolean {
  return error instanceof ApiError && error.error === 'TooManyRequests' && Number(error.headers['Retry-After']) > 0
}

/** A guard with a clock that the test moves. */
function start() {
  let nowMs = 1_000_000
  const guard = createLoginGuard(() => nowMs)
  return {
    guard,
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

const ada = { account: 'ada', address: '203.0.113.1' }

test('a few wrong passwords cost nothing, then the wait doubles, and it has an end', () => {
  const { guard, pass } = start()
  for (let times = 0; times < 4; times++) guard.failed(ada)
  guard.check(ada)
  guard.failed(ada)
  assert.throws(() => guard.check(ada), isWait)
  pass(1000)
  guard.check(ada)
  guard.failed(ada)
  pass(1900)
  assert.throws(() => guard.check(ada), isWait)
  for (let times = 0; times < 30; times++) guard.failed(ada)
  pass(15 * 60_000)
  guard.check(ada)
})

test('others from elsewhere do not wait, and the right password clears what its owner mistyped', () => {
  const { guard } = start()
  for (let times = 0; times < 8; times++) guard.failed(ada)
  guard.check({ account: 'ada', address: '203.0.113.2' })
  guard.check({ account: 'bob', address: '203.0.113.1' })
  guard.succeeded(ada)
  guard.check(ada)
})

test('an address that tries many accounts waits for all of them', () => {
  const { guard } = start()
  for (let index = 0; index < 50; index++) guard.failed({ account: `name${index}`, address: ada.address })
  assert.throws(() => guard.check({ account: 'another', address: ada.address }), isWait)
})

test('after an hour all is forgotten', () => {
  const { guard, pass } = start()
  for (let times = 0; times < 40; times++) guard.failed(ada)
  pass(60 * 60_000)
  guard.check(ada)
  guard.failed(ada)
  guard.check(ada)
})
