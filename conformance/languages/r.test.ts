/** The life of R algorithms on a server: the template untouched, edits, a package of Debian, builds that go wrong. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { expectGreen, logOf, publish, push, pushGreen, type Workshop, waitForBuild } from '../lib/algorithms.ts'
import { answerOf, create, expectGreeting, failedLog } from '../lib/language-life.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { lacksToolchain } from '../lib/toolchains.ts'

const skip = lacksToolchain('r')

describe('an R algorithm', { skip, timeout: 600_000 }, () => {
  let target: Target
  let shop: Workshop
  before(async () => {
    target = await startTarget({ ALGORIST_BUILD_NETWORK: 'host', ALGORIST_BUILD_ENV: 'CRAN_MIRROR=file:///nowhere' })
    shop = await create(target, 'Greeter', 'r')
  })
  after(() => target?.close())

  test('the template is built as it is and greets', async (t) => {
    const build = await expectGreen(shop, await waitForBuild(shop))
    await expectGreeting(t, shop, build.commit_sha, 'hello Jane')
    assert.match(await logOf(shop, build), /nothing to install/)
  })

  test('an edit is called by commit, and published by range; the client sees files and other algorithms', async () => {
    const program = `library(algorithmia)
client <- getAlgorithmiaClient()

loading <- function() {
  notes <- client$dir("data://.my/r_notes")
  if (!notes$exists()) notes$create(ReadAcl.PRIVATE)
  notes
}

answer <- function(input, notes) {
  notes$file("größe & more.json")$putJson(list(name = input))
  files <- notes$files()
  names <- character()
  while (files$hasNext()) names <- c(names, files$getNext()$getName())
  file <- client$file("data://.my/r_notes/größe & more.json")
  inner <- client$algo("algo://${target.username}/Inner/0.1.0")$pipe(file$getJson()$name)
  bytes <- client$algo("${target.username}/Inner/0.1.0")$pipe(as.raw(0:255))
  list(names = I(names), inner = inner$result, type = inner$metadata$content_type, bytes = identical(bytes$result, as.raw(0:255)),
    missing = client$file("data://.my/r_notes/none")$exists(),
    refused = tryCatch(client$algo("nobody/Nothing")$pipe(1), error = function(e) substr(conditionMessage(e), 1, 16)))
}

getAlgorithmHandler(answer, loading)$serve()
`
    const inner = await create(target, 'Inner', 'r36')
    await expectGreen(inner, await waitForBuild(inner))
    await pushGreen(inner, {
      'src/Inner.r': 'algorithm <- function(input) if (is.raw(input)) input else paste("hello", input)\n',
    })
    await publish(inner)
    const sha = await pushGreen(shop, { 'src/Greeter.r': program })
    const expected = {
      names: ['größe & more.json'],
      inner: 'hello Zoë',
      type: 'text',
      bytes: true,
      missing: false,
      refused: 'Algorithm error:',
    }
    assert.deepEqual((await answerOf(shop, sha, 'Zoë')).result, expected)
    await publish(shop, { settings: { algorithm_callability: 'public' } })
    assert.deepEqual((await answerOf(shop, '0.1.*', 'Zoë')).result, expected)
  })

  test('an error says what R says, and the worker goes on', async () => {
    const program = `check <- function(input) if (input == "bad") stop("not good") else nchar(input)
algorithm <- function(input) check(input)
`
    const sha = await pushGreen(shop, { 'src/Greeter.r': program })
    const { error } = await answerOf(shop, sha, 'bad')
    assert.equal(error.message, 'Error in check(input): not good')
    assert.equal(error.error_type, 'AlgorithmError')
    assert.match(
      error.stacktrace,
      /^algorithm\(input\)\ncheck\(input\) at src\/Greeter\.r:2\nstop\("not good"\) at src\/Greeter\.r:1$/,
    )
    assert.equal((await answerOf(shop, sha, 'four')).result, 4)
  })

  test('a new worker has the folder, the variables and a place for its files, also when it was started ahead', async (t) => {
    const program = `algorithm <- function(input) {
  path <- tempfile()
  writeLines("x", path)
  list(arguments = I(commandArgs(trailingOnly = TRUE)), folder = getwd(), file = readLines(path), letters = nchar(input),
    address = Sys.getenv("ALGORITHMIA_API"))
}
`
    const sha = await pushGreen(shop, { 'src/Greeter.r': program })
    const startMs = performance.now()
    const { result } = await answerOf(shop, sha, 'größe')
    const how = result.arguments.includes('wait') ? 'started ahead' : 'started by itself'
    t.diagnostic(`first call of a new version, ${how}: ${Math.round(performance.now() - startMs)} ms`)
    assert.equal(result.letters, 5)
    assert.equal(result.folder, '/opt/algorithm')
    assert.equal(result.file, 'x')
    assert.match(result.address, /^http:/)
  })

  test("Debian's packages are unpacked into the artifact, and kept for the next build", async (t) => {
    const program = 'algorithm <- function(input) rjson::toJSON(list(name = input))\n'
    const build = await push(shop, { 'src/Greeter.r': program, 'packages.txt': 'rjson\n' })
    const log = await logOf(shop, build)
    if (log.includes('there is no package rjson')) return t.skip('no Debian mirror answers')
    await expectGreen(shop, build)
    assert.match(log, /^installed: .*rjson==/m)
    assert.equal((await answerOf(shop, build.commit_sha, 'Jane')).result, '{"name":"Jane"}')

    const startMs = performance.now()
    const again = await pushGreen(shop, { 'notes.txt': 'changed\n' })
    t.diagnostic(`clone, push and build with unchanged packages: ${Math.round(performance.now() - startMs)} ms`)
    assert.match(await logOf(shop, await waitForBuild(shop, again)), /packages are those of an earlier build/)
    assert.equal((await answerOf(shop, again, 'Jane')).result, '{"name":"Jane"}')
  })

  test('a wrong build says which file and line', async () => {
    const absent = await failedLog(shop, { 'packages.txt': 'no.such.package\n' })
    assert.match(absent, /error: packages\.txt line 1 \(no\.such\.package\): there is no package no\.such\.package/)
    const syntax = await failedLog(shop, { 'packages.txt': '', 'src/Greeter.r': 'algorithm <- function(input {\n' })
    assert.match(syntax, /error: the algorithm does not parse: src\/Greeter\.r:1:29/)
  })
})
