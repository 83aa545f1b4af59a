/** Builds of Ruby algorithms: what comes from the platform, from a registry, from this system, and what fails. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type GemRegistry, startGemRegistry } from '../../conformance/lib/gem-registry.ts'
import {
  commandOutsideSandbox,
  LANGUAGES_FOLDER,
  missingPackages,
  readLanguage,
  temporaryFolder,
} from './bridge-process.ts'
import { resultOnce } from './call-once.ts'

const LIMIT_MS = 120_000
const RUBY = readLanguage('ruby')
const SOURCE = 'source Gem.default_sources.first\n'
const ECHO = 'def apply(input) = input\n'
/** Nothing listens there: a build that asks a registry learns that none answers. */
const NO_REGISTRY = 'http://127.0.0.1:9'
const ROOT = temporaryFolder('algorist-ruby-')
const missing = missingPackages(RUBY)
const skip = missing.length === 0 ? false : `this host lacks ${missing.join(' and ')}`

interface Built {
  readonly folder: string
  readonly code: number | null
  readonly log: string
}

describe('ruby build', { skip, timeout: 4 * LIMIT_MS }, () => {
  let registry: GemRegistry
  before(async () => {
    registry = await startGemRegistry()
  })
  after(() => registry?.close())

  it('of the template needs no registry, and it greets', { timeout: LIMIT_MS }, async () => {
    const folder = newFolder()
    cpSync(join(LANGUAGES_FOLDER, 'ruby', 'template'), folder, { recursive: true })
    fill(folder, 'Thing')
    const { code, log } = await build(folder, NO_REGISTRY)
    assert.equal(code, 0, log)
    assert.match(log, /^algorithmia ~> 1\.0: provided by the platform$/m)
    assert.match(log, /^installed: minitest [\d.]+ \(system\)$/m)
    assert.equal(await callOnce(folder, 'Jane'), 'Hello Jane')
  })

  it('takes gems from the mirror, and finds them when Bundler is asked at run time', {
    timeout: LIMIT_MS,
  }, async () => {
    const program = `require 'bundler/setup'\nrequire 'greetings'\ndef apply(input) = Greetings.greet(input)\n`
    const { folder, code, log } = await buildOf({ Gemfile: `${SOURCE}gem 'greetings'\n` }, registry.url, program)
    assert.equal(code, 0, log)
    assert.match(log, /^installed: greetings 1\.1\.0$/m)
    assert.equal(await callOnce(folder, 'Jane'), 'Hi, Jane (1.1.0)')
  })

  it('respects the lock file, whatever Ruby and Bundler wrote it', { timeout: LIMIT_MS }, async () => {
    const lock =
      'GEM\n  specs:\n    algorithmia (1.0.0)\n      json (~> 1.8)\n    greetings (1.0.0)\n    json (1.8.3)\n\nPLATFORMS\n  ruby\n\n' +
      'DEPENDENCIES\n  algorithmia (~> 1.0.0)\n  greetings\n\nRUBY VERSION\n   ruby 2.2.4p230\n\nBUNDLED WITH\n   1.13.6\n'
    const gemfile = `${SOURCE}ruby "~> 2.2"\ngem 'algorithmia', '~>1.0.0'\ngem 'greetings'\n`
    const { code, log } = await buildOf({ Gemfile: gemfile, 'Gemfile.lock': lock }, registry.url)
    assert.equal(code, 0, log)
    assert.match(log, /^Gemfile asks for ruby ~> 2\.2; the platform runs Ruby 3/m)
    assert.match(log, /^installed: greetings 1\.0\.0$/m)
  })

  it('uses gems of this system when no registry answers, and says so', { timeout: LIMIT_MS }, async () => {
    const gemfile = `${SOURCE}gem 'rexml'\ngem 'algorithmia', '1.0.1'\ngroup(:test) { gem 'no-such-gem' }\n`
    const lock = 'GEM\n  specs:\n    rexml (3.1.7.3)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  rexml\n'
    const program = `require 'rexml/document'\nrequire 'algorithmia'\ndef apply(input) = REXML::Document.new(input).root.name\n`
    const built = await buildOf({ Gemfile: gemfile, 'Gemfile.lock': lock }, NO_REGISTRY, program)
    assert.equal(built.code, 0, built.log)
    assert.match(built.log, /^left out, since workers do not need it: group test$/m)
    assert.match(built.log, /^algorithmia \(= 1\.0\.1\): the platform's own stands in$/m)
    assert.match(built.log, /^warning: Gemfile\.lock names versions that only a registry has .*rexml-3\.1\.7\.3/m)
    assert.match(built.log, /^installed: rexml [\d.]+ \(system\)$/m)
    assert.equal(await callOnce(built.folder, '<hello/>'), 'hello')
  })

  it('takes gems of the repository: a folder, and files in vendor/cache', { timeout: LIMIT_MS }, async () => {
    const facts = "s.name = 'shout'; s.version = '1'; s.summary = s.name; s.authors = ['x']"
    const folder = withFiles({
      Gemfile: `${SOURCE}gem 'shout', path: 'gems/shout'\ngem 'greetings', '1.0.0'\n`,
      'gems/shout/shout.gemspec': `Gem::Specification.new { |s| ${facts} }\n`,
      'gems/shout/lib/shout.rb': 'def shout(text) = text.upcase\n',
      'src/Thing.rb': `require 'shout'\nrequire 'greetings'\ndef apply(input) = shout(Greetings.greet(input))\n`,
      'vendor/cache/note': 'gems that were fetched before\n',
    })
    const gem = await fetch(`${registry.url}/gems/greetings-1.0.0.gem`)
    writeFileSync(join(folder, 'vendor', 'cache', 'greetings-1.0.0.gem'), Buffer.from(await gem.arrayBuffer()))
    const { code, log } = await build(folder, NO_REGISTRY)
    assert.equal(code, 0, log)
    assert.equal(await callOnce(folder, 'Jane'), 'HI, JANE (1.0.0)')
  })

  for (const [what, files, expected] of [
    [
      'a gem that nobody has',
      { Gemfile: `${SOURCE}gem 'no-such-gem', '~> 2'\n` },
      /Could not find gem 'no-such-gem \(~> 2\)'/,
    ],
    ['a Gemfile that is no Ruby', { Gemfile: 'gem gem (\n' }, /^error: Gemfile cannot be read: .*Gemfile/m],
    [
      'a source that is no Ruby',
      { 'src/Thing.rb': 'def apply(input)\n  input +\n' },
      /^error: not Ruby [\d.]+: src\/Thing\.rb:\d/m,
    ],
    ['a conf that is no JSON', { 'algorithmia.conf': '{' }, /^error: algorithmia\.conf is not a JSON object/m],
  ] as const) {
    it(`fails for ${what}, and says which it is`, { timeout: LIMIT_MS }, async () => {
      const { code, log } = await buildOf(files, registry.url)
      assert.equal(code, 1, log)
      assert.match(log, expected)
    })
  }

  it('fails without the file that is called, and names it', { timeout: LIMIT_MS }, async () => {
    const folder = join(LANGUAGES_FOLDER, 'ruby', 'cases', 'wrong-name')
    const { code, log } = await build(folder, NO_REGISTRY)
    assert.equal(code, 1)
    assert.match(log, /^error: expected the algorithm in src\/Configured\.rb or src\/Thing\.rb or src\/Algorithm\.rb/m)
    assert.ok(!existsSync(join(folder, '.algorist')))
  })

  for (const [line, provided] of [
    [`gem 'algorithmia'`, true],
    [`gem 'algorithmia', '~>1.0.0'`, true],
    [`gem "algorithmia", "~> 1.1"`, true],
    [`gem 'algorithmia', '>= 0.9', '< 2'`, true],
    [`gem 'algorithmia', '1.0.1'`, false],
    [`gem 'algorithmia', '>= 2'`, false],
    [`gem 'algorithmia', git: 'https://example.com/algorithmia.git'`, false],
  ] as const) {
    it(`takes "${line}" ${provided ? 'from the platform' : 'from elsewhere'}`, { timeout: LIMIT_MS }, async () => {
      const program = `require '${join(LANGUAGES_FOLDER, 'ruby', 'builder')}/log'
        %w[bundle declared].each { |name| require "${join(LANGUAGES_FOLDER, 'ruby', 'builder')}/#{name}" }
        Builder::Bundle.prepare
        Builder::Declared.read.tell`
      const folder = withFiles({ Gemfile: `${SOURCE}${line}\n` })
      const { log } = await run('/usr/bin/ruby', ['-e', program], folder, {})
      assert.equal(/provided by the platform/.test(log), provided, log)
    })
  }
})

function buildOf(files: Readonly<Record<string, string>>, mirror: string, program = ECHO): Promise<Built> {
  return build(withFiles({ 'src/Thing.rb': program, ...files }), mirror)
}

const newFolder = (): string => mkdtempSync(join(ROOT, 'tree-'))

function withFiles(files: Readonly<Record<string, string>>): string {
  const folder = newFolder()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** Replaces the tokens in names and contents, as the platform does when it makes a repository. */
function fill(folder: string, name: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name.replaceAll('__ALGO__', name))
    renameSync(join(folder, entry.name), path)
    if (entry.isDirectory()) fill(path, name)
    else writeFileSync(path, readFileSync(path, 'utf8').replaceAll('__ALGO__', name).replaceAll('__USER__', 'jane'))
  }
}

function build(folder: string, mirror: string): Promise<Built> {
  const [program = '', ...args] = commandOutsideSandbox(RUBY, RUBY.build)
  return run(program, args, folder, { ALGORIST_ALGORITHM: 'Thing', BUNDLE_MIRROR__ALL: mirror })
}

/** Not synchronously: the registry is in this process. */
async function run(program: string, args: string[], folder: string, env: Record<string, string>): Promise<Built> {
  const all = { PATH: '/usr/bin:/bin', HOME: tmpdir(), LANG: 'C.UTF-8', ...env }
  const child = spawn(program, args, { cwd: folder, env: all, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (log += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { folder, code, log }
}

async function callOnce(folder: string, text: string): Promise<string> {
  return resultOnce({ language: RUBY, folder, algorithmName: 'Thing' }, text)
}
