import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPassingMap } from './passing-map.ts'
import { churn } from './testing/churn.ts'

test('it has what was put in and not taken out, through all its moves', () => {
  const map = createPassingMap<number>()
  const present = new Map<string, number>()
  for (let number = 0; number < 5000; number++) {
    map.set(`${number}`, number)
    present.set(`${number}`, number)
    // Two in, one out at first, then one in, two out.
    for (let gone = 0; gone < (number < 2500 ? number % 2 : 2); gone++) {
      const [first = ''] = present.keys()
      assert.equal(map.take(first), present.get(first))
      present.delete(first)
      assert.ok(!map.has(first))
      assert.equal(map.take(first), undefined)
    }
    assert.equal(map.size(), present.size)
    assert.equal(map.get(`${number}`), present.get(`${number}`))
  }
  map.set('again', 1)
  map.set('again', 2)
  assert.deepEqual(map.items(), [...present.values(), 2])
  map.clear()
  assert.deepEqual([map.size(), map.items(), map.take('again')], [0, [], undefined])
})

/** Few, again and again: V8 keeps each text that is looked up by for long, which is another matter. */
const keys = Array.from({ length: 16 }, (_, index) => `key ${index}`)

test('what comes and goes stays young, as in a map it does not', () => {
  let count = 0
  const nextKey = () => keys[count++ % keys.length] ?? ''
  const plain = new Map<string, object>()
  const inPlain = churn((item) => {
    const key = nextKey()
    plain.set(key, item)
    return () => plain.delete(key)
  })
  const passing = createPassingMap<object>()
  const inPassing = churn((item) => {
    const key = nextKey()
    passing.set(key, item)
    return () => passing.take(key)
  })
  assert.ok(inPlain > 1024 * 1024, `a map is as good by now: ${inPlain} bytes`)
  assert.ok(inPassing < 512 * 1024, `${inPassing} bytes`)
})
