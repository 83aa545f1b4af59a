import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Bench, type Caller, openBench, textOf } from '../../test-fixtures/harness.ts'

/** An old-style program that runs what it is sent, and answers what that leaves in `out`. */
const PROGRAM = `
import sys, json, os
print("PIPE_INIT_COMPLETE", flush=True)
for line in sys.stdin:
    scope = {"os": os}
    try: exec(json.loads(line)["data"], scope); out = scope["out"]
    except OSError as error: out = [scope.get("i"), error.errno]
    with open("/tmp/algoout", "w") as answers: json.dump({"result": out, "metadata": {"content_type": "json"}}, answers)
`

const WRITE = `
open("state", "w").write("mine"); open("data/new", "w").write("x")
os.makedirs("a/b"); os.unlink("data/old")
open("fresh", "w").write("changed"); os.rename("fresh", "kept")
out = 0`
const LOOK = `
out = [sorted(os.listdir(".")), sorted(os.listdir("data")), open("kept").read(), os.getcwd()]`

let bench: Bench
let run: Caller
let artifact: string
before(async () => {
  bench = await openBench({ worker: { codeBytes: 4 * 1024 * 1024, codeFiles: 50 }, workersPerVersion: 1 })
  const { result, log } = await bench.build(
    { 'pipe.py': PROGRAM, kept: 'as built', 'data/old': 'old' },
    { language: 'fifo' },
  )
  assert.ok(result.status === 'succeeded', log)
  artifact = join(bench.home, 'artifacts', result.artifact)
  run = bench.callerOf(result.artifact, { language: 'fifo' })
})
after(() => bench.close())

const jsonOf = async (code: string, more?: Parameters<Caller>[1]) => JSON.parse(textOf(await run(code, more)))

test('an old-style program writes beside its code; nobody else sees it, and it ends with the worker', async () => {
  assert.equal(await jsonOf(WRITE), 0)
  assert.deepEqual(await jsonOf(LOOK), [
    ['a', 'data', 'kept', 'pipe.py', 'state'],
    ['new'],
    'changed',
    '/opt/algorithm',
  ])
  const built = [['data', 'kept', 'pipe.py'], ['old'], 'as built', '/opt/algorithm']
  assert.deepEqual(await jsonOf(LOOK, { accountId: 'other', hostUid: 3 }), built)
  await bench.runner.recycle({})
  assert.deepEqual(await jsonOf(LOOK), built)
  assert.deepEqual(readdirSync(artifact).sort(), ['data', 'kept', 'pipe.py'])
  assert.equal(readFileSync(join(artifact, 'kept'), 'utf8'), 'as built')
})

test('what it writes there is bounded in bytes and in files', async () => {
  const bytes = 'for i in range(100): open("big", "ab").write(b"x" * (1 << 20))\nout = 0'
  const [mib, noSpace] = await jsonOf(bytes)
  assert.ok(mib <= 4 && noSpace === 28, `${mib} ${noSpace}`)
  await bench.runner.recycle({})
  const [files, noFiles] = await jsonOf('for i in range(1000): open("f%d" % i, "w").close()\nout = 0')
  assert.ok(files > 30 && files <= 60 && noFiles === 28, `${files} ${noFiles}`)
  await bench.runner.recycle({})
})

test('the layer gives no rights: no capabilities and no other user', async () => {
  const status: string = await jsonOf('out = open("/proc/self/status").read()')
  assert.match(status, /^CapEff:\t0000000000000000$/m)
  assert.match(status, /^Uid:\t2222\t2222\t2222\t2222$/m)
  const mounts: string = await jsonOf('out = open("/proc/self/mountinfo").read()')
  assert.match(mounts, / \/opt\/algorithm rw,nosuid,nodev.* overlay /)
})
