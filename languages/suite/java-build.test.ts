/** Builds of Java algorithms without any network, as real runs of the build command; and what it reads of files of others. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  commandOutsideSandbox,
  LANGUAGES_FOLDER,
  missingPackages,
  pathOutsideSandbox,
  readLanguage,
} from './bridge-process.ts'
import { resultOnce } from './call-once.ts'

const LIMIT_MS = 120_000
const language = readLanguage('java')
const missing = missingPackages(language)
const skip = missing.length === 0 ? false : `this host lacks ${missing.join(' and ')}`
const CLASS =
  'package algorithmia.Case;\npublic class Case { public String apply(String text) { return "got " + text; } }\n'
const SOURCE = 'src/main/java/algorithmia/Case/Case.java'
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>a</groupId><artifactId>a</artifactId><version>1</version>`

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

describe('java build', { skip, timeout: 10 * LIMIT_MS }, () => {
  before(() => pathOutsideSandbox(language, '/opt/bridge'))

  it('needs no network for the template, which greets', { timeout: LIMIT_MS }, async () => {
    const folder = temporaryFolder()
    cpSync(join(LANGUAGES_FOLDER, 'java', 'template'), folder, { recursive: true })
    fillTemplate(folder, { __ALGO__: 'Greeter', __USER__: 'jane' })
    const log = build(folder, 'Greeter')
    assert.equal(log.code, 0, log.text)
    assert.match(log.text, /algorithmia-client:\[1\.0\.15,2\.0\): provided by the platform/)
    assert.equal(await callOnce(folder, 'Greeter', 'Jane'), 'Hello Jane')
  })

  it('needs neither a pom.xml nor algorithmia.conf', { timeout: LIMIT_MS }, async () => {
    const folder = filled({ 'src/algorithmia/Case/Case.java': CLASS, 'src/test/Broken.java': 'no Java' })
    const log = build(folder)
    assert.equal(log.code, 0, log.text)
    assert.equal(await callOnce(folder, 'Case', 'x'), 'got x')
  })

  it('builds what ant and ivy built, where the platform brings all that is named', { timeout: LIMIT_MS }, async () => {
    const ivy =
      '<ivy-module version="2.0"><dependencies><dependency org="algorithmia" name="algorithmia-api" rev="latest.integration"/></dependencies></ivy-module>'
    const source = CLASS.replace('algorithmia.Case;', 'algorithmia.jane.Case.Case;').replace('.Case.Case;', '.Case;')
    const conf = '{"username":"jane","algoname":"Case"}'
    const files = {
      'build.xml': '<project/>',
      'ivy.xml': ivy,
      'algorithmia.conf': conf,
      'src/algorithmia/jane/Case/Case.java': source,
    }
    const folder = filled(files)
    const log = build(folder)
    assert.equal(log.code, 0, log.text)
    assert.equal(await callOnce(folder, 'Case', 'x'), 'got x')
  })

  it('builds the main class of a handler, and leaves tests in the main tree out', { timeout: LIMIT_MS }, async () => {
    const source = `package com.algorithmia.algorithm;
import com.algorithmia.development.*;
public class Algorithm extends AbstractAlgorithm<String, String> {
  public String apply(String name) { return "hello " + name; }
  public static void main(String[] args) { new Handler<>(new Algorithm()).serve(); }
}
`
    const pom = `${POM}<dependencies><dependency><groupId>com.algorithmia</groupId><artifactId>algorithm-handler</artifactId><version>[1.2,)</version></dependency>
<dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>3.8.1</version></dependency></dependencies>
<build><plugins><plugin><artifactId>maven-jar-plugin</artifactId><configuration><archive><manifest>
<mainClass>com.algorithmia.algorithm.Algorithm</mainClass></manifest></archive></configuration></plugin></plugins></build></project>`
    const folder = filled({
      'pom.xml': pom,
      'src/main/java/com/algorithmia/algorithm/Algorithm.java': source,
      'src/main/java/com/algorithmia/algorithm/AlgorithmTest.java':
        'import junit.framework.TestCase;\nclass AlgorithmTest extends TestCase {}\n',
    })
    const log = build(folder, 'Any')
    assert.equal(log.code, 0, log.text)
    assert.match(log.text, /algorithm: main of com\.algorithmia\.algorithm\.Algorithm/)
    assert.equal(await callOnce(folder, 'Any', 'Jane'), 'hello Jane')
  })

  it('compiles Java 6 as Java 8', { timeout: LIMIT_MS }, () => {
    const plugin =
      '<plugin><artifactId>maven-compiler-plugin</artifactId><configuration><source>1.6</source><target>1.6</target></configuration></plugin>'
    const log = build(
      filled({ [SOURCE]: CLASS, 'pom.xml': `${POM}<build><plugins>${plugin}</plugins></build></project>` }),
    )
    assert.equal(log.code, 0, log.text)
    assert.match(log.text, /1 files, Java 8/)
  })

  it('puts resources beside the classes', { timeout: LIMIT_MS }, () => {
    const folder = filled({ [SOURCE]: CLASS, 'src/main/resources/words/list.txt': 'word\n' })
    assert.equal(build(folder).code, 0)
    assert.equal(readFileSync(join(folder, 'target/classes/words/list.txt'), 'utf8'), 'word\n')
  })

  for (const [what, files, expected] of [
    [
      'the line that does not compile',
      { [SOURCE]: CLASS.replace('return', 'retrun') },
      /\nerror: src\/main\/java\/algorithmia\/Case\/Case\.java:2: /,
    ],
    [
      'the class that it expected',
      { [SOURCE.replaceAll('Case', 'Other')]: CLASS.replaceAll('Case', 'Other') },
      /\nerror: .*Name must match: algorithmia\.Case\.Case/,
    ],
    [
      'the method that it expected',
      { [SOURCE]: CLASS.replace('apply', 'run') },
      /\nerror: algorithmia\.Case\.Case has no public method apply/,
    ],
    ['where sources are expected', { 'README.md': 'empty' }, /error: expected Java sources in src\/main\/java or src/],
    ['a pom.xml that is not XML', { [SOURCE]: CLASS, 'pom.xml': '<project' }, /error: pom\.xml is not XML/],
    [
      'an algorithmia.conf that is not JSON',
      { [SOURCE]: CLASS, 'algorithmia.conf': '{' },
      /error: algorithmia\.conf is not a JSON object/,
    ],
  ] as const) {
    it(`fails with ${what}`, { timeout: LIMIT_MS }, () => {
      const log = build(filled(files))
      assert.equal(log.code, 1)
      assert.match(log.text, expected)
    })
  }

  it('names what could not be had', { timeout: LIMIT_MS }, () => {
    const absent =
      '<dependencies><dependency><groupId>no.such</groupId><artifactId>thing</artifactId><version>9.9</version></dependency></dependencies>'
    const log = build(filled({ [SOURCE]: CLASS, 'pom.xml': `${POM}${absent}</project>` }))
    assert.equal(log.code, 1)
    assert.match(log.text, /\nerror: .*no\.such:thing:jar:9\.9/)
  })

  it('asks for new packages when those that were kept do not do', { timeout: LIMIT_MS }, () => {
    const absent =
      '<dependencies><dependency><groupId>no.such</groupId><artifactId>thing</artifactId><version>9.9</version></dependency></dependencies>'
    const log = build(filled({ [SOURCE]: CLASS, 'pom.xml': `${POM}${absent}</project>` }), 'Case', {
      ALGORIST_DEPENDENCIES: 'kept',
    })
    assert.equal(log.code, 75)
  })
})

describe('java pom', { skip }, () => {
  const range = (version: string) =>
    `<dependency><groupId>com.algorithmia</groupId><artifactId>algorithmia-client</artifactId><version>${version}</version></dependency>`
  for (const [what, inner, packages, plugins] of [
    ['an open range of the client', `<dependencies>${range('[1.0.15,2.0)')}</dependencies>`, false, false],
    ['an exact client', `<dependencies>${range('1.0.16')}</dependencies>`, true, false],
    ['modules', '<modules><module>a</module></modules>', false, true],
    [
      'a plugin that the compiler alone does not stand for',
      '<build><plugins><plugin><artifactId>maven-shade-plugin</artifactId></plugin></plugins></build>',
      false,
      true,
    ],
    [
      'arguments of the compiler',
      '<build><plugins><plugin><artifactId>maven-compiler-plugin</artifactId><configuration><compilerArgs><arg>-proc:none</arg></compilerArgs></configuration></plugin></plugins></build>',
      false,
      true,
    ],
    [
      'arguments that ask for warnings',
      '<build><plugins><plugin><artifactId>maven-compiler-plugin</artifactId><configuration><compilerArgs><arg>-Xlint:all</arg></compilerArgs></configuration></plugin></plugins></build>',
      false,
      false,
    ],
    [
      'plugins that test and report',
      '<build><plugins><plugin><artifactId>maven-failsafe-plugin</artifactId><executions><execution><goals><goal>verify</goal></goals></execution></executions></plugin><plugin><artifactId>sonar-maven-plugin</artifactId></plugin></plugins></build>',
      false,
      false,
    ],
    ['tests that are wanted', '<properties><algorist.tests>true</algorist.tests></properties>', false, true],
  ] as const) {
    it(`with ${what} ${packages ? 'needs' : 'needs no'} packages and ${plugins ? 'all of Maven' : 'no plugins'}`, () => {
      const folder = filled({ 'pom.xml': `${POM}${inner}</project>` })
      const program =
        'import json; from pom import read_pom; p = read_pom("pom.xml"); print(json.dumps([p.needs_packages, p.needs_plugins]))'
      const env = { PYTHONPATH: join(LANGUAGES_FOLDER, 'java') }
      const answer = spawnSync('/usr/bin/python3', ['-B', '-c', program], { cwd: folder, env })
      assert.deepEqual(JSON.parse(answer.stdout.toString()), [packages, plugins])
    })
  }
})

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'algorist-java-build-'))
  folders.push(folder)
  return folder
}

function filled(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** Replaces the tokens in names and contents, as the platform does when it makes a repository. */
function fillTemplate(folder: string, tokens: Readonly<Record<string, string>>): void {
  const fill = (text: string) =>
    Object.entries(tokens).reduce((text, [token, value]) => text.replaceAll(token, value), text)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, fill(entry.name))
    renameSync(join(folder, entry.name), path)
    if (entry.isDirectory()) fillTemplate(path, tokens)
    else writeFileSync(path, fill(readFileSync(path, 'utf8')))
  }
}

/** Nothing listens at the mirror: a build that asks one fails. */
function build(
  folder: string,
  algorithmName = 'Case',
  more: Readonly<Record<string, string>> = {},
): { code: number | null; text: string } {
  const [program = '', ...args] = commandOutsideSandbox(language, language.build)
  const done = spawnSync(program, args, {
    cwd: folder,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: tmpdir(),
      ALGORIST_ALGORITHM: algorithmName,
      ALGORIST_BRIDGE: pathOutsideSandbox(language, '/opt/bridge'),
      MAVEN_MIRROR: 'http://127.0.0.1:9/',
      ...more,
    },
  })
  return { code: done.status, text: `${done.stdout}${done.stderr}` }
}

async function callOnce(folder: string, algorithmName: string, text: string): Promise<string> {
  return resultOnce({ language, folder, algorithmName }, text)
}
