/** The life of Scala algorithms on a server: the template untouched, old ways and the modern one, sbt, builds that go wrong. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { expectGreen, logOf, publish, push, type Workshop, waitForBuild } from '../lib/algorithms.ts'
import { answerOf, create, expectGreeting, failedLog, resultOf } from '../lib/language-life.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { lacksToolchain } from '../lib/toolchains.ts'

const skip = lacksToolchain('scala')
const NO_REGISTRY = /could not fetch|UnknownHostException|Connection refused|download error|timed out/i
const OLD = 'src/main/scala/algorithmia/Greeter/Greeter.scala'
const MODERN = 'src/main/scala/Greeter.scala'

/** As the definitions of the old platform's repositories are, with what they needed of it and with what has gone since. */
const OLD_DEFINITION = `//
// Algorithmia algorithm build file
//
name := "Greeter"

version := System.getProperty("algo.version", "1.0-SNAPSHOT")

scalaVersion := "2.11.11"

mainClass in Compile := Some("algorithmia.Main")

val repoUrl = System.getProperty("repo.url", "http://git.example.com")

resolvers += "Gone" at "http://repository.invalid/releases/"

libraryDependencies ++= Seq(
  "com.algorithmia" % "algorithmia-client" % "1.0.+",
  "com.google.code.gson" % "gson" % "2.5"
)

libraryDependencies += "org.scalatest" % "scalatest_2.11" % "3.0.1" % "test"

retrieveManaged := true

// Don't convert name to lowercase
normalizedName := name.value
`

