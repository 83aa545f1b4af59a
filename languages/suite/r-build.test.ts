/** Builds R algorithms with the language's own build command: the template, packages from a mirror and from Debian, mistakes. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  casesFolder,
  commandOutsideSandbox,
  LANGUAGES_FOLDER,
  missingPackages,
  readLanguage,
  temporaryFolder,
} from './bridge-process.ts'
import { callOnce as once } from './call-once.ts'

const LIMIT_MS = 120_000
const language = readLanguage('r')
const missing = missingPackages(language)
const skip = missing.length === 0 ? false : `this host lacks ${missing.join(' and ')}`
/** Neither CRAN nor Debian: no mirror is there, and nothing listens where apt asks. */
const NO_NETWORK = {
  CRAN_MIRROR: 'file:///nowhere',
  http_proxy: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
}

describe('r build', { skip }, () => {
  it('needs no network for the template, which greets and passes its own test', { timeout: LIMIT_MS }, async () => {
    const folder = template('Greeter')
    const log = build(folder, 'Greeter', NO_NETWORK)
    assert.equal(log.code, 0, log.text)
    assert.match(log.text, /nothing to install/)
    assert.deepEqual(await callOnce(folder, 'Greeter', 'Jane'), ['V', 'hello Jane'])
    assert.match(execFileSync('/usr/bin/Rscript', ['run_all_tests.r'], { cwd: folder }).toString(), /all tests passed/)
  })

  it('takes packages from the mirror in CRAN_MIRROR, with what they need', { timeout: LIMIT_MS }, async () => {
    const folder = program('algorithm <- function(input) greetings::greet(input)', 'algorithmia\ngreetings\n')
    const log = build(folder, 'Case', { ...NO_NETWORK, CRAN_MIRROR: mirror() })
    assert.equal(log.code, 0, log.text)
    assert.match(log.text, /^algorithmia: provided by the platform$/m)
    assert.match(log.text, /^installed: greetings==1\.2\.3 words==0\.1$/m)
    assert.deepEqual(await callOnce(folder, 'Case', 'Jane'), ['V', 'Hi, Jane'])
  })

  it('takes an archive and an older version where the file says so', { timeout: LIMIT_MS }, () => {
    const from = mirror()
    const folder = program('algorithm <- identity', `-t ${from}/src/contrib/words_0.1.tar.gz\ngreetings==1.2.3\n`)
    const log = build(folder, 'Case', { CRAN_MIRROR: from })
    assert.equal(log.code, 0, log.text)
    assert.match(log.text, /^installed: greetings==1\.2\.3 words==0\.1$/m)
  })

  it('takes a repository, and code that installs by itself', { timeout: LIMIT_MS }, () => {
    const from = mirror()
    const repository = temporaryFolder('algorist-git-')
    execFileSync('tar', ['-xzf', `${fileURLToPath(from)}/src/contrib/words_0.1.tar.gz`, '-C', repository])
    const git = (...args: string[]) => execFileSync('git', ['-C', join(repository, 'words'), ...args])
    git('init', '-q')
    git('add', '.')
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'words')
    const lines = `-g file://${join(repository, 'words')}\n-e install.packages("greetings")\n`
    const log = build(program('algorithm <- identity', lines), 'Case', { CRAN_MIRROR: from })
    assert.equal(log.code, 0, log.text)
    assert.match(log.text, /^installed: greetings==1\.2\.3 words==0\.1$/m)
  })

  it("takes Debian's package where no mirror answers, and waits for promises", { timeout: LIMIT_MS }, async (test) => {
    const folder = temporaryFolder('algorist-build-')
    cpSync(join(casesFolder(language), 'asynchronous'), folder, { recursive: true })
    writeFileSync(join(folder, 'packages.txt'), 'promises\n')
    const log = build(folder, 'Case', { ...process.env, CRAN_MIRROR: 'file:///nowhere' })
    if (log.text.includes('there is no package promises')) return test.skip('no Debian mirror answers')
    assert.equal(log.code, 0, log.text)
    assert.match(log.text, /^installed: .*promises==/m)
    assert.deepEqual(await callOnce(folder, 'Case', 'x'), ['V', 'later x'])
    assert.match((await callOnce(folder, 'Case', 'boom'))[1], /"message":"Error: boom"/)
  })

  it('names the line of a package that cannot be had', { timeout: LIMIT_MS }, () => {
    const folder = program('algorithm <- identity', '# first\n\nno.such.package\n')
    const log = build(folder, 'Case', NO_NETWORK)
    assert.equal(log.code, 1)
    assert.match(log.text, /error: packages\.txt line 3 \(no\.such\.package\): there is no package no\.such\.package/)
    assert.match(log.text, /r-cran-no\.such\.package in Debian/)
  })

  it('names a line that it does not understand', { timeout: LIMIT_MS }, () => {
    const log = build(program('algorithm <- identity', 'two words\n'), 'Case', NO_NETWORK)
    assert.match(log.text, /error: packages\.txt line 1 \(two words\): expected a package's name, -t URL/)
    assert.equal(log.code, 1)
  })

  it('says which file it expected', { timeout: LIMIT_MS }, () => {
    const folder = temporaryFolder('algorist-build-')
    cpSync(join(casesFolder(language), 'wrong-name'), folder, { recursive: true })
    const log = build(folder, 'Recorded', NO_NETWORK)
    assert.match(
      log.text,
      /error: expected the algorithm in src\/Configured\.r or src\/Recorded\.r or src\/Algorithm\.r/,
    )
    assert.equal(log.code, 1)
  })

  it('says where the algorithm does not parse', { timeout: LIMIT_MS }, () => {
    const log = build(program('algorithm <- function(input) {\n  x y\n}\n', ''), 'Case', NO_NETWORK)
    assert.match(log.text, /error: the algorithm does not parse: src\/Case\.r:2:5: unexpected symbol/)
    assert.equal(log.code, 1)
  })

  it('warns of a package that the code uses and nothing names', { timeout: LIMIT_MS }, () => {
    const log = build(program('algorithm <- function(input) absent.one::f(input)', ''), 'Case', NO_NETWORK)
    assert.match(log.text, /warning: the code uses the package absent\.one, which packages\.txt does not name/)
    assert.equal(log.code, 0)
  })
})

