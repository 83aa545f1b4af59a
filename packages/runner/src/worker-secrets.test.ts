import assert from 'node:assert/strict'
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { LANGUAGES, occupy, PROGRAM } from '../test-fixtures/fork-attacks.ts'
import { type Bench, type Caller, isRoot, openBench, processesWith, textOf, until } from '../test-fixtures/harness.ts'
import type { RunnerOptions } from './options.ts'
import type { WorkerSpec } from './types.ts'
import type { Secrets } from './worker-secrets.ts'

const FRAMES = 'import os, time\ndef apply(body, kind): return kind, eval(body.decode()).encode()'
const PIPE = `
import sys, json, os
print("PIPE_INIT_COMPLETE", flush=True)
for line in sys.stdin:
    answer = json.dumps({"result": eval(json.loads(line)["data"])})
    with open("/tmp/algoout", "w") as out: out.write(answer)
`
const SECRET = 'f8Qz7Lw2Kd0X'
const read = (name: string) => `os.environ.get("${name}", "nothing")`

interface Told extends Bench {
  /** What workers are told from now on. */
  secrets: Secrets
  /** For which workers secrets were asked. */
  readonly asked: WorkerSpec[]
}

async function openTold(more: Partial<RunnerOptions> = {}): Promise<Told> {
  const asked: WorkerSpec[] = []
  const secretsOf = async (spec: WorkerSpec) => {
    asked.push(spec)
    return told.secrets
  }
  const bench = await openBench({ headStartMs: 0, sharedMemoryBytes: 0 }, { secretsOf, ...more })
  const told: Told = Object.assign(bench, { secrets: {}, asked })
  return told
}

const KINDS = [
  ['a worker in bubblewrap', {}, 'frames', FRAMES],
  ['a program that carries its own pipe', {}, 'fifo', PIPE],
  ['a worker of trusted code', { sandbox: 'trusted' }, 'frames', FRAMES],
] as const

for (const [what, options, language, source] of KINDS) {
  describe(`${what}`, () => {
    let bench: Told
    let call: Caller
    before(async () => {
      bench = await openTold(options)
      call = await bench.algorithm(source, { language })
    })
    after(() => bench.close())

    test('finds its secrets as they are among its variables, and none in the place of one of the platform', async () => {
      const value = `/tmp/algoout "'$HOME\`\n\ttab é \u{1f600} --bind / / `
      bench.secrets = { TOKEN: value, lower_1: '--setenv', HOME: 'elsewhere', ALGORITHMIA_API: 'http://evil.example' }
      assert.equal(textOf(await call(read('TOKEN'))), value)
      assert.equal(textOf(await call(read('lower_1'))), '--setenv')
      assert.notEqual(textOf(await call(read('HOME'))), 'elsewhere')
      assert.match(textOf(await call(read('ALGORITHMIA_API'))), /^http:\/\/127\.0\.0\.1:/)
    })

    test('finds a mebibyte of them', async () => {
      bench.secrets = Object.fromEntries(
        Array.from({ length: 16 }, (_, at) => [`S${at}`, String(at % 10).repeat(65_536)]),
      )
      await bench.runner.recycle({})
      assert.equal(
        textOf(await call('str(sum(len(v) for k, v in os.environ.items() if k[0] == "S" and len(v) == 65536))')),
        '1048576',
      )
    })

    test('is asked for with every start and never for a build', async () => {
      bench.secrets = { TOKEN: SECRET }
      bench.asked.length = 0
      await bench.algorithm(`${source}\n# ${SECRET.length}`, { language })
      assert.equal(bench.asked.length, 0)
      await bench.runner.recycle({})
      assert.equal(textOf(await call(read('TOKEN'))), SECRET)
      assert.equal(textOf(await call(read('TOKEN'))), SECRET)
      assert.deepEqual(
        bench.asked.map(({ language: asked }) => asked),
        [language],
      )
    })

    test('is in no command line and no line of the log', async () => {
      assert.equal(textOf(await call(read('TOKEN'))), SECRET)
      assert.deepEqual(processesWith(SECRET), [])
      assert.ok(!bench.log.join('\n').includes(SECRET))
    })

    test('a call that runs keeps what it has; the next one after a recycling finds what is new', async () => {
      bench.secrets = { TOKEN: 'old' }
      await bench.runner.recycle({})
      assert.equal(textOf(await call(read('TOKEN'))), 'old')
      const running = call(`(__import__("time").sleep(1), ${read('TOKEN')})[1]`)
      await until(() => bench.runner.stats().busyWorkers === 1)
      bench.secrets = {}
      await bench.runner.recycle({})
      assert.equal(textOf(await call(read('TOKEN'))), 'nothing')
      assert.equal(textOf(await running), 'old')
    })

    test('a worker that starts while they change does not keep the old ones', async () => {
      bench.secrets = { TOKEN: 'old' }
      await bench.runner.recycle({})
      const asked = bench.asked.length
      const calling = call(read('TOKEN'))
      await until(() => bench.asked.length > asked)
      bench.secrets = { TOKEN: 'new' }
      await bench.runner.recycle({})
      assert.equal(textOf(await calling), 'new')
    })
  })
}

