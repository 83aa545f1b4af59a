/** What every bridge must do that concerns the stream of frames rather than values: cases that are programs. */
import assert from 'node:assert/strict'
import { type StartBridge, summary } from './run-case.ts'

export interface StreamCase {
  readonly name: string
  run(start: StartBridge): Promise<void>
}

const MIB = 1024 * 1024

export const STREAM_CASES: readonly StreamCase[] = [
  {
    name: 'ends with code 0 when the stream ends',
    async run(start) {
      const bridge = start('echo')
      await bridge.next()
      bridge.finish()
      assert.equal(await bridge.exited, 0)
      assert.equal(bridge.plainOutput(), '')
    },
  },
  {
    name: 'answers calls that were sent ahead in order, each after its start mark',
    async run(start) {
      const bridge = start('echo')
      await bridge.next()
      const numbers = Array.from({ length: 50 }, (_, index) => index + 1)
      for (const number of numbers) bridge.send('C', 't', number, `call ${number}`)
      bridge.finish()
      for (const number of numbers) {
        assert.deepEqual(summary(await bridge.next()), ['S', number, ''])
        assert.deepEqual(summary(await bridge.next()), ['V', number, `call ${number}`])
      }
      assert.equal(await bridge.exited, 0)
    },
  },
  carries('b', 10),
  carries('t', 12),
  carries('j', 10),
  {
    name: 'survives 5 MiB of output',
    async run(start) {
      const bridge = start('prints-a-lot')
      await bridge.next()
      bridge.send('C', 't', 1, 'x')
      let outputBytes = 0
      let frame = await bridge.next()
      for (; frame !== undefined && frame.type !== 'V'; frame = await bridge.next()) {
        if (frame.type === 'O') outputBytes += frame.body.length
      }
      assert.equal(outputBytes, 5 * MIB)
      assert.equal(frame?.body.toString(), 'x')
    },
  },
  {
    name: 'leaves the output of child processes to the plain pipes',
    async run(start) {
      const bridge = start('starts-child')
      await bridge.next()
      bridge.send('C', 't', 1, 'x')
      await bridge.next()
      assert.deepEqual(summary(await bridge.next()), ['V', 1, 'x'])
      bridge.finish()
      await bridge.exited
      assert.equal(bridge.plainOutput(), 'from a child\n')
    },
  },
  {
    name: 'leaves out frames of types that it does not know',
    async run(start) {
      const bridge = start('echo')
      await bridge.next()
      bridge.send('?', '0', 0, 'of a later version')
      bridge.send('C', 't', 1, 'x')
      assert.deepEqual(summary(await bridge.next()), ['S', 1, ''])
      assert.deepEqual(summary(await bridge.next()), ['V', 1, 'x'])
    },
  },
]

function carries(kind: 't' | 'j' | 'b', sizeMiB: number): StreamCase {
  return {
    name: `carries ${sizeMiB} MiB of kind ${kind} both ways`,
    async run(start) {
      const text = 'x'.repeat(sizeMiB * MIB)
      const body = kind === 'j' ? `["${text}",""]` : text // of two: for R, an array of one is its element
      const bridge = start('echo')
      await bridge.next()
      bridge.send('C', kind, 1, body)
      await bridge.next()
      const answer = await bridge.next()
      assert.equal(answer?.kind, kind)
      assert.ok(answer?.body.equals(Buffer.from(body)), 'the body is another one')
    },
  }
}
