import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import { loadLanguages } from '@algorist/runner/languages.ts'
import {
  chooseEnvironment,
  type EnvironmentSelector,
  languageOfSpecification,
  listEnvironments,
  listLanguages,
} from './environments.ts'
import { fillTemplate, readTemplate } from './template.ts'
import { packArchive } from './template-archive.ts'

const languages = await loadLanguages(resolve(import.meta.dirname, '../../../../languages'))
const python = languages.find(({ id }) => id === 'python3')
assert.ok(python)

test('every way of naming an environment finds it', () => {
  const named = (selector: EnvironmentSelector) => chooseEnvironment(languages, selector)?.environment.display_name
  const [, second] = python.environments
  assert.equal(named({ algorithm_environment: second?.id.toUpperCase() }), second?.display_name)
  assert.equal(named({ package_set: 'python38' }), 'Python 3.8')
  assert.equal(named({ language: 'python3' }), python.environments[0]?.display_name)
  assert.equal(named({ language: 'Python3-1', environment: 'cpu' }), python.environments[0]?.display_name)
  assert.equal(named({}), undefined)
  assert.equal(named({ algorithm_environment: '', language: '' }), undefined)
})

test('what does not exist is refused with its own error', () => {
  const cases: [EnvironmentSelector, ErrorName][] = [
    [{ algorithm_environment: '00000000-0000-4000-8000-000000000000' }, 'UnknownAlgorithmLanguage'],
    [{ package_set: 'python12' }, 'PackageSetNotFound'],
    [{ language: 'cobol' }, 'UnknownAlgorithmLanguage'],
    [{ language: 'python2-langpack' }, 'UnsupportedAlgorithmLanguage'],
    [{ language: 'python3', environment: 'gpu' }, 'UnsupportedMachineType'],
  ]
  for (const [selector, name] of cases) {
    const isExpected = (error: unknown) => error instanceof ApiError && error.error === name
    assert.throws(() => chooseEnvironment(languages, selector), isExpected, JSON.stringify(selector))
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
  const files = await readTemplate(languageOfSpecification(languages, specification))
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
