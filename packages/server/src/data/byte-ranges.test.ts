import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRange } from './byte-ranges.ts'

const cases: readonly (readonly [header: string | undefined, sizeBytes: number, first: number, last: number])[] = [
  ['bytes=0-0', 10, 0, 0],
  ['bytes=2-4', 10, 2, 4],
  ['bytes=2-', 10, 2, 9],
  ['bytes=2-99', 10, 2, 9],
  ['bytes=-3', 10, 7, 9],
  ['bytes=-99', 10, 0, 9],
  [' BYTES = 9-9 ', 10, 9, 9],
]
for (const [header, sizeBytes, first, last] of cases) {
  test(`'${header}' of ${sizeBytes} bytes are ${first} to ${last}`, () => {
    assert.deepEqual(parseRange(header, sizeBytes), { first, last })
  })
}

for (const header of [undefined, '', 'bytes=-', 'bytes=4-2', 'bytes=0-1,3-4', 'lines=0-1', 'bytes=a-b', 'bytes=0']) {
  test(`'${header}' asks for the whole file`, () => {
    assert.equal(parseRange(header, 10), undefined)
  })
}

for (const [header, sizeBytes] of [
  ['bytes=10-', 10],
  ['bytes=11-12', 10],
  ['bytes=-0', 10],
  ['bytes=0-', 0],
  ['bytes=-1', 0],
] as const) {
  test(`'${header}' of ${sizeBytes} bytes cannot be had`, () => {
    assert.throws(() => parseRange(header, sizeBytes), {
      error: 'RangeNotSatisfiable',
      headers: { 'Content-Range': `bytes */${sizeBytes}` },
    })
  })
}
