import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import { type Environment, type LackingLanguage, loadLanguages } from '@algorist/runner/languages.ts'
import {
  bySpecification,
  chooseEnvironment,
  type EnvironmentSelector,
  listEnvironments,
  listLanguages,
  type Offer,
} from './environments.ts'
import { fillTemplate, readTemplate } from './template.ts'
import { packArchive } from './template-archive.ts'

const languages = await loadLanguages(resolve(import.meta.dirname, '../../../../languages'))
const python = languages.find(({ id }) => id === 'python3')
assert.ok(python)
const [modern, named38, scientific] = python.environments
/** A host that has Python with all that it may have, and not what another language needs. */
const cobol: LackingLanguage = {
  ...python,
  id: 'cobol',
  aliases: ['cobol85'],
  environments: [
    { ...python.environments[0], id: '11111111-2222-4333-8444-555555555555', package_sets: ['cobol-*'] } as Environment,
  ],
  lacks: ['gnucobol', 'libcob'],
}
const offer: Offer = { languages, lackingLanguages: [cobol] }

test('every way of naming an environment finds it', () => {
  const named = (selector: EnvironmentSelector) => chooseEnvironment(offer, selector)?.environment.display_name
  assert.equal(named({ algorithm_environment: named38?.id.toUpperCase() }), named38?.display_name)
  assert.equal(named({ package_set: 'python38' }), 'Python 3.8')
  assert.equal(named({ language: 'python3' }), modern?.display_name)
  assert.equal(named({}), undefined)
  assert.equal(named({ algorithm_environment: '', language: '' }), undefined)
})

test('older names of environments stand for those that are there', () => {
  const named = (selector: EnvironmentSelector) => chooseEnvironment(offer, selector)?.environment.display_name
  for (const package_set of ['python37', 'Python-3.7-pytorch-1.0.0', 'pytorch-1.4.x', 'tensorflow-2.6', 'spacy-2.0.18'])
    assert.equal(named({ package_set }), 'Python 3.8', package_set)
  assert.equal(named({ package_set: 'python3' }), 'Python 3.8')
})

test('every language of the original platform is found by its older names, whatever this host can run', () => {
  const named = (language: string) => chooseEnvironment(offer, { language })?.language.id
  const older = {
    python3: ['python3-1', 'python-3.x-1'],
    javascript: ['node-5.x-1'],
    java: ['java11', 'java-ojdk11', 'java4', 'java3'],
    scala: ['scala-2', 'scala2', 'scala-2-sbt-1.3'],
    ruby: ['ruby-2.2-1'],
    r: ['r36'],
    rust: [],
  }
  for (const [id, names] of Object.entries(older)) {
    for (const name of [id, ...names]) assert.equal(named(name), id, name)
  }
  for (const [package_set, id] of [
    ['java11', 'java'],
    ['r36', 'r'],
    ['scala-2-sbt-1.3.3', 'scala'],
  ]) {
    assert.equal(chooseEnvironment(offer, { package_set })?.language.id, id)
  }
})

test('what was python3-1 has the scientific packages where the host has them, and others where it has not', () => {
  const selector = { language: 'Python3-1', environment: 'cpu' }
  assert.equal(chooseEnvironment(offer, selector)?.environment, scientific)
  const without = { ...python, environments: python.environments.slice(0, 2) }
  assert.equal(chooseEnvironment({ ...offer, languages: [without] }, selector)?.environment, modern)
})

test('what does not exist is refused with its own error, which says what is lacking', () => {
  const cases: [EnvironmentSelector, ErrorName, RegExp?][] = [
    [{ algorithm_environment: '00000000-0000-4000-8000-000000000000' }, 'UnknownAlgorithmLanguage'],
    [{ package_set: 'fortran12' }, 'PackageSetNotFound'],
    [{ package_set: 'python27' }, 'PackageSetNotFound', /Python 2 has ended/],
    [{ package_set: 'cobol-85' }, 'PackageSetNotFound', /lacks Debian's gnucobol, libcob/],
    [{ language: 'fortran' }, 'UnknownAlgorithmLanguage'],
    [{ language: 'Cobol85' }, 'UnsupportedAlgorithmLanguage', /gnucobol, libcob, which `bin\/up --languages cobol`/],
    [{ algorithm_environment: cobol.environments[0]?.id }, 'UnsupportedAlgorithmLanguage', /gnucobol/],
    [{ language: 'python2-langpack' }, 'UnsupportedAlgorithmLanguage', /use python3/],
    [{ language: 'python2-lackpack' }, 'UnsupportedAlgorithmLanguage', /use python3/],
    [{ language: 'anaconda3' }, 'UnsupportedAlgorithmLanguage', /requirements\.txt/],
    [{ language: 'csharp-dotnet-core2' }, 'UnsupportedAlgorithmLanguage', /\.NET/],
    [{ language: 'python3', environment: 'gpu' }, 'UnsupportedMachineType'],
    [{ package_set: 'tensorflow-gpu-2.3' }, 'UnsupportedMachineType'],
  ]
  for (const [selector, name, message = /./] of cases) {
    const isExpected = (error: unknown) =>
      error instanceof ApiError && error.error === name && message.test(error.message)
    assert.throws(() => chooseEnvironment(offer, selector), isExpected, JSON.stringify(selector))
  }
})

test('anaconda3 is listed first, configuration is JSON text, and environments come as an object', () => {
  const [first, ...others] = listLanguages(languages)
  assert.equal(first?.name, 'anaconda3')
  assert.ok(others.some(({ name }) => name === 'python3'))
  for (const { configuration } of [first, ...others]) assert.equal(typeof JSON.parse(configuration ?? ''), 'object')
  const { environments } = listEnvironments(languages, 'python3')
  assert.ok(environments.some(({ display_name }) => display_name === 'Python 3.8'))
  assert.match(environments[0]?.created_at ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
  assert.deepEqual(listEnvironments(languages, 'anaconda3'), { environments: [] })
})

test('tar unpacks the template archive with its files, tokens and modes', async () => {
  const specification = python.environments[0]?.specification_id ?? ''
  const files = await readTemplate(bySpecification(languages, specification))
  const long = `${'folder/'.repeat(20)}file.txt`
  const extra = { path: long, content: Buffer.from('deep'), executable: true }
  const folder = await mkdtemp(join(tmpdir(), 'algorist-template-'))
  try {
    execFileSync('tar', ['-xz', '-C', folder], { input: await packArchive([...files, extra]) })
    assert.match(await readFile(join(folder, 'src/__ALGO__.py'), 'utf8'), /def apply/)
    assert.equal(await readFile(join(folder, long), 'utf8'), 'deep')
    assert.equal((await stat(join(folder, long))).mode & 0o777, 0o755)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('tokens are replaced in names and texts, and binary files are left alone', () => {
  const binary = Buffer.from([0, ...Buffer.from('__ALGO__')])
  const latin1 = Buffer.from([0xe9, ...Buffer.from('__ALGO__')])
  const filled = fillTemplate(
    [
      { path: 'src/__ALGO__/__ALGO___test.py', content: Buffer.from('# __USER__ $& __ALGO__'), executable: true },
      { path: 'data.bin', content: binary, executable: false },
      { path: 'old.txt', content: latin1, executable: false },
    ],
    { owner: 'demo', name: 'Hello' },
  )
  assert.deepEqual(filled, [
    { path: 'src/Hello/Hello_test.py', content: Buffer.from('# demo $& Hello'), executable: true },
    { path: 'data.bin', content: binary, executable: false },
    { path: 'old.txt', content: latin1, executable: false },
  ])
})
