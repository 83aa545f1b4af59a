/**
 * A newcomer's first hour with nothing but curl and git, once per language: create, clone, edit, push, build, call by
 * commit, publish, call by version, break, repair, delete (runtime.md 1; rest-api.md 3.2, 4.2).
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Account, createAccount } from './lib/accounts.ts'
import {
  commit,
  createAlgorithm,
  expectGreen,
  git,
  gitOrFail,
  headOf,
  logOf,
  publish,
  pushGreen,
  type Workshop,
  waitForBuild,
  withClone,
} from './lib/algorithms.ts'
import { type CurlReply, curl, curlJson, type Json } from './lib/curl.ts'
import { NEWCOMERS, type Newcomer } from './lib/newcomers.ts'
import { startTarget, type Target } from './lib/server.ts'

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target?.close())

function call(shop: Workshop, selector: string, input: string, caller: Account = shop.owner): Promise<CurlReply> {
  const url = selector === '' ? shop.callUrl : `${shop.callUrl}/${selector}`
  return curl('POST', url, { key: caller.key, contentType: 'text/plain', body: input })
}

async function resultOf(reply: Promise<CurlReply>): Promise<Json> {
  const { status, text } = await reply
  assert.equal(status, 200, text)
  return JSON.parse(text).result
}

async function statusOf(reply: Promise<CurlReply>): Promise<number> {
  return (await reply).status
}

function pathOf(shop: Workshop): string {
  return `${shop.owner.username}/${shop.name}`
}

for (const newcomer of NEWCOMERS) {
  describe(`a newcomer's ${newcomer.language} algorithm`, () => lifeCycle(newcomer))
}

/** The tests share one algorithm and run in order: each is the next step of one story. */
function lifeCycle(newcomer: Newcomer): void {
  let shop: Workshop
  let created: Json
  let stranger: Account
  let firstSha: string
  let pushedSha: string

  before(async () => {
    const owner = await createAccount(target, 'newcomer')
    stranger = await createAccount(target, 'stranger')
    ;({ shop, created } = await createAlgorithm(target, owner, { name: 'Greeter', language: newcomer.language }))
  })

  test('is created private, with an id', () => {
    assert.equal(created.resource_type, 'algorithm')
    assert.equal(created.name, 'Greeter')
    assert.match(created.id, UUID)
    assert.equal(created.settings.algorithm_callability, 'private')
  })

  test('is found by name in any spelling and by id, and a missing one answers exactly "No such algorithm"', async () => {
    const key = shop.owner.key
    const byName = await curlJson('GET', `${target.url}/v1/algorithms/${pathOf(shop).toUpperCase()}`, { key })
    const byId = await curlJson('GET', `${target.url}/v1/algorithms/${created.id}`, { key })
    assert.equal(byName.id, created.id)
    assert.equal(byId.name, 'Greeter')
    const missing = await curl('GET', `${shop.url}Missing`, { key })
    assert.equal(missing.status, 404)
    assert.equal(missing.text, '{"error":"No such algorithm"}')
  })

  test('the template is built at once and its first build is callable by commit', async () => {
    const build = await expectGreen(shop, await waitForBuild(shop))
    firstSha = build.commit_sha
    assert.match(await resultOf(call(shop, firstSha, 'World')), /^hello World$/i)
  })

  test('a clone holds the template, and a push starts a build and prints its id and the call URL', async () => {
    await withClone(shop, async (folder) => {
      assert.equal(await headOf(folder), firstSha)
      pushedSha = await commit(folder, { [newcomer.sourceFile('Greeter')]: newcomer.greeter('Good day') })
      const pushed = await gitOrFail(folder, 'push')
      const { results } = await curlJson('GET', `${shop.url}/builds`, { key: shop.owner.key })
      assert.equal(results[0].commit_sha, pushedSha, 'the build record exists when the push returns')
      const remoteLines = pushed.stderr.split('\n').filter((line) => line.startsWith('remote:'))
      assert.ok(remoteLines.join('\n').includes(results[0].build_id), pushed.stderr)
      assert.ok(remoteLines.join('\n').includes(`/v1/algo/${pathOf(shop)}/${pushedSha}`), pushed.stderr)
    })
  })

  test('the build ends green, keeps its log, and the commit is callable by its owner alone', async () => {
    const build = await expectGreen(shop, await waitForBuild(shop, pushedSha))
    assert.equal(build.resource_type, 'algorithm_build')
    assert.ok(build.finished_at >= build.started_at)
    const logs = await logOf(shop, build)
    assert.match(logs, /^Beginning container customization/m)
    assert.equal(await resultOf(call(shop, pushedSha, 'Ada')), 'Good day, Ada!')
    assert.match(await resultOf(call(shop, firstSha, 'Ada')), /^hello Ada$/i)
    assert.ok([403, 404].includes(await statusOf(call(shop, pushedSha, 'Ada', stranger))))
    assert.equal(await statusOf(call(shop, pushedSha.slice(0, 12), 'Ada')), 404)
  })

  test('an exception is an answer with status 200, message, type and a trace for the owner', async () => {
    const reply = await call(shop, pushedSha, '')
    const { error, metadata, result } = JSON.parse(reply.text)
    assert.equal(reply.status, 200)
    assert.equal(result, undefined)
    assert.match(error.message, /no input$/)
    assert.equal(error.error_type, 'AlgorithmError')
    assert.equal(typeof error.stacktrace, 'string')
    assert.deepEqual(Object.keys(metadata), ['duration'])
    const raw = await curl('POST', `${shop.callUrl}/${pushedSha}?output=raw`, {
      key: shop.owner.key,
      contentType: 'text/plain',
      body: '',
    })
    assert.equal(raw.status, 400)
  })

  test('the first publication is 0.1.0 and private: exact versions and latestPrivate reach it, ranges never', async () => {
    const published = await publish(shop, { version_info: { release_notes: 'first' } })
    assert.equal(published.version_info.semantic_version, '0.1.0')
    assert.equal(published.version_info.git_hash, pushedSha)
    assert.equal(await resultOf(call(shop, '0.1.0', 'Bo')), 'Good day, Bo!')
    assert.equal(await resultOf(call(shop, 'latestPrivate', 'Bo')), 'Good day, Bo!')
    for (const range of ['', 'latest', '0.1', '0.1.*', '0.*', '0']) {
      assert.equal(await statusOf(call(shop, range, 'Bo')), 404, `range "${range}"`)
    }
    assert.ok([403, 404].includes(await statusOf(call(shop, '0.1.0', 'Bo', stranger))))
  })

  test('a build carries one version only: publishing it again is error 1007, compiling it again makes it publishable', async () => {
    const again = await curl('POST', `${shop.url}/versions`, { key: shop.owner.key, body: '{}' })
    assert.equal(again.status, 400)
    assert.equal(JSON.parse(again.text).error.code, 1007)
    const compiled = await curlJson('POST', `${shop.url}/compile`, { key: shop.owner.key })
    assert.equal(compiled.version_info.git_hash, pushedSha)
    assert.equal(compiled.compilation.successful, true)
    assert.equal(compiled.build.status, 'succeeded')
  })

  test('a public version is called by anyone through every kind of range', async () => {
    const published = await publish(shop, { settings: { algorithm_callability: 'public' } })
    assert.equal(published.version_info.semantic_version, '0.2.0')
    for (const selector of ['', 'latest', '0.2.0', '0.2', '0.2.*', '0.2.x', '0.*', '0']) {
      assert.equal(await resultOf(call(shop, selector, 'Cy', stranger)), 'Good day, Cy!', `selector "${selector}"`)
    }
    assert.equal(await statusOf(call(shop, '0.1.*', 'Cy', stranger)), 404)
    assert.equal(await statusOf(call(shop, '1', 'Cy', stranger)), 404)
  })

  test('a revision moves the ranges and leaves exact versions where they are', async () => {
    await pushGreen(shop, { [newcomer.sourceFile('Greeter')]: newcomer.greeter('Welcome') })
    const published = await publish(shop, { version_info: { version_type: 'revision' } })
    assert.equal(published.version_info.semantic_version, '0.2.1')
    assert.equal(await resultOf(call(shop, '0.2.*', 'Di', stranger)), 'Welcome, Di!')
    assert.equal(await resultOf(call(shop, '0.2.0', 'Di', stranger)), 'Good day, Di!')
    assert.equal(await resultOf(call(shop, 'latestPrivate', 'Di')), 'Good day, Di!')
  })

  test('the list of versions filters by published and callable, and pages', async () => {
    const list = async (query: string): Promise<Json> =>
      curlJson('GET', `${shop.url}/versions?${query}`, { key: shop.owner.key })
    const numbers = (page: Json): string[] => page.results.map((each: Json) => each.version_info.semantic_version)
    assert.deepEqual(numbers(await list('published=true')), ['0.2.1', '0.2.0', '0.1.0'])
    assert.deepEqual(numbers(await list('published=true&callable=true')), ['0.2.1', '0.2.0'])
    assert.deepEqual(numbers(await list('published=true&callable=false')), ['0.1.0'])
    const unpublished = await list('published=false')
    assert.ok(unpublished.results.some((each: Json) => each.version_info.git_hash === firstSha))
    assert.ok(unpublished.results.every((each: Json) => each.version_info.semantic_version === undefined))
    const first = await list('published=true&limit=2')
    assert.deepEqual(numbers(first), ['0.2.1', '0.2.0'])
    const next = await curlJson('GET', first.next_link, { key: shop.owner.key })
    assert.deepEqual(numbers(next), ['0.1.0'])
    assert.equal(next.marker, null)
    assert.equal(next.next_link, null)
  })

  test('one version is found by its commit', async () => {
    const found = await curlJson('GET', `${shop.url}/versions/${pushedSha}`, { key: shop.owner.key })
    assert.equal(found.id, created.id)
    assert.equal(found.version_info.git_hash, pushedSha)
    const missing = await curl('GET', `${shop.url}/versions/${'0'.repeat(40)}`, { key: shop.owner.key })
    assert.equal(missing.status, 404)
    assert.equal(JSON.parse(missing.text).error.code, 1014)
  })

  test('a push that does not build gives a failed build with its log, and the next push repairs it', async () => {
    await withClone(shop, async (folder) => {
      const sha = await commit(folder, newcomer.brokenFiles)
      await gitOrFail(folder, 'push', '-q')
      const build = await waitForBuild(shop, sha)
      assert.equal(build.status, 'failed')
      const logs = await logOf(shop, build)
      assert.match(logs, /^Beginning container customization/m)
      assert.ok(logs.length > 100, 'the log says why')
      assert.equal(await statusOf(call(shop, sha, 'Ed')), 404)
    })
    const sha = await pushGreen(shop, newcomer.repairedFiles('Greeter'))
    assert.equal(await resultOf(call(shop, sha, 'Ed')), 'Welcome, Ed!')
  })

  test('history of the default branch cannot be rewritten, and another branch is stored without a build', async () => {
    await withClone(shop, async (folder) => {
      await gitOrFail(folder, 'commit', '-q', '--amend', '-m', 'rewritten')
      assert.notEqual((await git(folder, 'push', '--force')).code, 0)
      await gitOrFail(folder, 'push', '-q', 'origin', 'HEAD:refs/heads/experiment')
      const sha = await headOf(folder)
      const { results } = await curlJson('GET', `${shop.url}/builds`, { key: shop.owner.key })
      assert.ok(!results.some((each: Json) => each.commit_sha === sha))
    })
  })

  test('a stranger can neither clone, push, read builds nor change it', async () => {
    const asStranger = { ...shop, gitUrl: shop.gitUrl.replace(/\/\/[^@]*@/, `//${stranger.username}:${stranger.key}@`) }
    await assert.rejects(
      withClone(asStranger, async () => {}),
      /git clone ended with/,
    )
    assert.equal(await statusOf(curl('POST', `${shop.url}/compile`, { key: stranger.key })), 403)
    assert.equal(await statusOf(curl('DELETE', shop.url, { key: stranger.key })), 403)
    assert.equal(await statusOf(curl('GET', `${shop.url}/builds`)), 401)
  })

  test('is deleted while nothing public depends on it, and kept afterwards', async () => {
    assert.equal(await statusOf(curl('DELETE', shop.url, { key: shop.owner.key })), 403)
    const options = { name: 'Sketch', language: newcomer.language }
    const { shop: sketch } = await createAlgorithm(target, shop.owner, options)
    await waitForBuild(sketch)
    const deleted = await curl('DELETE', sketch.url, { key: shop.owner.key })
    assert.equal(deleted.status, 204)
    assert.equal(deleted.text, '')
    assert.equal(await statusOf(curl('GET', sketch.url, { key: shop.owner.key })), 404)
    assert.equal(await statusOf(call(sketch, '', 'x')), 404)
  })
}
