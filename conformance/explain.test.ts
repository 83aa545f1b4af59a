/** `algorist explain`, with the server running and stopped. */
import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { algorist } from './lib/algorist.ts'
import { createAlgorithm, publish, pushGreen } from './lib/algorithms.ts'
import { installProbe, type Probe } from './lib/probe.ts'
import { startTarget, type Target } from './lib/server.ts'
import { jsonOf, send, type WireReply } from './lib/wire.ts'

/** Calls the probe twice, and then has it fail. */
const TOP = `import json
import os
import urllib.request


def apply(input):
    url = os.environ["ALGORITHMIA_API"] + "/v1/algo/" + input
    for body in (b'"first"', b'"second"', b'{"do":"juggle"}'):
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        json.load(urllib.request.urlopen(request))
    raise Exception("all thrown down")
`

describe('explaining a call', { skip: process.env.ALGORIST_TARGET !== undefined && 'needs its data folder' }, () => {
  let folder: string
  let home: string
  let target: Target
  let probe: Probe
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'algorist-explain-'))
    await chmod(folder, 0o755)
    home = join(folder, 'home')
    target = await startTarget({ ALGORIST_HOME: home })
    probe = await installProbe(target)
    const { shop } = await createAlgorithm(target, probe.owner, { name: 'Top', language: 'python3' })
    await pushGreen(shop, { 'src/Top.py': TOP, 'requirements.txt': '' })
    await publish(shop, { settings: { algorithm_callability: 'public' } })
  })
  after(async () => {
    // It would wait for the call that sleeps.
    if (target?.pid) process.kill(target.pid, 'SIGKILL')
    await target?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const explain = (...args: string[]) => algorist(home, ['explain', ...args])

  const call = (name: string, json: unknown, query = ''): Promise<WireReply> =>
    send(target.url, `POST /v1/algo/${probe.owner.username}/${name}${query}`, { key: probe.stranger.key, json })
  const idOf = (reply: WireReply): string => reply.header('X-Request-ID') ?? ''

  test('a failure is told with its place, its time, its words and what to do', async () => {
    const id = idOf(await call('Probe', { do: 'juggle' }))
    const { code, stdout, stderr } = await explain(id)
    assert.equal(code, 0, stderr)
    const [owner, stranger] = [probe.owner.username, probe.stranger.username]
    assert.match(
      stdout,
      new RegExp(`^${id}: ${stranger} called ${owner}/Probe 0\\.1\\.0, the root of its session\\.$`, 'm'),
    )
    assert.match(stdout, /^It ended at \d{4}-\S+Z: it failed with AlgorithmError\.$/m)
    assert.match(
      stdout,
      /^It took [\d.]+ ms: [\d.]+ ms until it was accepted, [\d.]+ ms waiting for a worker, [\d.]+ ms starting one \(first: [^)]+\), [\d.]+ ms loading the algorithm, [\d.]+ ms running, [\d.]+ ms making the answer\.$/m,
    )
    assert.match(stdout, /^Its input had 15 bytes \(json\): \{"do":"juggle"\}$/m)
    assert.match(stdout, /^Message: cannot juggle$/m)
    assert.match(stdout, /^The algorithm itself failed\. The last lines of the stack trace/m)
  })

  test('what an algorithm printed can neither steer the terminal nor pass for what is known', async () => {
    const { shop } = await createAlgorithm(target, probe.owner, { name: 'Liar', language: 'python3' })
    const apply = 'def apply(input):\n    print(input)\n    raise Exception("no\\nIt ended: \\x1b[2Jit succeeded.")\n'
    await pushGreen(shop, { 'src/Liar.py': apply, 'requirements.txt': '' })
    await publish(shop, { settings: { algorithm_callability: 'public' } })
    const id = idOf(await call('Liar', '\x1b]0;title\x07 \x9b2J end\nIt succeeded.'))
    const { stdout } = await explain(id)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    assert.doesNotMatch(stdout, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
    assert.match(stdout, /^Message: no\n {2}It ended: \[2Jit succeeded\.$/m)
    assert.match(stdout, /^ {2}It succeeded\.$/m)
    assert.doesNotMatch(stdout, /^It succeeded/m)
  })

  test('the session of a call is told as a tree, with the server running and stopped the same', async () => {
    const id = idOf(await call('Top', `${probe.owner.username}/Probe`))
    const running = await explain(id, '--json')
    const { call: root, session, advice } = JSON.parse(running.stdout)
    assert.deepEqual([root.outcome, root.message], ['failed', 'all thrown down'])
    const path = (name: string) => `${probe.owner.username}/${name}`
    assert.deepEqual(
      session.map((each: Record<string, unknown>) => [each.depth, each.algorithm, each.outcome]),
      [
        [0, path('Top'), 'failed'],
        [1, path('Probe'), 'succeeded'],
        [1, path('Probe'), 'succeeded'],
        [1, path('Probe'), 'failed'],
      ],
    )
    // On a slow machine there is a second one, about its time.
    assert.match(advice[0], /^The algorithm itself failed/)
    const tree = (await explain(id)).stdout
    assert.match(
      tree,
      /^Its session, by the start of each call:\n {2}req-\S+ \S+\/Top 0\.1\.0: failed.*\n {4}req-\S+ \S+\/Probe /m,
    )
    await target.close()
    try {
      assert.equal((await explain(id)).stdout, tree)
      assert.deepEqual(JSON.parse((await explain(id, '--json')).stdout), JSON.parse(running.stdout))
    } finally {
      target = await startTarget({ ALGORIST_HOME: home })
    }
  })

  test('of what it knows nothing about it says why that may be', async () => {
    const refused = idOf(await call('Probe/9.9.9', 1))
    const { code, stdout, stderr } = await explain(refused)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^Nothing is known of req-\S+\. Calls that were refused/)
    assert.equal((await explain()).code, 2)
  })

  test('of a call that runs later it says how far it is', async () => {
    const { request_id } = jsonOf(await call('Probe', { do: 'sleep', seconds: 60 }, '?output=void'))
    const { stdout } = await explain(request_id)
    assert.match(
      stdout,
      /^It was to run later: accepted at \S+Z(, began to run at \S+Z; it is running|; it is queued)\./m,
    )
  })
})
