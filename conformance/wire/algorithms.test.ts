/** Algorithms, builds, versions: shapes of every answer, leniency, rules, pages (rest-api.md 2.1, 2.2, 3.2, 1.8). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Account, createAccount } from '../lib/accounts.ts'
import { commit, createAlgorithm, gitOrFail, type Workshop, waitForBuild, withClone } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertAlgorithm, assertBuild, assertError, assertMembers, assertPage, SHA, UUID } from '../lib/shape.ts'
import { jsonOf, send, type WireOptions, type WireReply } from '../lib/wire.ts'

covers('createAlgorithm', 'getAlgorithm', 'updateAlgorithm', 'deleteAlgorithm', 'listUserAlgorithms', 'getCommitLog')
covers('compileAlgorithm', 'listBuilds', 'getBuild', 'getBuildLogs', 'publishVersion', 'listVersions', 'getVersion')
covers('getScmStatus')

let target: Target
let owner: Account
let stranger: Account
before(async () => {
  target = await startTarget()
  owner = await createAccount(target, 'owner')
  stranger = await createAccount(target, 'stranger')
})
after(() => target?.close())

const asOwner = (line: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, line, { key: owner.key, ...options })
const asStranger = (line: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, line, { key: stranger.key, ...options })

const USUAL = { source_visibility: 'closed', license: 'apl', network_access: 'full', pipeline_enabled: true }

/** Creates, and deletes when it has been looked at, so that builds of later cases do not wait for this one's. */
async function created(name: string, json: object): Promise<Json> {
  const reply = await asOwner(`POST /v1/algorithms/${owner.username}`, { json: { name, ...json } })
  const algorithm = assertAlgorithm(jsonOf(reply, 201))
  assert.equal((await asOwner(`DELETE /v1/algorithms/${owner.username}/${name}`)).status, 204)
  return algorithm
}

async function pathOf(name: string): Promise<{ path: string; shop: Workshop }> {
  const { shop } = await createAlgorithm(target, owner, { name, language: 'python3' })
  return { path: new URL(shop.url).pathname, shop }
}

describe('creating', () => {
  test('the answer is the algorithm with what was sent; private, without a version', async () => {
    const json = {
      details: { label: 'Label', summary: 'A *summary*', tagline: 'Tagline' },
      settings: { ...USUAL, language: 'python3', royalty_microcredits: 0, insights_enabled: true },
      source: { scm: 'internal', initial_commit_message: 'first' },
      version_info: { sample_input: '"x"' },
    }
    const algorithm = await created('Whole', json)
    assert.deepEqual([algorithm.details.label, algorithm.details.tagline], ['Label', 'Tagline'])
    const { settings } = algorithm
    assert.equal(settings.algorithm_callability, 'private')
    assert.equal(settings.insights_enabled, true)
    for (const [name, value] of Object.entries(USUAL)) assert.equal(settings[name], value)
    assert.equal(algorithm.version_info?.semantic_version, undefined)
  })

  const lenient: readonly [what: string, settings: object, expected: object][] = [
    ['an unknown license', { license: 'bsd' }, { license: 'apl' }],
    ['no license', { license: undefined }, { license: 'apl' }],
    ['a misspelt license', { license: undefined, licence: 'ap1' }, { license: 'apl' }],
    ['licence', { license: undefined, licence: 'mit', source_visibility: 'open' }, { license: 'mit' }],
    ['public from the start', { algorithm_callability: 'public' }, { algorithm_callability: 'private' }],
    ['isolated', { network_access: 'isolated' }, { network_access: 'isolated' }],
    ['no pipeline', { pipeline_enabled: false }, { pipeline_enabled: false }],
    ['python3-1', { language: 'python3-1' }, {}],
    ['cpu', { environment: 'cpu' }, { environment: 'cpu' }],
    ['nulls', { package_set: null, royalty_microcredits: null }, { royalty_microcredits: 0 }],
  ]
  for (const [index, [what, settings, expected]] of lenient.entries()) {
    test(`settings with ${what}`, async () => {
      const json = { details: { label: 'x' }, settings: { ...USUAL, language: 'python3', ...settings } }
      const algorithm = await created(`Lenient${index}`, json)
      for (const [name, value] of Object.entries(expected)) assert.equal(algorithm.settings[name], value)
    })
  }

  test('an environment by its id', async () => {
    const edge = '/v1/algorithm-environments/edge'
    const { environments } = jsonOf(await asOwner(`GET ${edge}/languages/python3/environments`))
    for (const [index, { id }] of environments.entries()) {
      const settings = { ...USUAL, algorithm_environment: id }
      const algorithm = await created(`ByEnvironment${index}`, { details: { label: 'x' }, settings })
      assert.equal(algorithm.settings.algorithm_environment, id)
    }
  })

  test('members of other clients are ignored: build, scmsCredentials, compilation', async () => {
    const more = { build: {}, scmsCredentials: {}, compilation: {}, resource_type: 'x', id: 'x', self_link: 'x' }
    const algorithm = await created('Foreign', { settings: { ...USUAL, language: 'python3' }, details: {}, ...more })
    assert.match(algorithm.id, UUID)
  })

  for (const name of ['1abc', 'a-b', 'a.b', 'a b', '', '../x', 'ä']) {
    test(`'${name}' is no name of an algorithm`, async () => {
      const json = { name, details: { label: 'x' }, settings: { ...USUAL, language: 'python3' } }
      assertError(await asOwner(`POST /v1/algorithms/${owner.username}`, { json }), { status: 400, code: 6001 })
    })
  }

  test('a fresh algorithm answers hello', async () => {
    const { path, shop } = await pathOf('Fresh')
    await waitForBuild(shop)
    const { version_info } = jsonOf(await asOwner(`GET ${path}`))
    const call = `POST /v1/algo/${owner.username}/Fresh/${version_info.git_hash}?output=raw`
    assert.equal((await asOwner(call, { json: 'John' })).text, 'hello John')
  })
})

