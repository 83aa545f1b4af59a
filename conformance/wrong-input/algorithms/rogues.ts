/** Algorithms that run the code they are sent, one per language, and commits that fail to load. */
import assert from 'node:assert/strict'
import {
  commit,
  createAlgorithm,
  expectGreen,
  gitOrFail,
  type Workshop,
  waitForBuild,
  withClone,
} from '../../lib/algorithms.ts'
import { curlJson } from '../../lib/curl.ts'
import { type Ground, request } from '../lib/ground.ts'
import type { Answer } from '../lib/rows.ts'

export interface Rogue {
  /** Of the running commit, as its callers know it. */
  readonly path: string
  /** Runs code in the algorithm; what it assigns or returns is the result. `query` begins with `?`. */
  run(code: string, query?: string): Promise<Answer>
  /** Changes with each worker. */
  workerId(): Promise<string>
  /** Calls a commit by the name it has in {@link LOAD_FAILURES}. */
  callBroken(name: string, query?: string): Promise<Answer>
}

interface RogueLanguage {
  readonly language: string
  readonly file: string
  readonly source: string
  readonly idCode: string
  readonly plainFiles: Readonly<Record<string, string>>
  /** Whole files instead of the algorithm. */
  readonly loadFailures: Readonly<Record<string, string>>
}

const PYTHON: RogueLanguage = {
  language: 'python3',
  file: 'src/Rogue.py',
  plainFiles: { 'requirements.txt': '' },
  source: `import os

ID = os.urandom(8).hex()


def apply(input):
    scope = {"ID": ID, "SELF": input}
    exec(input, scope)
    return scope.get("result")
`,
  idCode: 'result = ID',
  loadFailures: {
    'import error': 'import nothing_of_this_name\n\ndef apply(input):\n    return 1\n',
    'syntax error': 'def apply(input)\n    return 1\n',
    exception: 'raise ValueError("no model today")\n',
    'exit 0': 'import sys\nsys.exit(0)\n',
    'exit 3': 'import os\nos._exit(3)\n',
    kill: 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n',
    'no apply': 'def other(input):\n    return 1\n',
    endless: 'import time\nwhile True:\n    time.sleep(1)\n',
    garbage: 'import os\nos.write(3, b"garbage" * 20)\n\ndef apply(input):\n    return 1\n',
    'prints 20 MB': 'for _ in range(20):\n    print("x" * (1 << 20))\nraise ValueError("after much")\n',
  },
}

const JAVASCRIPT: RogueLanguage = {
  language: 'javascript',
  file: 'src/Rogue.js',
  plainFiles: { 'package.json': '{"name":"rogue","version":"0.0.0","private":true}\n' },
  source: `const ID = require('crypto').randomBytes(8).toString('hex')
exports.apply = (input, cb) => {
  const result = new Function('require', 'ID', 'cb', input)(require, ID, cb)
  if (typeof result?.then === 'function') return result
  if (result !== undefined) cb(null, result)
}
`,
  idCode: 'return ID',
  loadFailures: {
    'import error': "require('nothing-of-this-name')\nexports.apply = (input, cb) => cb(null, 1)\n",
    'syntax error': 'exports.apply = (input, cb => cb(null, 1)\n',
    exception: "throw new TypeError('no model today')\n",
    'exit 0': 'process.exit(0)\n',
    'exit 3': 'process.exit(3)\n',
    kill: "process.kill(process.pid, 'SIGKILL')\n",
    'no apply': 'exports.other = () => 1\n',
    endless: 'for (;;) {}\n',
    garbage: "require('fs').writeSync(3, 'garbage'.repeat(20))\nexports.apply = (input, cb) => cb(null, 1)\n",
    'prints 20 MB': "for (let i = 0; i < 20; i++) console.log('x'.repeat(1 << 20))\nthrow new Error('after much')\n",
  },
}

export async function installRogues(ground: Ground): Promise<readonly [python: Rogue, javascript: Rogue]> {
  return Promise.all([installRogue(ground, PYTHON), installRogue(ground, JAVASCRIPT)])
}

async function installRogue(ground: Ground, kind: RogueLanguage): Promise<Rogue> {
  const { probe, target } = ground
  const { language, file, plainFiles, source, loadFailures, idCode } = kind
  // Owners differ, so that both may have the name that the files are called by.
  const owner = language === 'python3' ? probe.owner : probe.stranger
  const { shop } = await createAlgorithm(target, owner, { name: 'Rogue', language })
  const shas = await withClone(shop, async (folder) => {
    const broken: [string, string][] = []
    for (const [name, text] of Object.entries(loadFailures)) {
      broken.push([name, await commit(folder, { ...plainFiles, [file]: text })])
    }
    const good = await commit(folder, { ...plainFiles, [file]: source })
    await gitOrFail(folder, 'push', '-q')
    await expectGreen(shop, await waitForBuild(shop, good))
    return new Map([...broken, ['', good]])
  })
  // Only the newest commit of a push is built; the others are asked for.
  await Promise.all([...shas].filter(([name]) => name !== '').map(([, sha]) => compile(shop, sha)))

  function call(name: string, body: string, query: string): Promise<Answer> {
    const sha = shas.get(name)
    assert.ok(sha, `no commit ${name}`)
    return request('POST', `${shop.callUrl}/${sha}${query}`, { key: owner.key, contentType: 'text/plain', body })
  }
  const run: Rogue['run'] = (code, query = '') => call('', code, query)
  return {
    path: new URL(`${shop.callUrl}/${shas.get('')}`).pathname,
    run,
    workerId: async () => (await run(idCode, '?output=raw')).text,
    callBroken: (name, query = '') => call(name, '', query),
  }
}

async function compile(shop: Workshop, commitSha: string): Promise<void> {
  await curlJson('POST', `${shop.url}/compile`, { key: shop.owner.key, json: { commitSha } })
}
