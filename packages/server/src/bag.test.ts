import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBag, type Place } from './bag.ts'
import { churn } from './churn.ts'

test('what was put in and not taken out is there, in whatever order the rest went', () => {
  const bag = createBag<number>()
  const places = new Map<number, Place>()
  const isThere = (number: number) => bag.some((each) => each === number)
  for (let number = 0; number < 100; number++) {
    places.set(number, bag.add(number))
    // Two in, one out: now the first, now the last, now one between.
    if (number % 2 === 0) continue
    const [first = 0, ...others] = places.keys()
    const gone = [first, others.at(-1) ?? first, others[others.length >> 1] ?? first][number % 3] ?? first
    bag.remove(places.get(gone) as Place)
    places.delete(gone)
    assert.ok(!isThere(gone))
    for (const left of places.keys()) assert.ok(isThere(left), `${left} after ${gone} went`)
  }
  for (const place of places.values()) bag.remove(place)
  assert.ok(!bag.some(() => true))
})

test('what comes and goes stays young, as in a set it does not', () => {
  const set = new Set<object>()
  const inSet = churn((item) => {
    set.add(item)
    return () => set.delete(item)
  })
  const bag = createBag<object>()
  const inBag = churn((item) => {
    const place = bag.add(item)
    return () => bag.remove(place)
  })
  assert.ok(inSet > 1024 * 1024, `a set is as good by now: ${inSet} bytes`)
  assert.ok(inBag < 512 * 1024, `${inBag} bytes`)
})
