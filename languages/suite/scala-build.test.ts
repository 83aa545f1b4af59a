/** Builds of Scala algorithms: what needs no network, what is read of a build definition, and what fails. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { commandOutsideSandbox, missingPackages, readLanguage, temporaryFolder } from './bridge-process.ts'
import { resultOnce } from './call-once.ts'

const LIMIT_MS = 200_000
const SCALA = readLanguage('scala')
const NOTHING_LISTENS = 'http://127.0.0.1:9'
const OLD = 'src/main/scala/algorithmia/Thing/Thing.scala'
const ROOT = temporaryFolder('algorist-scala-')
const missing = missingPackages(SCALA)
const skip = missing.length === 0 ? false : `this host lacks ${missing.join(' and ')}`

interface Definition {
  readonly scalaVersion: string | null
  readonly modules: readonly { readonly name: string; readonly version: string }[]
  readonly scalacOptions: readonly string[]
  readonly mainClass: string | null
  readonly reason: string | null
}

describe('scala build', { skip, timeout: 4 * LIMIT_MS }, () => {
  it('of an old repository needs no network, and leaves what a worker needs', { timeout: LIMIT_MS }, async () => {
    const folder = folderWith({
      'build.sbt': 'scalaVersion := "2.11.8"\nlibraryDependencies += "com.google.code.gson" % "gson" % "2.5"\n',
      [OLD]:
        'package algorithmia.Thing\nimport com.google.gson._\nimport com.algorithmia.data._\nclass Thing {\n  def apply(text: String): String = "Hello " + text\n}\n',
      'src/main/resources/words.txt': 'words',
    })
    const { code, log } = build(folder)
    assert.equal(code, 0, log)
    assert.match(log, /^gson 2\.5: provided by the platform$/m)
    assert.match(log, /^algorithm: algorithmia\.Thing\.Thing$/m)
    assert.match(
      readFileSync(join(folder, '.algorist', 'class-path'), 'utf8'),
      /algorithm\.jar[\s\S]*scala-library[\s\S]*gson/,
    )
    assert.equal(await callOnce(folder, 'Jane'), 'Hello Jane')
  })

  it('compiles Java beside Scala, and takes the jars of the commit along', { timeout: LIMIT_MS }, async () => {
    const folder = folderWith({
      'src/main/java/app/Words.java':
        'package app;\npublic class Words {\n  public static String hello() { return "Hello"; }\n}\n',
      'src/main/scala/Thing.scala':
        'object Thing {\n  def apply(text: String): String = app.Words.hello + " " + text\n}\n',
    })
    const { code, log } = build(folder)
    assert.equal(code, 0, log)
    assert.equal(await callOnce(folder, 'Jane'), 'Hello Jane')
  })

  it('asks for a compiler that is not there, and says where it was not', { timeout: LIMIT_MS }, () => {
    const { code, log } = build(folderWith({ 'build.sbt': 'scalaVersion := "2.13.1"\n', [OLD]: 'object Thing\n' }))
    assert.equal(code, 1)
    assert.match(log, /^error: could not fetch http:\/\/127\.0\.0\.1:9\/org\/scala-lang\/\S+2\.13\S+: /m)
  })

  it('refuses an algorithmia.conf that is not JSON', { timeout: LIMIT_MS }, () => {
    const { code, log } = build(
      folderWith({ 'algorithmia.conf': '{', 'Thing.scala': 'object Thing { def apply(a: Int) = a }\n' }),
    )
    assert.equal(code, 1)
    assert.match(log, /^error: algorithmia\.conf is not valid JSON/m)
  })
})

describe('a build definition', () => {
  const previous = process.cwd()
  afterEach(() => process.chdir(previous))

  it('that is a list of settings is read without sbt', async () => {
    const found = await read(`
      // what the templates had
      name := "Thing" /* and
      more */
      ThisBuild / scalaVersion := "2.12.8"
      mainClass in Compile := Some("app.Main")
      val repoUrl = System.getProperty("repo.url", "http://git.example.com")
      resolvers += "Somewhere" at "http://repository.invalid/"
      enablePlugins(JavaAppPackaging)
      scalacOptions ++= Seq("-deprecation", "-feature")
      libraryDependencies ++= Seq(
        "com.algorithmia" %% "algorithmia-scala" % "1.0.+",
        "org.scalatest" %% "scalatest" % "3.0.8" % Test
      )
      libraryDependencies += "org.scalatest" % "scalatest_2.11" % "3.0.1" % "test"
      libraryDependencies += "org.example" %% "served" % "1.0" % s"$Test, $IntegrationTest"
      configs(IntegrationTest)
      Defaults.itSettings
      fork in IntegrationTest := true
      normalizedName := name.value`)
    assert.equal(found.reason, null)
    assert.equal(found.scalaVersion, '2.12.8')
    assert.equal(found.mainClass, 'app.Main')
    assert.deepEqual(found.scalacOptions, ['-deprecation', '-feature'])
    assert.deepEqual(
      found.modules.map(({ name, version }) => `${name} ${version}`),
      ['algorithmia-scala 1.0.+'],
    )
  })

  for (const [text, reason] of [
    ['libraryDependencies += "com.lihaoyi" %% "upickle" % "0.6.6"', 'it needs upickle 0.6.6'],
    [
      'lazy val root = (project in file("."))\n  .settings(name := "x")',
      'build.sbt has: lazy val root = (project in file("."))',
    ],
    ['libraryDependencies ++= more', 'build.sbt has: libraryDependencies ++= more'],
    ['Seq(name := "x")', 'build.sbt has: Seq(name := "x")'],
    [
      'libraryDependencies += "org.example" % "both" % "1.0" % "test,compile"',
      'build.sbt has: libraryDependencies += "org.example" % "both" % "1.0" % "test,compile"',
    ],
  ] as const) {
    it(`with "${text.split('\n')[0]}" is one for sbt`, async () => assert.equal((await read(text)).reason, reason))
  }

  async function read(text: string): Promise<Definition> {
    const { readDefinition } = (await import(join(SCALA.folder, 'build', 'definition.js'))) as {
      readDefinition(isProvided: (module: { organization: string }) => boolean): Definition
    }
    process.chdir(folderWith({ 'build.sbt': text }))
    return readDefinition(({ organization }) => organization === 'com.algorithmia')
  }
})

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(ROOT, 'commit-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

function build(folder: string): { code: number | null; log: string } {
  const [program = '', ...args] = commandOutsideSandbox(SCALA, SCALA.build)
  const env = {
    PATH: '/usr/bin:/bin',
    TMPDIR: mkdtempSync(join(ROOT, 'build-')),
    ALGORIST_ALGORITHM: 'Thing',
    MAVEN_MIRROR: NOTHING_LISTENS,
  }
  const done = spawnSync(program, args, { cwd: folder, env })
  return { code: done.status, log: `${done.stdout}${done.stderr}` }
}

async function callOnce(folder: string, text: string): Promise<string> {
  return resultOnce({ language: SCALA, folder, algorithmName: 'Thing' }, text)
}