/** The template with its tokens replaced, as the platform does when it makes a repository. */
function template(name: string): string {
  const folder = temporaryFolder('algorist-build-')
  cpSync(join(LANGUAGES_FOLDER, 'r', 'template'), folder, { recursive: true })
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const filled = join(folder, path.replaceAll('__ALGO__', name))
    if (path.includes('__ALGO__')) renameSync(join(folder, path), filled)
    if (!path.includes('.')) continue
    writeFileSync(filled, readFileSync(filled, 'utf8').replaceAll('__ALGO__', name).replaceAll('__USER__', 'jane'))
  }
  return folder
}

/** An algorithm named Case with these files. */
function program(source: string, packages: string): string {
  const folder = temporaryFolder('algorist-build-')
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'src', 'Case.r'), source)
  writeFileSync(join(folder, 'packages.txt'), packages)
  return folder
}

/** Address of a folder laid out as CRAN is, with the packages greetings, which needs words, and words. */
function mirror(): string {
  const folder = temporaryFolder('algorist-cran-')
  const contrib = join(folder, 'src', 'contrib')
  mkdirSync(contrib, { recursive: true })
  const index = [
    addPackage(contrib, { name: 'words', version: '0.1', code: 'hi <- "Hi, "', exports: 'hi' }),
    addPackage(contrib, {
      name: 'greetings',
      version: '1.2.3',
      code: 'greet <- function(name) paste0(words::hi, name)',
      exports: 'greet',
      imports: 'words',
    }),
  ]
  writeFileSync(join(contrib, 'PACKAGES'), index.join('\n'))
  return `file://${folder}`
}

interface RPackage {
  readonly name: string
  readonly version: string
  readonly code: string
  readonly exports: string
  readonly imports?: string
}

/** Makes the archive of a package in `contrib`, and answers its entry of the index. */
function addPackage(contrib: string, { name, version, code, exports, imports }: RPackage): string {
  const entry = `Package: ${name}\nVersion: ${version}\n${imports === undefined ? '' : `Imports: ${imports}\n`}`
  const files = {
    DESCRIPTION: `${entry}Title: Test\nDescription: Test.\nLicense: MIT\n`,
    NAMESPACE: `export(${exports})\n`,
    'R/code.R': `${code}\n`,
  }
  for (const [file, text] of Object.entries(files)) {
    const path = join(contrib, name, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  execFileSync('tar', ['-czf', join(contrib, `${name}_${version}.tar.gz`), '-C', contrib, name])
  rmSync(join(contrib, name), { recursive: true })
  return entry
}

interface Log {
  readonly code: number | null
  readonly text: string
}

function build(folder: string, algorithmName: string, env: NodeJS.ProcessEnv): Log {
  const [program = '', ...args] = commandOutsideSandbox(language, language.build)
  const done = spawnSync(program, args, {
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', ...env, ALGORIST_ALGORITHM: algorithmName },
  })
  return { code: done.status, text: `${done.stdout}${done.stderr}` }
}

/** Type and body of the answer to one text. */
async function callOnce(folder: string, algorithmName: string, text: string): Promise<[string, string]> {
  assert.ok(existsSync(folder))
  return once({ language, folder, algorithmName }, text)
}
