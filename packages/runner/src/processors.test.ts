import assert from 'node:assert/strict'
import { cpus } from 'node:os'
import { test } from 'node:test'
import { createProcessors, idleMsOfMachine } from './processors.ts'

/** A machine of two processors whose time passes as it is told. */
function machine() {
  let nowMs = 5000
  let idleMs = 70_000
  return {
    pass(ms: number, idleProcessors: number) {
      nowMs += ms
      idleMs += ms * idleProcessors
    },
    processors: createProcessors({ now: () => nowMs, readIdleMs: () => idleMs }),
  }
}

test('processors are busy when none was idle since somebody asked', () => {
  const { processors, pass } = machine()
  assert.equal(processors.areBusy(), false)
  pass(100, 0.1)
  assert.equal(processors.areBusy(), true)
  pass(100, 0.5)
  assert.equal(processors.areBusy(), false)
})

test('they are looked at a few times a second, and what was long ago does not count', () => {
  const { processors, pass } = machine()
  processors.areBusy()
  pass(200, 0)
  assert.equal(processors.areBusy(), true)
  pass(99, 2)
  assert.equal(processors.areBusy(), true)
  pass(2000, 0)
  assert.equal(processors.areBusy(), false)
})

test('a machine that does not tell counts as one that has some to spare', () => {
  let nowMs = 0
  const processors = createProcessors({
    now: () => nowMs,
    readIdleMs: () => {
      throw new Error('nothing to read')
    },
  })
  for (; nowMs < 1000; nowMs += 150) assert.equal(processors.areBusy(), false)
})

test('this machine tells how long it was idle, what waited for a disk included', () => {
  const withoutWaitingMs = cpus().reduce((sum, { times }) => sum + times.idle, 0)
  const idleMs = idleMsOfMachine()
  assert.ok(withoutWaitingMs > 0 && idleMs >= withoutWaitingMs, `${idleMs} ms, without waiting ${withoutWaitingMs}`)
})