describe('reading and changing', () => {
  test('a change merges, and is seen by the next read', async () => {
    const { path, shop } = await pathOf('Changed')
    await waitForBuild(shop)
    const before = assertAlgorithm(jsonOf(await asOwner(`GET ${path}`)))
    const json = {
      details: { tagline: 'new' },
      settings: { network_access: 'isolated' },
      source: {},
      scmsCredentials: {},
    }
    const changed = assertAlgorithm(jsonOf(await asOwner(`PUT ${path}`, { json })))
    assert.deepEqual(changed, {
      ...before,
      details: { ...before.details, tagline: 'new' },
      settings: { ...before.settings, network_access: 'isolated' },
    })
    assert.deepEqual(jsonOf(await asOwner(`GET ${path}`)), changed)
  })

  test('the whole answer of a read can be sent back', async () => {
    const { path, shop } = await pathOf('Returned')
    await waitForBuild(shop)
    const read = jsonOf(await asOwner(`GET ${path}`))
    assert.deepEqual(jsonOf(await asOwner(`PUT ${path}`, { json: read })), read)
  })

  test('a list of algorithms is a bare array; others see what has a public version', async () => {
    const { path } = await pathOf('Listed')
    const mine = jsonOf(await asOwner(`GET /v1/users/${owner.username}/algorithms`))
    for (const row of mine) assertMembers(row, 'id algoname username')
    assert.ok(mine.some(({ algoname }: Json) => algoname === 'Listed'))
    const theirs = async () =>
      jsonOf(await asStranger(`GET /v1/users/${owner.username}/algorithms`)).map(({ algoname }: Json) => algoname)
    assert.ok(!(await theirs()).includes('Listed'))
    jsonOf(await asOwner(`POST ${path}/compile`))
    jsonOf(await asOwner(`POST ${path}/versions`, { json: { settings: { algorithm_callability: 'public' } } }))
    assert.ok((await theirs()).includes('Listed'))
  })

  test('the commit log', async () => {
    const { path } = await pathOf('Logged')
    const { commits } = jsonOf(await asOwner(`GET ${path}/log`))
    assert.equal(commits.length, 1)
    for (const commit of commits) {
      assertMembers(commit, 'id short_message message author')
      assert.match(commit.id, SHA)
      for (const value of Object.values(commit)) assert.equal(typeof value, 'string')
    }
    const [{ id }] = commits
    assert.deepEqual(jsonOf(await asOwner(`GET ${path}/log?since=${id}&until=${id}`)), { commits })
    assert.equal((await asOwner(`GET ${path}/log?since=${'0'.repeat(40)}`)).status, 404)
    assertError(await asStranger(`GET ${path}/log`), { status: 403, code: 2001 })
  })

  test('since and until of the commit log are both inclusive', async () => {
    const { path, shop } = await pathOf('Ranged')
    await withClone(shop, async (folder) => {
      for (const text of ['one', 'two', 'three']) await commit(folder, { 'notes.txt': text })
      await gitOrFail(folder, 'push', '-q')
    })
    const all: string[] = jsonOf(await asOwner(`GET ${path}/log`)).commits.map(({ id }: Json) => id)
    assert.equal(all.length, 4)
    const log = async (query: string) =>
      jsonOf(await asOwner(`GET ${path}/log?${query}`)).commits.map(({ id }: Json) => id)
    assert.deepEqual(await log(`since=${all[2]}&until=${all[1]}`), [all[1], all[2]])
    assert.deepEqual(await log(`since=${all[1]}`), [all[0], all[1]])
    assert.deepEqual(await log(`until=${all[2]}`), [all[2], all[3]])
  })

  test('the connection of a built-in repository is active and nothing else', async () => {
    const { path } = await pathOf('Connected')
    assert.equal((await asOwner(`GET ${path}/scm/status`)).text, '{"scm_connection_status":"active"}')
  })

  test('once a version is public, only an administrator may delete', async () => {
    const { path } = await pathOf('Kept')
    jsonOf(await asOwner(`POST ${path}/compile`))
    jsonOf(await asOwner(`POST ${path}/versions`, { json: { settings: { algorithm_callability: 'public' } } }))
    assertError(await asOwner(`DELETE ${path}`), { status: 403, code: 2001 })
    assert.equal((await send(target.url, `DELETE ${path}`, { key: target.key })).status, 204)
    const { path: hidden } = await pathOf('Hidden')
    assertError(await send(target.url, `DELETE ${hidden}`, { key: target.key }), { status: 403, code: 2001 })
  })

  test('a deleted algorithm is gone everywhere, and its name is free', async () => {
    const { path, shop } = await pathOf('Deleted')
    await waitForBuild(shop)
    assert.equal((await asOwner(`DELETE ${path}`)).status, 204)
    assert.equal((await asOwner(`GET ${path}`)).text, '{"error":"No such algorithm"}')
    assertError(await asOwner(`GET ${path}/builds`), { status: 404, code: 1001 })
    assertError(await asOwner(`DELETE ${path}`), { status: 404, code: 1001 })
    assertError(await asOwner(`POST /v1/algo/${owner.username}/Deleted`, { json: null }), { status: 404 })
    await pathOf('Deleted')
  })
})