describe('a Scala algorithm', { skip, timeout: 900_000 }, () => {
  let target: Target
  let shop: Workshop
  before(async () => {
    target = await startTarget()
    shop = await create(target, 'Greeter', 'scala')
  })
  after(() => target?.close())

  test('the template is built as it is and greets', async (t) => {
    const build = await waitForBuild(shop)
    if (NO_REGISTRY.test(await logOf(shop, build))) return t.skip('no registry answers')
    await expectGreen(shop, build)
    await expectGreeting(t, shop, build.commit_sha, 'Hello Jane')
  })

  test('an old repository is built without sbt or downloads, called by commit and published by range', async () => {
    const program = `package algorithmia.Greeter

import com.algorithmia._
import com.algorithmia.algo._
import com.algorithmia.data._
import com.google.gson._

class Greeter {
  def apply(input: String): String = {
    println("out " + input)
    if (input == "throw") throw new IllegalStateException("no good")
    if (input == "exit") sys.exit(3)
    "Hello " + input
  }
}
`
    const build = await push(shop, { 'build.sbt': OLD_DEFINITION, [OLD]: program }, 'src')
    await expectGreen(shop, build)
    const log = await logOf(shop, build)
    assert.match(log, /^algorithmia-client 1\.0\.\+: provided by the platform$/m)
    assert.match(log, /^Scala 2\.11\.12 in place of 2\.11\.11$/m)
    const sha = build.commit_sha
    assert.equal(await resultOf(shop, sha, 'Jane'), 'Hello Jane')
    const thrown = await answerOf(shop, `${sha}?stdout=true`, 'throw')
    assert.equal(thrown.error.message, 'no good')
    assert.match(
      thrown.error.stacktrace,
      /^java\.lang\.IllegalStateException: no good\n\tat algorithmia\.Greeter\.Greeter\.apply/,
    )
    assert.equal(thrown.metadata.stdout, 'out throw\n')
    const ended = await answerOf(shop, sha, 'exit')
    assert.deepEqual([ended.error.message, ended.error.error_type], ['exited with code 3', 'SystemExit'])
    await publish(shop, { settings: { algorithm_callability: 'public' } })
    assert.equal(await resultOf(shop, '0.1.*', 'Zoë'), 'Hello Zoë')
  })

  test('the modern way takes case classes, waits for Futures, and loads first', async (t) => {
    const program = `import scala.concurrent.ExecutionContext.Implicits.global
import scala.concurrent.Future

case class Person(name: String, age: Option[Int], tags: Seq[String] = Nil)
case class Greeting(text: String, next: Option[Long], tags: Map[String, Int])

object Greeter {
  private var word = ""

  def load(): Unit = word = "Hello"

  def apply(person: Person): Future[Greeting] = Future {
    Greeting(s"$word \${person.name}", person.age.map(_ + 1L), person.tags.zipWithIndex.toMap)
  }
}
`
    const build = await push(shop, { 'build.sbt': 'scalaVersion := "2.11.12"\n', [MODERN]: program }, 'src')
    await expectGreen(shop, build)
    const sha = build.commit_sha
    const expected = { text: 'Hello Zoë', next: 8, tags: { a: 0, b: 1 } }
    const startMs = performance.now()
    assert.deepEqual(await resultOf(shop, sha, { name: 'Zoë', age: 7, tags: ['a', 'b'] }), expected)
    t.diagnostic(`first call: ${Math.round(performance.now() - startMs)} ms`)
    assert.deepEqual(await resultOf(shop, sha, { name: 'Jo' }), { text: 'Hello Jo', next: null, tags: {} })
    assert.equal((await answerOf(shop, sha, {})).error.message, 'Person.name is missing')
    const againMs = performance.now()
    const again = await push(
      shop,
      { 'build.sbt': 'scalaVersion := "2.11.12"\n', [MODERN]: `${program}// changed\n` },
      'src',
    )
    t.diagnostic(`clone, push and build with unchanged packages: ${Math.round(performance.now() - againMs)} ms`)
    await expectGreen(shop, again)
  })

  test('a handler of the Scala-2 environment is served, with play-json and the client', async (t) => {
    const program = `package com.algorithmia

import com.algorithmia.handler.AbstractAlgorithm
import play.api.libs.json._
import scala.util.{Success, Try}

case class Person(name: String)
object Person { implicit val reads: Reads[Person] = Json.reads[Person] }

class Algorithm extends AbstractAlgorithm[Person, JsObject] {
  private var word: String = _

  override def apply(input: Person): Try[JsObject] = Try {
    if (input.name == "bad") throw new IllegalStateException("no good")
    Json.obj("text" -> s"$word \${input.name}", "there" -> Algorithmia.client().file("data://.my/none/none.txt").exists)
  }

  override def load = {
    word = "hello"
    Success()
  }
}

object Algorithm {
  val handler = Algorithmia.handler(new Algorithm)

  def main(args: Array[String]): Unit = {
    handler.serve()
  }
}
`
    const definition = `name := "algorithm"
scalaVersion := "2.13.1"

enablePlugins(JavaAppPackaging)

libraryDependencies ++= Seq(
  "com.algorithmia" %% "algorithmia-scala" % "1.0.+",
  "org.scalatest" %% "scalatest" % "3.0.8" % Test
)
`
    const build = await push(
      shop,
      {
        'build.sbt': definition,
        'project/build.properties': 'sbt.version=1.3.3\n',
        'project/plugins.sbt': 'addSbtPlugin("com.typesafe.sbt" % "sbt-native-packager" % "1.4.1")\n',
        'src/main/scala/com/algorithmia/Algorithm.scala': program,
      },
      'src',
    )
    if (NO_REGISTRY.test(await logOf(shop, build))) return t.skip('no registry answers')
    await expectGreen(shop, build)
    assert.deepEqual(await resultOf(shop, build.commit_sha, { name: 'Jane' }), { text: 'hello Jane', there: false })
    const { error } = await answerOf(shop, build.commit_sha, { name: 'bad' })
    assert.deepEqual(
      [error.message, error.error_type],
      ['IllegalStateException: no good', 'class java.lang.IllegalStateException'],
    )
    const unfit = await answerOf(shop, build.commit_sha, 7)
    assert.match(unfit.error.message, /Unable to convert 7 into com\.algorithmia\.Person/)
  })

  test('a dependency comes from the registry by sbt, and is kept for the next build', async (t) => {
    const program = `package algorithmia.Greeter

import org.apache.commons.csv.CSVFormat

class Greeter {
  def apply(input: String): String = CSVFormat.DEFAULT.format("a b", input, "c,d")
}
`
    const definition = `${OLD_DEFINITION}\nlibraryDependencies += "org.apache.commons" % "commons-csv" % "1.1"\n`
    const files = { 'build.sbt': definition, [OLD]: program, 'project/build.properties': 'sbt.version=0.13.16\n' }
    const build = await push(shop, files, 'src')
    const log = await logOf(shop, build)
    if (NO_REGISTRY.test(log)) return t.skip('no registry answers')
    await expectGreen(shop, build)
    assert.match(log, /^sbt 1\.\S+ in place of 0\.13\.16$/m)
    assert.match(log, /^library: commons-csv-1\.1\.jar$/m)
    assert.equal(await resultOf(shop, build.commit_sha, 'x'), 'a b,x,"c,d"')
    const startMs = performance.now()
    const again = await push(shop, { ...files, [OLD]: program.replace('a b', 'again') }, 'src')
    t.diagnostic(`clone, push and build with unchanged packages: ${Math.round(performance.now() - startMs)} ms`)
    await expectGreen(shop, again)
    assert.equal(await resultOf(shop, again.commit_sha, 'x'), 'again,x,"c,d"')
  })

  test('a wrong build says which file, and what was expected', async () => {
    const failed = (files: Readonly<Record<string, string>>): Promise<string> =>
      failedLog(shop, { 'build.sbt': 'scalaVersion := "2.11.12"\n', ...files }, 'src')
    const syntax = await failed({ [MODERN]: 'object Greeter {\n  def apply(name: String): Int = name\n}\n' })
    assert.match(syntax, /^error: src\/main\/scala\/Greeter\.scala:2: type mismatch;/m)
    const name = await failed({ [MODERN]: 'object Greater {\n  def apply(name: String) = name\n}\n' })
    assert.match(
      name,
      /^error: there is no algorithm: expected the class algorithmia\.Greeter\.Greeter in .*; the sources have Greater$/m,
    )
    const version = await failed({ 'build.sbt': 'scalaVersion := "3.3.1"\n', [MODERN]: 'object Greeter\n' })
    assert.match(version, /^error: scalaVersion "3\.3\.1": expected a version of Scala 2, such as 2\.13$/m)
    assert.match(
      await failed({ 'README.md': 'nothing\n' }),
      /^error: there are no sources: expected Scala files in src\/main\/scala/m,
    )
  })
})
