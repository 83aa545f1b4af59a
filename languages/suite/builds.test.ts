/** Builds templates and demo algorithms with each language's own build command, without any network, and calls them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { commandOutsideSandbox, LANGUAGES_FOLDER, readLanguage } from './bridge-process.ts'
import { resultOnce } from './call-once.ts'

const LIMIT_MS = 60_000
const DEMO_FOLDER = join(LANGUAGES_FOLDER, '..', 'demo')
/** Nothing listens there: a build that asks a registry fails. */
const NO_NETWORK = { PIP_INDEX_URL: 'http://127.0.0.1:9', PIP_RETRIES: '0', npm_config_registry: 'http://127.0.0.1:9' }

describe('build of a template', () => {
  for (const [id, greeting] of [
    ['python3', 'hello Jane'],
    ['javascript', 'Hello Jane'],
  ] as const) {
    it(`${id}: needs no network and greets`, { timeout: LIMIT_MS }, async () => {
      const folder = temporaryCopy(join(LANGUAGES_FOLDER, id, 'template'))
      fillTemplate(folder, { __ALGO__: 'Greeter', __USER__: 'jane' })
      const log = build(id, folder, 'Greeter')
      assert.match(log.text, /provided by the platform/)
      assert.equal(log.code, 0, log.text)
      assert.equal(await callOnce(id, folder, 'Greeter', 'Jane'), greeting)
    })
  }
})

describe('build of a demo algorithm', () => {
  for (const [id, folderName, name, input, expected] of [
    ['python3', 'Hello-0.1.0', 'Hello', 'HAL 9000', 'Hello HAL 9000'],
    ['python3', 'Hello-0.1.1', 'Hello', 'HAL 9000', 'Hello HAL 9000'],
    ['python3', 'ListAnagrams', 'ListAnagrams', 'transformer terraforms retransform', '["transformer","retransform"]'],
    ['javascript', 'Echo', 'Echo', 'HAL 9000', 'HAL 9000'],
  ] as const) {
    it(`${folderName} answers its example`, { timeout: LIMIT_MS }, async () => {
      const folder = temporaryCopy(join(DEMO_FOLDER, folderName))
      const log = build(id, folder, name)
      assert.equal(log.code, 0, log.text)
      assert.equal(await callOnce(id, folder, name, input), expected)
    })
  }
})

describe('python3 build', () => {
  it('leaves byte code beside the sources, since the tree is read-only when it runs', { timeout: LIMIT_MS }, () => {
    const folder = temporaryCopy(join(DEMO_FOLDER, 'Hello-0.1.1'))
    build('python3', folder, 'Hello')
    assert.ok(readdirSync(join(folder, 'src', '__pycache__')).some((file) => file.startsWith('Hello.')))
  })

  it('names the requirement that cannot be had', { timeout: LIMIT_MS }, () => {
    const folder = temporaryCopy(join(DEMO_FOLDER, 'Hello-0.1.1'))
    writeFileSync(join(folder, 'requirements.txt'), 'algorithmia\nno-such-package-at-all==9.9\n')
    const log = build('python3', folder, 'Hello')
    assert.equal(log.code, 1)
    assert.match(log.text, /error: .*no-such-package-at-all==9\.9/)
    assert.ok(!existsSync(join(folder, '.algorist-requirements.txt')))
  })

  it('says which file it expected', { timeout: LIMIT_MS }, () => {
    const folder = temporaryCopy(join(LANGUAGES_FOLDER, 'python3', 'cases', 'wrong-name'))
    const log = build('python3', folder, 'Recorded')
    assert.match(log.text, /expected the algorithm in src\/Configured\.py or src\/Recorded\.py or src\/Algorithm\.py/)
  })

  it('refuses an algorithmia.conf that is not JSON', { timeout: LIMIT_MS }, () => {
    const folder = temporaryCopy(join(DEMO_FOLDER, 'Hello-0.1.1'))
    writeFileSync(join(folder, 'algorithmia.conf'), '{')
    const log = build('python3', folder, 'Hello')
    assert.equal(log.code, 1)
    assert.match(log.text, /algorithmia\.conf/)
  })

  for (const [line, provided] of [
    ['algorithmia', true],
    ['algorithmia>=1.0.0,<2.0', true],
    ['Algorithmia ~= 1.10  # client', true],
    ['algorithmia==1.*', true],
    ['algorithmia-adk>=1.0', true],
    ['algorithmia==1.17.0', false],
    ['algorithmia>=2.0', false],
    ['algorithmia!=1.17.0', false],
    ['algorithmia @ https://example.com/a.whl', false],
    ['algorithmia[extra]', false],
    ['six', false],
    ['-r other.txt', false],
  ] as const) {
    it(`takes "${line}" ${provided ? 'from the platform' : 'from the index'}`, () => {
      const program = 'import sys; from requirements import is_provided; print(is_provided(sys.argv[1]))'
      const answer = spawnSync('/usr/bin/python3', ['-B', '-c', program, line], {
        cwd: join(LANGUAGES_FOLDER, 'python3'),
      })
      assert.equal(answer.stdout.toString().trim(), provided ? 'True' : 'False')
    })
  }
})

describe('javascript build', () => {
  for (const [range, provided] of [
    ['^0.3.10', true],
    ['^0.3.5', true],
    ['0.3.x', true],
    ['~0.3.0', true],
    ['>=0.2', true],
    ['*', true],
    ['0.3.10', false],
    ['^0.2.1', false],
    ['^1.0.0', false],
    ['github:someone/algorithmia', false],
  ] as const) {
    it(`takes algorithmia "${range}" ${provided ? 'from the platform' : 'from the registry'}`, async () => {
      const { isProvided } = (await import(join(LANGUAGES_FOLDER, 'javascript', 'provided.js'))) as {
        isProvided(name: string, range: string): boolean
      }
      assert.equal(isProvided('algorithmia', range), provided)
    })
  }
})

function temporaryCopy(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'algorist-build-'))
  cpSync(source, folder, { recursive: true })
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Replaces the tokens in names and contents, as the platform does when it makes a repository. */
function fillTemplate(folder: string, tokens: Readonly<Record<string, string>>): void {
  const fill = (text: string) =>
    Object.entries(tokens).reduce((filled, [token, value]) => filled.replaceAll(token, value), text)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, fill(entry.name))
    renameSync(join(folder, entry.name), path)
    if (entry.isDirectory()) fillTemplate(path, tokens)
    else writeFileSync(path, fill(readFileSync(path, 'utf8')))
  }
}

function build(id: string, folder: string, algorithmName: string): { code: number | null; text: string } {
  const language = readLanguage(id)
  const [program = '', ...args] = commandOutsideSandbox(language, language.build)
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: tmpdir(),
    ALGORIST_ALGORITHM: algorithmName,
    ...NO_NETWORK,
    ...language.env,
  }
  const done = spawnSync(program, args, { cwd: folder, env })
  return { code: done.status, text: `${done.stdout}${done.stderr}` }
}

async function callOnce(id: string, folder: string, algorithmName: string, text: string): Promise<string> {
  return resultOnce({ language: readLanguage(id), folder, algorithmName }, text)
}
