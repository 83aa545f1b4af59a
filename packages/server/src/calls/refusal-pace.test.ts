import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AT_ONCE, createRefusalPace, MOST_HELD } from './refusal-pace.ts'

/** Asks until it is held. The allowance grows meanwhile, on a slow machine by some. */
function askUntilHeld(hold: () => Promise<void> | null): { readonly atOnce: number; readonly held: Promise<void> } {
  for (let atOnce = 0; atOnce < 100 * AT_ONCE; atOnce++) {
    const held = hold()
    if (held !== null) return { atOnce, held }
  }
  throw new Error('Nobody was held')
}

test('who is refused again and again is held for a moment, and others are refused at once', async () => {
  const { hold } = createRefusalPace()
  const { atOnce, held } = askUntilHeld(() => hold('flooding'))
  assert.ok(atOnce >= AT_ONCE)
  assert.equal(hold('calm'), null)
  await Promise.all([held, askUntilHeld(() => hold('flooding')).held])
})

test('who has paused is refused at once again', async () => {
  const { hold } = createRefusalPace()
  await askUntilHeld(() => hold('flooding')).held
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(hold('flooding'), null)
})

test('no more are held than there is room for', () => {
  const { hold } = createRefusalPace()
  let held = 0
  for (let each = 0; each < MOST_HELD + 50 * AT_ONCE; each++) if (hold('flooding') !== null) held++
  assert.ok(held <= MOST_HELD)
})