test('what cannot be a variable starts no worker, and the log has no value', async () => {
  const bench = await openTold()
  after(() => bench.close())
  const call = await bench.algorithm(FRAMES)
  const wrong: readonly Secrets[] = [{ TOKEN: `${SECRET}\0--bind\0/\0/` }, { 'A=B': SECRET }]
  for (const secrets of wrong) {
    bench.secrets = secrets
    const outcome = await call('"x"')
    assert.deepEqual([outcome.kind, 'reason' in outcome && outcome.reason], ['refused', 'sandbox-unavailable'])
    await new Promise((resolve) => setTimeout(resolve, 1100))
  }
  assert.match(bench.log.join('\n'), /worker could not be started .*TOKEN has a zero byte/)
  assert.ok(!bench.log.join('\n').includes(SECRET))
})

for (const zygotes of ['environment', 'version'] as const) {
  describe(`a worker forked from a template: ${zygotes}`, { timeout: 120_000 }, () => {
    const ASK = `import os\nout = os.environ.get("TOKEN", "nothing")`
    let bench: Told
    let call: Caller
    before(async () => {
      bench = await openTold({ zygotes, languagesFolder: LANGUAGES })
      call = await pythonOf(PROGRAM)
    })
    after(() => bench.close())

    async function pythonOf(source: string): Promise<Caller> {
      const { result, log } = await bench.build({ 'src/Thing.py': source }, { language: 'python3' })
      if (result.status !== 'succeeded') throw new Error(log)
      return bench.callerOf(result.artifact, { language: 'python3' })
    }

    /** Waits until so many versions have been loaded to fork from, one after the other. */
    async function templates(count: number): Promise<void> {
      await occupy(call, 2)
      await until(() => bench.log.filter((line) => line.startsWith('version can be forked')).length === count, 20_000)
    }

    /** What a new third worker beside two others answers: in `version` one that was forked from the loaded version. */
    async function third(): Promise<string> {
      for (let { workers } = bench.runner.stats(); workers > 0; workers = bench.runner.stats().workers) {
        const before = workers
        await call('import os\nos._exit(0)')
        await until(() => bench.runner.stats().workers < before)
      }
      const others = occupy(call, 2)
      await until(() => bench.runner.stats().busyWorkers === 2)
      const said = textOf(await call(ASK))
      await others
      return said
    }

    test('finds its secrets, large ones too, and nothing else of the one who forked it', async () => {
      bench.secrets = { TOKEN: SECRET, BIG: 'x'.repeat(300_000), PATH: '/nowhere' }
      assert.equal(textOf(await call(ASK)), SECRET)
      assert.equal(textOf(await call('import os\nout = str(len(os.environ["BIG"]))')), '300000')
      assert.match(textOf(await call('import os\nout = os.environ["PATH"]')), /^\/home\/algo/)
      if (zygotes === 'version') await templates(1)
      assert.equal(await third(), SECRET)
    })

    test('after a change none is forked from what has loaded with the old ones', async () => {
      bench.secrets = { TOKEN: 'new' }
      await bench.runner.recycle({})
      assert.equal(await third(), 'new')
      if (zygotes === 'version') await templates(2)
      assert.equal(await third(), 'new')
      assert.equal(textOf(await call('import os\nout = os.environ.get("BIG", "nothing")')), 'nothing')
    })

    test('a version that loads while they change is not forked from', { skip: zygotes !== 'version' }, async () => {
      bench.secrets = { TOKEN: 'old' }
      await bench.runner.recycle({})
      const slow = await pythonOf(`import time\ntime.sleep(0.5)\n${PROGRAM}`)
      const asked = bench.asked.length
      const others = occupy(slow, 2)
      await until(() => bench.asked.length >= asked + 3)
      bench.secrets = { TOKEN: 'new' }
      await bench.runner.recycle({})
      await others
      const again = occupy(slow, 3)
      await until(() => bench.runner.stats().busyWorkers === 3, 20_000)
      assert.equal(textOf(await slow(ASK)), 'new')
      await again
    })

    test('the template that other algorithms are forked from has never seen them', {
      skip: !isRoot && 'only root reads the memory of another process',
    }, async () => {
      bench.secrets = { TOKEN: SECRET }
      await bench.runner.recycle({})
      assert.equal(textOf(await call(ASK)), SECRET)
      const looked = environmentTemplates(bench.home).flatMap((pid) => {
        try {
          return [[memoryHas(pid, 'PYTHONUNBUFFERED'), memoryHas(pid, SECRET)]]
        } catch {
          // One that had just begun to become a fork, and has the template's memory as well.
          return []
        }
      })
      assert.ok(looked.length > 0)
      for (const found of looked) assert.deepEqual(found, [true, false])
    })
  })
}

/** Processes of this bench in one namespace of processes: their forks are in a second one. */
function environmentTemplates(home: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      const isZygote = readFileSync(`/proc/${name}/cmdline`, 'latin1').includes('/opt/bridge/zygote.py')
      const isFork = /^NSpid:\t\d+\t\d+\t\d+/m.test(readFileSync(`/proc/${name}/status`, 'latin1'))
      return isZygote && !isFork && readFileSync(`/proc/${name}/mountinfo`, 'latin1').includes(home)
    } catch {
      return false
    }
  })
}

function memoryHas(pid: string, text: string): boolean {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    return readFileSync(`/proc/${pid}/maps`, 'latin1')
      .split('\n')
      .filter((line) => / rw-p /.test(line))
      .some((line) => {
        const [from = 0n, to = 0n] = (line.split(' ')[0] ?? '').split('-').map((part) => BigInt(`0x${part}`))
        const bytes = Buffer.alloc(Number(to - from))
        const count = readSync(memory, bytes, { position: from })
        return bytes.subarray(0, count).includes(text)
      })
  } finally {
    closeSync(memory)
  }
}
