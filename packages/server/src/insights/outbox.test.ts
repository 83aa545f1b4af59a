import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import type { InsightEvent } from './event.ts'
import { createOutbox } from './outbox.ts'

const quiet = pino({ level: 'silent' })
const event = (requestId: string, text = '{}'): InsightEvent => ({
  requestId,
  algorithmId: 'a',
  ownerId: 'o',
  endedAt: '2026-11-22T00:00:00.000Z',
  text,
})

/** A place that takes nothing the first `failures` times. */
function openPlace(failures = 0) {
  const taken: string[] = []
  let left = failures
  let tries = 0
  return {
    taken,
    tries: () => tries,
    async send(events: readonly InsightEvent[]) {
      tries++
      if (left-- > 0) throw new Error('down')
      taken.push(...events.map(({ requestId }) => requestId))
    },
  }
}

const until = async (isTrue: () => boolean) => {
  for (let tries = 0; tries < 500 && !isTrue(); tries++) await pause(5)
  assert.ok(isTrue())
}

test('events go out in groups and in order, and again when the place failed', async () => {
  const place = openPlace(2)
  const outbox = createOutbox({ sink: place, log: quiet, firstPauseMs: 5, collectMs: 5 })
  const ids = Array.from({ length: 1200 }, (_, index) => `req-${index}`)
  for (const id of ids) outbox.add(event(id))
  await until(() => place.taken.length === ids.length)
  assert.deepEqual(place.taken, ids)
  assert.equal(place.tries(), 5)
  outbox.add(event('later'))
  await until(() => place.taken.at(-1) === 'later')
  await outbox.close()
})

test('a place that stays down loses its events after a while, and those after it are tried anew', async () => {
  const place = openPlace(3)
  const lost: unknown[] = []
  const log = { warn: () => {}, error: (fields: unknown) => void lost.push(fields) }
  const outbox = createOutbox({ sink: place, log, firstPauseMs: 20, collectMs: 1, retryForMs: 60 })
  outbox.add(event('lost'))
  await until(() => lost.length === 1)
  outbox.add(event('kept'))
  await until(() => place.taken.length === 1)
  assert.deepEqual(place.taken, ['kept'])
  await outbox.close()
})

test('closing sends what waits, once', async () => {
  const place = openPlace()
  const outbox = createOutbox({ sink: place, log: quiet, collectMs: 60_000 })
  outbox.add(event('waiting'))
  await outbox.close()
  assert.deepEqual(place.taken, ['waiting'])
  const down = openPlace(100)
  const closing = createOutbox({ sink: down, log: quiet, firstPauseMs: 60_000, collectMs: 1 })
  closing.add(event('a'))
  await until(() => down.tries() === 1)
  closing.add(event('b'))
  await closing.close()
  assert.equal(down.tries(), 3)
})

test('what waits is bounded, in events and in size', async () => {
  const place = openPlace()
  const outbox = createOutbox({ sink: place, log: quiet, collectMs: 60_000 })
  for (let index = 0; index < 20_010; index++) outbox.add(event(String(index)))
  await outbox.close()
  assert.equal(place.taken.length, 20_000)
  const large = openPlace()
  const full = createOutbox({ sink: large, log: quiet, collectMs: 60_000 })
  const text = 'x'.repeat(1024 * 1024)
  for (let index = 0; index < 40; index++) full.add(event(String(index), text))
  await full.close()
  assert.equal(large.taken.length, 32)
})
