/**
 * The clients from their registries, unmodified, one after another on one server with the demo. Each finds accounts, an
 * algorithm and a collection of its own.
 */
import { after, before, test } from 'node:test'
import { installDemo } from '../lib/demo.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { JAVA_CLIENT } from './java.ts'
import { runCases } from './lib/cases.ts'
import { furnish } from './lib/platform.ts'
import { NODE_CLIENT } from './node.ts'
import { PYTHON_CLIENTS } from './python.ts'
import { RUST_CLIENT } from './rust.ts'

let target: Target
before(async () => {
  target = await startTarget()
  await installDemo(target)
})
after(() => target?.close())

for (const { name, prepare } of [...PYTHON_CLIENTS, NODE_CLIENT, JAVA_CLIENT, RUST_CLIENT]) {
  test(name, async (t) => {
    const { environment } = await furnish(target, { hasCrowd: true })
    await runCases(t, await prepare(environment))
  })
}
