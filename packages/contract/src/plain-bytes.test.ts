import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipPlain } from './plain-bytes.ts'

const SIZE = 200_000
/** On both sides of what is compared, copied first, and copied at once. */
const PLACES = [0, 1, 15, 16, 17, 4095, 4096, 4111, 65_535, 65_536, 70_001, SIZE - 17, SIZE - 1]

test('it stops before a byte that is not plain, and close to it', () => {
  for (const byte of [0x00, 0x0a, 0x1f, 0x22, 0x5c]) {
    for (const place of PLACES) {
      const chunk = Buffer.alloc(SIZE, 'a')
      chunk[place] = byte
      for (const from of [0, 1, 7].filter((each) => each <= place)) {
        const at = skipPlain(chunk, from)
        assert.ok(at >= from && at <= place, `byte ${byte} at ${place} from ${from}: ${at}`)
        assert.ok(Math.min(place, SIZE - 15) - at <= 15, `byte ${byte} at ${place} from ${from}: ${at}`)
      }
    }
  }
})

test('all other bytes are plain', () => {
  for (let byte = 0x20; byte <= 0xff; byte++) {
    const isPlain = byte !== 0x22 && byte !== 0x5c
    assert.equal(skipPlain(Buffer.alloc(4096, byte), 0), isPlain ? 4096 : 0, `byte ${byte}`)
  }
})