describe('builds', () => {
  let path: string
  before(async () => {
    path = (await pathOf('Built')).path
    for (const body of [undefined, 'null', '{}', '[]']) {
      const options = body === undefined ? {} : { body }
      const built = assertAlgorithm(jsonOf(await asOwner(`POST ${path}/compile`, options)))
      assert.deepEqual([built.compilation.successful, built.build.status], [true, 'succeeded'])
      assert.equal(built.version_info.semantic_version, undefined)
      assert.ok(built.self_link.endsWith(built.version_info.git_hash))
    }
  })

  test('a list is a page, newest first, and each build can be asked for', async () => {
    const builds = assertPage(jsonOf(await asOwner(`GET ${path}/builds`))).map(assertBuild)
    assert.equal(builds.length, 5)
    const times = builds.map(({ started_at }) => started_at)
    assert.deepEqual(times, [...times].sort().reverse())
    for (const build of builds) {
      assert.deepEqual(jsonOf(await asOwner(`GET ${path}/builds/${build.build_id}`)), build)
      const logs = jsonOf(await asOwner(`GET ${path}/builds/${build.build_id}/logs`))
      assertMembers(logs, 'logs')
      assert.ok(logs.logs.startsWith('Beginning container customization\n'))
    }
  })

  test('pages of 2 show every build once', async () => {
    const all = jsonOf(await asOwner(`GET ${path}/builds`)).results
    const seen: Json[] = []
    for (let line: string | null = `${path}/builds?limit=2`; line !== null; ) {
      const page: Json = jsonOf(await asOwner(`GET ${line}`))
      seen.push(...assertPage(page))
      const link: URL | null = page.next_link === null ? null : new URL(page.next_link)
      line = link && link.pathname + link.search
    }
    assert.deepEqual(seen, all)
  })

  test('a commit that is built by name', async () => {
    const { commits } = jsonOf(await asOwner(`GET ${path}/log`))
    const commitSha = commits[0].id
    const built = jsonOf(await asOwner(`POST ${path}/compile`, { json: { commitSha } }))
    assert.equal(built.version_info.git_hash, commitSha)
    assert.equal((await asOwner(`POST ${path}/compile`, { json: { commitSha: '0'.repeat(40) } })).status, 400)
  })

  test('a build that fails is 200, not successful, with its log and its commit', async () => {
    const { path: broken, shop } = await pathOf('Broken')
    const sha = await withClone(shop, async (folder) => {
      const red = await commit(folder, { 'requirements.txt': 'this is no requirement !!\n' })
      await gitOrFail(folder, 'push', '-q')
      return red
    })
    const built = assertAlgorithm(jsonOf(await asOwner(`POST ${broken}/compile`)))
    assert.equal(built.compilation.successful, false)
    assert.ok(built.compilation.output.startsWith('Beginning container customization\n'))
    assert.equal(built.build.status, 'failed')
    assert.equal(built.version_info.git_hash, sha)
    const { version_info } = jsonOf(await asOwner(`POST ${broken}/versions`))
    assert.notEqual(version_info.git_hash, sha, 'what is published is the newest that succeeded')
  })

  test('logs are 404 with code 1011 until the build has ended', async () => {
    const { path: fresh, shop } = await pathOf('Running')
    const [build] = jsonOf(await asOwner(`GET ${fresh}/builds`)).results
    const early = await asOwner(`GET ${fresh}/builds/${build.build_id}/logs`)
    if (early.status !== 200) assertError(early, { status: 404, code: 1011 })
    await waitForBuild(shop)
    jsonOf(await asOwner(`GET ${fresh}/builds/${build.build_id}/logs`))
  })

  test('logs of a private algorithm are for its owner', async () => {
    const [build] = jsonOf(await asOwner(`GET ${path}/builds`)).results
    assertError(await asStranger(`GET ${path}/builds/${build.build_id}/logs`), { status: 403, code: 2001 })
    assertError(await asStranger(`GET ${path}/builds`), { status: 403, code: 2001 })
  })
})

