/** Packages of JavaScript algorithms are compiled when they are built (decision 0072). */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { LANGUAGES } from '../test-fixtures/fork-attacks.ts'
import { type Bench, type Caller, openBench, textOf } from '../test-fixtures/harness.ts'
import { nodeWithNpm } from '../test-fixtures/node-with-npm.ts'

const COMPILED = '/opt/algorithm/.algorist/compiled'
/** Runs what it is sent, beside a package that it has loaded. */
const FILES = {
  'src/Thing.js': 'const shout = require("shout")\nexports.apply = async (code) => await eval(code)',
  'package.json': '{ "dependencies": { "shout": "file:./shout", "quits": "file:./quits" } }',
  'shout/package.json': '{ "name": "shout", "version": "1.0.0", "main": "index.js" }',
  'shout/index.js': 'module.exports = (text) => text.toUpperCase()\n',
  'quits/package.json': '{ "name": "quits", "version": "1.0.0", "main": "index.js" }',
  'quits/index.js': 'throw new Error("not here")\n',
}
const { npmFolder } = nodeWithNpm()

describe('compiled packages', { timeout: 300_000, skip: npmFolder === null && 'there is no npm' }, () => {
  let bench: Bench
  let call: Caller
  let folder: string
  before(async () => {
    bench = await openBench({}, { languagesFolder: LANGUAGES, node: nodeWithNpm() })
    const { result, log } = await bench.build(FILES, { language: 'javascript', timeoutMs: 120_000 })
    if (result.status !== 'succeeded') throw new Error(log)
    assert.match(log, /packages: compiled ahead/)
    folder = join(bench.home, 'artifacts', result.artifact, '.algorist', 'compiled')
    call = bench.callerOf(result.artifact, { language: 'javascript' })
  })
  after(() => bench?.close())

  const files = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())

  test('are in the artifact, and workers read them', async () => {
    assert.ok(files().length > 0)
    assert.ok(textOf(await call('require("module").getCompileCacheDir()')).startsWith(COMPILED))
    assert.equal(textOf(await call('shout("hello")')), 'HELLO')
  })

  test('cannot be written by workers', async () => {
    const write = `["x", ""].map((name) => { try { require("fs").writeFileSync("${COMPILED}/" + name + "left", "x"); return "" } catch ({ code }) { return code } })`
    assert.equal(textOf(await call(write)), '["EROFS","EROFS"]')
    const before = files().map(({ name }) => name)
    await call('require("module").flushCompileCache()')
    assert.deepEqual(
      files().map(({ name }) => name),
      before,
    )
  })

  test('are left out when they do not fit', async () => {
    for (const { parentPath, name } of files()) {
      const file = join(parentPath, name)
      writeFileSync(file, readFileSync(file).fill(7, 20))
    }
    await bench.runner.recycle({})
    assert.equal(textOf(await call('shout("still")')), 'STILL')
  })
})
