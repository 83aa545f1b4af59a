/** Both relays, `relay.pl` and that of forked workers, when the platform answers before it has read the whole request. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { buildPython, LANGUAGES, PROGRAM } from '../../test-fixtures/fork-attacks.ts'
import { openBench, textOf } from '../../test-fixtures/harness.ts'

/** The second part meets the platform's end in some of the rounds: a relay that gives up both ways then loses a few answers. */
const ROUNDS = 500

/** As clients do it: the head and the body are sent one after the other, then the answer is read. */
const CLIENT = `
import os, socket
address = ("127.0.0.1", int(os.environ["ALGORITHMIA_API"].rsplit(":", 1)[1]))
def answer():
    with socket.create_connection(address, 5) as client:
        client.sendall(b"head")
        client.sendall(b"body that nobody reads")
        return client.makefile().read()
out = sum(answer() == "refused" for n in range(${ROUNDS}))`

/** Answers what it hears first, reads no more and closes. */
const gate = {
  accept: (connection: Socket) => {
    connection.once('data', () => connection.end('refused', () => connection.destroy()))
    connection.on('error', () => connection.destroy())
  },
}

for (const zygotes of ['off', 'environment'] as const) {
  test(`an answer that comes early reaches its caller: zygotes ${zygotes}`, async () => {
    const bench = await openBench({ headStartMs: 0 }, { zygotes, languagesFolder: LANGUAGES, gate })
    try {
      const { call } = await buildPython(bench, PROGRAM)
      assert.equal(textOf(await call(CLIENT)), String(ROUNDS))
    } finally {
      await bench.close()
    }
  })
}
