import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCallTail } from './call-tail.ts'
import { logRow } from './log-row.ts'
import { madeCall } from './testing.ts'

const row = (algorithmId: string, stdout?: string) =>
  logRow({
    ...madeCall({ algorithmId, ...(stdout === undefined ? {} : { stdout }) }),
    ...{ keepsContent: true, version: '1.0.0', endedAt: new Date() },
  })

const reader = (accountId = 'jane', onTooSlow = () => {}) => ({ algorithmId: 'a', accountId, onTooSlow })

describe('the tail of a call log', () => {
  test('hands out what was written of its algorithm, and nothing at the end of its patience', async () => {
    const tail = createCallTail()
    const open = tail.open(reader())
    const waiting = open.next(5000)
    const mine = row('a')
    tail.publish([row('b'), mine])
    assert.deepEqual(await waiting, [mine])
    assert.deepEqual(await open.next(10), [])
    open.close()
    assert.equal(await open.next(5000), undefined)
    assert.equal(tail.readers(), 0)
  })

  test('drops a reader that does not keep up, by the number of its calls and by what they printed', async () => {
    const tail = createCallTail()
    let dropped = 0
    const many = tail.open(reader('jane', () => dropped++))
    for (let index = 0; index < 2000; index++) tail.publish([row('a')])
    assert.equal(dropped, 0)
    tail.publish([row('a')])
    assert.deepEqual([dropped, await many.next(10), many.end()], [1, undefined, 'too slow'])
    const long = tail.open(reader('jane', () => dropped++))
    for (let index = 0; index < 65; index++) tail.publish([row('a', 'x'.repeat(65_536))])
    assert.deepEqual([dropped, await long.next(10)], [2, undefined])
    assert.equal(tail.readers(), 0)
  })

  test('has a limit of readers, of one account and in all', () => {
    const tail = createCallTail()
    for (let index = 0; index < 20; index++) tail.open(reader())
    assert.throws(() => tail.open(reader()), { status: 429, headers: { 'Retry-After': '10' } })
    for (let index = 20; index < 200; index++) tail.open(reader(`account${index}`))
    assert.throws(() => tail.open(reader('another')), { status: 429 })
    tail.close()
    assert.throws(() => tail.open(reader()), { status: 503 })
    assert.equal(tail.readers(), 0)
  })
})
