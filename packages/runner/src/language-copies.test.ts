import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { stageLanguages } from './language-copies.ts'
import { type Language, loadLanguages } from './languages.ts'

const warnings: object[] = []
const log = { debug() {}, info() {}, error() {}, warn: (fields: object) => void warnings.push(fields) }
let root: string
let languages: readonly Language[]
before(async () => {
  root = mkdtempSync(join(tmpdir(), 'copies-'))
  write('plain', {})
  write('compiled', { compile: ['/bin/sh', '-c', 'echo "$1" >> "$1/made"', 'sh'] })
  write('derived', { base: 'compiled', compile: ['/bin/sh', '-c', 'cat "$2/made" > "$1/made"', 'sh'] })
  const needed = join(root, 'compiler')
  write('broken', {
    compile: ['/bin/sh', '-c', `[ -e ${needed} ] || { echo no compiler here >&2; exit 3; }; touch "$1/made"`, 'sh'],
  })
  languages = await loadLanguages(join(root, 'languages'))
})
after(() => rmSync(root, { recursive: true, force: true }))

function write(id: string, more: object): void {
  const folder = join(root, 'languages', id)
  mkdirSync(join(folder, 'bridge'), { recursive: true })
  const language = { id, display_name: id, protocol: 'frames', run: ['/bin/sh'], build: ['/bin/sh'], ...more }
  writeFileSync(join(folder, 'language.json'), JSON.stringify(language))
}

function runtimeFolder(): string {
  return mkdtempSync(join(root, 'runtime-'))
}

const named = (id: string): Language => {
  const found = languages.find((language) => language.id === id)
  assert.ok(found)
  return found
}

test('a bridge is compiled when its language is first wanted, its base before it, and once', async () => {
  const runtime = runtimeFolder()
  const { copies, prepare } = await stageLanguages(runtime, languages, log)
  assert.deepEqual([...copies.keys()], ['plain'])
  await Promise.all([prepare(named('derived')), prepare(named('compiled')), prepare(named('derived'))])
  const made = readFileSync(join(copies.get('derived') ?? '', 'bridge/made'), 'utf8')
  assert.equal(made.trim().split('\n').length, 1)
  assert.match(made, /compiled-[0-9a-f]{16}\/bridge$/m)
  assert.equal(readdirSync(runtime).length, 3)
})

test('a language that was used before is there at once', async () => {
  const runtime = runtimeFolder()
  await (await stageLanguages(runtime, languages, log)).prepare(named('compiled'))
  const { copies } = await stageLanguages(runtime, languages, log)
  assert.deepEqual([...copies.keys()].sort(), ['compiled', 'plain'])
  assert.ok(existsSync(join(copies.get('compiled') ?? '', 'bridge/made')))
})

test('a bridge that cannot be compiled is told to the operator, and compiled by the next server that can', async () => {
  const runtime = runtimeFolder()
  const madeBy = async () => {
    const { copies, prepare } = await stageLanguages(runtime, languages, log)
    await prepare(named('broken'))
    const bridge = join(copies.get('broken') ?? '', 'bridge')
    assert.ok(existsSync(bridge))
    return existsSync(join(bridge, 'made'))
  }
  assert.deepEqual([await madeBy(), await madeBy()], [false, false])
  const warning = { language: 'broken', reason: '/bin/sh failed: no compiler here' }
  assert.deepEqual(warnings, [warning, warning])
  writeFileSync(join(root, 'compiler'), '')
  assert.equal(await madeBy(), true)
  assert.equal(warnings.length, 2)
  assert.ok(readdirSync(runtime).every((name) => !name.startsWith('half-')))
})