describe('versions', () => {
  let path: string
  before(async () => {
    path = (await pathOf('Published')).path
  })

  async function publish(json: object): Promise<Json> {
    jsonOf(await asOwner(`POST ${path}/compile`))
    return assertAlgorithm(jsonOf(await asOwner(`POST ${path}/versions`, { json })))
  }

  const steps: readonly [what: string, json: object, number: string][] = [
    ['nothing said', {}, '0.1.0'],
    ['revision', { version_info: { version_type: 'revision' } }, '0.1.1'],
    ['patch', { version_info: { version_type: 'patch' } }, '0.1.2'],
    ['minor', { version_info: { version_type: 'minor' } }, '0.2.0'],
    ['default', { version_info: { version_type: 'default' } }, '0.3.0'],
    ['type instead of version_type', { version_info: { type: 'major' } }, '1.0.0'],
    ['a number', { version_info: { semantic_version: '3.4.5' } }, '3.4.5'],
    ['empty objects', { details: {}, settings: {}, version_info: {}, source: {}, scmsCredentials: {} }, '3.5.0'],
    ['notes', { version_info: { release_notes: 'Noted', sample_input: '"x"', sample_output: '"y"' } }, '3.6.0'],
  ]
  test('numbers follow the version type', async () => {
    for (const [what, json, number] of steps) {
      const version = await publish(json)
      assert.equal(version.version_info.semantic_version, number, what)
      assert.equal(version.build.version_info.semantic_version, number)
      assert.match(version.version_info.version_uuid, UUID)
    }
  })

  test('notes and samples come back', async () => {
    const { version_info } = jsonOf(await asOwner(`GET ${path}/versions/3.6.0`))
    const { release_notes, sample_input, sample_output } = version_info
    assert.deepEqual([release_notes, sample_input, sample_output], ['Noted', '"x"', '"y"'])
  })

  test('an older build is published by its commit', async () => {
    const { commits } = jsonOf(await asOwner(`GET ${path}/log`))
    jsonOf(await asOwner(`POST ${path}/compile`))
    const version_info = { git_hash: commits[0].id, version_type: 'minor' }
    const version = jsonOf(await asOwner(`POST ${path}/versions`, { json: { version_info } }))
    assert.equal(version.version_info.git_hash, commits[0].id)
    const missing = { version_info: { git_hash: '0'.repeat(40) } }
    assert.equal((await asOwner(`POST ${path}/versions`, { json: missing })).status, 404)
  })

  test('a sample input is run, and a failing one fails nothing', async () => {
    const { path: sampled, shop } = await pathOf('Sampled')
    await withClone(shop, async (folder) => {
      const source = 'def apply(input):\n    return "hello " + input\n'
      await commit(folder, { 'src/Sampled.py': source, 'requirements.txt': '' })
      await gitOrFail(folder, 'push', '-q')
    })
    for (const [sample_input, expected] of [
      ['"x"', 'hello x'],
      ['7', 'Exception encountered while running sample input'],
    ] as const) {
      jsonOf(await asOwner(`POST ${sampled}/compile`))
      const { version_info } = jsonOf(
        await asOwner(`POST ${sampled}/versions`, { json: { version_info: { sample_input } } }),
      )
      assert.equal(version_info.sample_input, sample_input)
      assert.ok(version_info.sample_output.includes(expected), version_info.sample_output)
    }
  })

  const refused: readonly [what: string, json: object][] = [
    ['a lower number', { version_info: { semantic_version: '1.0.0' } }],
    ['the same number', { version_info: { semantic_version: '3.7.0' } }],
    ['a number that is none', { version_info: { semantic_version: '9.7' } }],
    ['an unknown type', { version_info: { version_type: 'tiny' } }],
    ['a revision that changes the network', revisionWith({ network_access: 'isolated' })],
    ['a revision that changes who may call', revisionWith({ algorithm_callability: 'public' })],
  ]
  test('what the rules do not allow is 400 with code 6001', async () => {
    jsonOf(await asOwner(`POST ${path}/compile`))
    for (const [what, json] of refused) {
      const reply = await asOwner(`POST ${path}/versions`, { json })
      assert.equal(reply.status, 400, what)
      assertError(reply, { status: 400, code: 6001 })
    }
  })

  function revisionWith(settings: object): object {
    return { settings, version_info: { version_type: 'revision' } }
  }

  test('a version by number, by hash and by id', async () => {
    const version = assertAlgorithm(jsonOf(await asOwner(`GET ${path}/versions/3.6.0`)))
    const byId = jsonOf(await asOwner(`GET ${path}/versions/${version.version_info.version_uuid}`))
    assert.deepEqual(byId, version)
    const byHash = assertAlgorithm(jsonOf(await asOwner(`GET ${path}/versions/${version.version_info.git_hash}`)))
    assert.equal(byHash.version_info.git_hash, version.version_info.git_hash)
  })

  test('a list is a page of algorithms, newest first, filtered as asked', async () => {
    const list = async (query: string) =>
      assertPage(jsonOf(await asOwner(`GET ${path}/versions?${query}`)))
        .map(assertAlgorithm)
        .map(({ version_info }) => version_info.semantic_version)
    const published = ['3.7.0', ...steps.map(([, , number]) => number).reverse()]
    assert.deepEqual(await list('published=true'), published)
    assert.deepEqual(await list('callable=false&published=true'), published)
    assert.deepEqual(await list('callable=true&limit=50&published=true'), [])
    assert.ok((await list('published=false')).every((number) => number === undefined))
    assert.deepEqual(
      (await list('')).filter((number) => number !== undefined),
      published,
    )
    const { next_link } = jsonOf(await asOwner(`GET ${path}/versions?limit=4&published=True&callable=False`))
    const link = new URL(next_link)
    assert.deepEqual(
      ['limit', 'published', 'callable'].map((name) => link.searchParams.get(name)),
      ['4', 'True', 'False'],
    )
    const second = jsonOf(await asOwner(`GET ${link.pathname}${link.search}`)).results
    assert.deepEqual(
      second.map(({ version_info }: Json) => version_info.semantic_version),
      published.slice(4, 8),
    )
  })

  test('others see public versions alone', async () => {
    assertError(await asStranger(`GET ${path}/versions`), { status: 403, code: 2001 })
    jsonOf(await asOwner(`POST ${path}/versions`, { json: { settings: { algorithm_callability: 'public' } } }))
    const theirs = assertPage(jsonOf(await asStranger(`GET ${path}/versions`))).map(assertAlgorithm)
    assert.deepEqual(
      theirs.map(({ version_info }) => version_info.semantic_version),
      ['3.8.0'],
    )
    assertError(await asStranger(`GET ${path}/versions/3.6.0`), { status: 404, code: 1014 })
    const builds = assertPage(jsonOf(await asStranger(`GET ${path}/builds`)))
    assert.equal(builds.length, 1)
  })
})
