/** The relay of forked workers, which is their first process: `relay.py`. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { buildPython, LANGUAGES, PROGRAM } from '../test-fixtures/fork-attacks.ts'
import { openBench, textOf } from '../test-fixtures/harness.ts'

/** Seconds of processor time that the first process has had; a tick is a hundredth. */
const USED = `
def used():
    fields = open("/proc/1/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100`

test('a connection that is reset while its answer is awaited keeps no processor busy', async () => {
  const taken: Socket[] = []
  // Hears everything and answers nothing.
  const gate = { accept: (connection: Socket) => void taken.push(connection.resume()) }
  const bench = await openBench({ headStartMs: 0 }, { zygotes: 'environment', languagesFolder: LANGUAGES, gate })
  try {
    const { call } = await buildPython(bench, PROGRAM)
    const said = await call(`
import os, socket, struct, time
${USED}
address = ("127.0.0.1", int(os.environ["ALGORITHMIA_API"].rsplit(":", 1)[1]))
client = socket.create_connection(address, 5)
client.sendall(b"x")
client.shutdown(socket.SHUT_WR)
time.sleep(0.3)
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
client.close()
before = used()
time.sleep(1)
out = used() - before`)
    assert.ok(Number(textOf(said)) < 0.05, textOf(said))
    assert.equal(taken.length, 1)
  } finally {
    for (const connection of taken) connection.destroy()
    await bench.close()
  }
})
