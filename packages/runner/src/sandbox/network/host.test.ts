import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRoot, openBench, textOf } from '../../../test-fixtures/harness.ts'

const PROGRAM = `
import os, socket
def apply(body, kind):
    with socket.create_connection(("127.0.0.1", int(body or os.environ["ALGORITHMIA_API"].rsplit(":", 1)[1])), 5) as s:
        try:
            s.sendall(b"x"); s.shutdown(1)
            said = s.makefile().read()
        except OSError: said = ""
    return kind, (said + os.environ["ALGORITHMIA_API"]).encode()`

for (const [what, options] of [
  ["the host's network", { network: { full: 'host' } }],
  ['no sandbox', { sandbox: 'trusted' }],
] as const) {
  test(`with ${what} a worker reaches the platform as the running call, and no other account does through its port`, async (t) => {
    const bench = await openBench({}, options)
    t.after(bench.close)
    const ask = await bench.algorithm(PROGRAM, { network: 'full' })
    const own = textOf(await ask('', { requestId: 'own' }))
    assert.match(own, /^own 1\nhttp:\/\/127\.0\.0\.1:\d+$/)
    if (isRoot) {
      const port = own.split(':').at(-1) ?? ''
      const others = textOf(await ask(port, { requestId: 'others', accountId: 'other', hostUid: 3 }))
      assert.match(others, /^http:/)
    }
  })
}
