import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBag, type Place } from './bag.ts'
import { churn } from './testing/churn.ts'

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

test('each is visited once, those that are removed meanwhile as well', () => {
  const bag = createBag<number>()
  const places = Array.from({ length: 10 }, (_, number) => bag.add(number))
  const visited: number[] = []
  bag.visit((number) => {
    visited.push(number)
    if (number % 3 !== 0) bag.remove(places[number] as Place)
  })
  const inOrder = (numbers: number[]) => numbers.toSorted((one, other) => one - other)
  assert.deepEqual(inOrder(visited), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  const left: number[] = []
  bag.visit((number) => left.push(number))
  assert.deepEqual(inOrder(left), [0, 3, 6, 9])
  assert.ok(!bag.isEmpty())
  for (const number of left) bag.remove(places[number] as Place)
  assert.ok(bag.isEmpty())
})

test('who is removed again takes nobody along', () => {
  const bag = createBag<string>()
  const places = ['a', 'b', 'c'].map((item) => bag.add(item))
  for (const gone of [0, 0, 2, 2, 0]) bag.remove(places[gone] as Place)
  assert.deepEqual(
    ['a', 'b', 'c'].map((item) => bag.some((each) => each === item)),
    [false, true, false],
  )
  bag.remove(places[1] as Place)
  bag.remove(places[1] as Place)
  assert.ok(bag.isEmpty())
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
