import assert from 'node:assert/strict'
import { test } from 'node:test'
import v8 from 'node:v8'
import vm from 'node:vm'
import { createBag, type Place } from './bag.ts'

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

/** What is in use in the old part of V8's heap, in bytes. */
const oldBytes = () =>
  v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0

/** Eight at a time come and go, 200,000 in all, half a kibibyte each; returns by how much the old part grew, in bytes. */
function churn(add: (item: object) => () => void): number {
  v8.setFlagsFromString('--expose-gc')
  const collectAll: () => void = vm.runInNewContext('gc')
  const present: (() => void)[] = []
  let before = 0
  for (let count = 0; count < 200_000; count++) {
    present.push(add({ bytes: new Array(50).fill(count) }))
    if (present.length > 8) present.shift()?.()
    // From then on what holds them is old.
    if (count !== 1000) continue
    collectAll()
    before = oldBytes()
  }
  return oldBytes() - before
}

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
