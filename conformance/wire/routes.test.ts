/** Every way to write the address of a call and of an operation: aliases, encodings, selectors (rest-api.md 1.1, 4.1, 4.2). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { uniqueName } from '../lib/accounts.ts'
import {
  commit,
  createAlgorithm,
  gitOrFail,
  publish,
  type Workshop,
  waitForBuild,
  withClone,
} from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError } from '../lib/shape.ts'
import { jsonOf, send, sendAsAdministrator, type WireOptions, type WireReply } from '../lib/wire.ts'

covers('callAlgorithm', 'callAlgorithmFromWeb', 'getUser', 'updateUser', 'getVersion', 'listVersions', 'publishVersion')
covers('getAlgorithm', 'updateAlgorithm', 'compileAlgorithm', 'listBuilds', 'getBuild', 'getBuildLogs', 'addMember')
covers('deleteAlgorithm', 'getOrganization', 'createOrganization', 'createAlgorithm')

let target: Target
let probe: Probe
let owner: string
let id: string

before(async () => {
  target = await startTarget()
  probe = await installProbe(target)
  owner = probe.owner.username
  id = jsonOf(await asOwner(`GET /v1/algorithms/${owner}/Probe`)).id
})
after(() => target?.close())

const asOwner = (line: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, line, { key: probe.owner.key, ...options })
const asAdmin = sendAsAdministrator(() => target)

describe('addresses of a call', () => {
  const paths: readonly string[] = [
    'algo/OWNER/Probe',
    'algo/OWNER/Probe/',
    'algo/OWNER/Probe/0.1.0',
    'algo/OWNER/Probe/0.1.0/',
    'algo/OWNER/Probe/0.1.*',
    'algo/OWNER/Probe/0.1.%2A',
    'algo/OWNER/Probe/0.1.%2a/',
    'algo/OWNER/Probe/0.%2A.%2A',
    'algo/OWNER/%50robe',
    'algo/algo://OWNER/Probe',
    'algo/algo://OWNER/Probe/0.1.0',
    'algo/algo://OWNER/Probe/0.1.0/',
    'algo/algo:/OWNER/Probe',
    'algo/algo:/OWNER/Probe/0.1.*/',
    'algo/algo%3A%2F%2FOWNER/Probe',
    'algo/algo%3A%2F%2FOWNER%2FProbe%2F0.1.0',
    'algo/ID',
    'algo/ID/',
    'algo/ID/0.1.0',
    'algo/ID/latest/',
    'algo/algo://ID/0.1.0',
    'web/algo/OWNER/Probe',
    'web/algo/OWNER/Probe/0.1.0',
    'web/algo/OWNER/Probe/0.1.0/',
    'web/algo/algo://OWNER/Probe',
  ]
  for (const path of paths) {
    for (const prefix of ['/v1/', '/api/v1/']) {
      test(`POST ${prefix}${path}`, async () => {
        const filled = path.replace('OWNER', owner).replace('ID', id)
        const reply = await asOwner(`POST ${prefix}${filled}?output=raw`, { body: 'x' })
        assert.equal(reply.status, 200, reply.text)
        assert.equal(reply.text, 'x')
      })
    }
  }

  for (const path of ['algo/OWNER', 'algo/OWNER/', 'algo/OWNER//Probe', 'algo/OWNER/Probe/0.1.0/x', 'algo//Probe']) {
    test(`POST /v1/${path} names no algorithm and is 404`, async () => {
      assertError(await asOwner(`POST /v1/${path.replace('OWNER', owner)}`, { body: 'x' }), { status: 404 })
    })
  }

  for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']) {
    for (const prefix of ['algo', 'web/algo']) {
      test(`${method} /v1/${prefix}/… is 405 and names POST`, async () => {
        const reply = await asOwner(`${method} /v1/${prefix}/${owner}/Probe`)
        assert.equal(reply.status, 405)
        assert.match(reply.header('Allow') ?? '', /\bPOST\b/)
        if (method !== 'HEAD') assertError(reply, { status: 405 })
      })
    }
  }
})

describe('addresses of management', () => {
  test('users by name, in capitals, by id, by the form of user_link and under /api', async () => {
    const user = jsonOf(await asAdmin(`GET /v1/users/${owner}`))
    const upperId = user.id.toUpperCase()
    const paths = [`/v1/users/${user.id}`, `/v1/users/${upperId}`, `/v1/user/${owner}`, `/v1/user/${user.id}`]
    for (const path of [
      ...paths,
      `/v1/users/${owner.toUpperCase()}`,
      `/api/v1/users/${owner}`,
      `/v1/users/${owner}/`,
    ]) {
      assert.deepEqual(jsonOf(await asAdmin(`GET ${path}`)), user, path)
    }
    assert.deepEqual(jsonOf(await asAdmin(`PUT /v1/users/${user.id}`, { json: {} })), user)
  })

  test('an algorithm by name and by id, everywhere', async () => {
    const build = jsonOf(await asOwner(`GET /v1/algorithms/${owner}/Probe/builds`)).results[0]
    const rests = ['', '/', '/builds', `/builds/${build.build_id}`, `/builds/${build.build_id}/logs`, '/versions']
    for (const rest of [...rests, `/versions/${build.commit_sha}`, '/versions/0.1.0']) {
      const byName = jsonOf(await asOwner(`GET /v1/algorithms/${owner}/Probe${rest}`))
      for (const form of [id, id.toUpperCase(), `${owner.toUpperCase()}/probe`]) {
        assert.deepEqual(jsonOf(await asOwner(`GET /v1/algorithms/${form}${rest}`)), byName, `${form}${rest}`)
      }
    }
    const byId = jsonOf(await asOwner(`PUT /v1/algorithms/${id}`, { json: { details: { tagline: 'by id' } } }))
    assert.equal(byId.details.tagline, 'by id')
  })

  test('publishing by /versions and /version, by name and by id; deleting by id', async () => {
    const { shop } = await createAlgorithm(target, probe.owner, { name: 'Aliases', language: 'python3' })
    const byName = new URL(shop.url).pathname
    const byId = `/v1/algorithms/${jsonOf(await asOwner(`GET ${byName}`)).id}`
    const published: string[] = []
    for (const path of [`${byName}/versions`, `${byName}/version`, `${byId}/versions`, `${byId}/version`]) {
      jsonOf(await asOwner(`POST ${path.startsWith(byId) ? byId : byName}/compile`))
      published.push(jsonOf(await asOwner(`POST ${path}`)).version_info.semantic_version)
    }
    assert.deepEqual(published, ['0.1.0', '0.2.0', '0.3.0', '0.4.0'])
    assert.equal((await asOwner(`DELETE ${byId}`)).status, 204)
    assertError(await asOwner(`GET ${byName}/builds`), { status: 404 })
  })
})

/** One algorithm with a ladder of versions, each of which answers what it is. */
describe('version selectors', () => {
  let ladder: Workshop
  let sha: Record<string, string>
  let ladderId: string

  before(async () => {
    ladder = (await createAlgorithm(target, probe.owner, { name: 'Ladder', language: 'python3' })).shop
    sha = {}
    const rungs: readonly [answer: string, version: object | null][] = [
      ['0.1.0', publicly('minor')],
      ['0.1.1', { version_info: { version_type: 'revision' } }],
      ['0.2.0', publicly('minor')],
      ['0.3.0 private', privately('minor')],
      ['1.0.0', publicly('major')],
      ['1.9.0', { ...publicly('minor'), version_info: { semantic_version: '1.9.0' } }],
      ['1.10.0', publicly('minor')],
      ['1.11.0 private', privately('minor')],
      ['unpublished', null],
    ]
    await withClone(ladder, async (folder) => {
      for (const [answer] of rungs) {
        const source = `def apply(input):\n    return "${answer}"\n`
        sha[answer] = await commit(folder, { 'src/Ladder.py': source, 'requirements.txt': '' })
      }
      sha.failed = await commit(folder, { 'requirements.txt': 'this is no requirement !!\n' })
      await gitOrFail(folder, 'push', '-q')
    })
    const path = new URL(ladder.url).pathname
    assert.equal((await waitForBuild(ladder, sha.failed)).status, 'failed')
    for (const [answer, version] of rungs) {
      const { compilation } = jsonOf(await asOwner(`POST ${path}/compile`, { json: { commitSha: sha[answer] } }))
      assert.equal(compilation.successful, true, compilation.output)
      if (version) await publish(ladder, version)
    }
    ladderId = jsonOf(await asOwner(`GET /v1/algorithms/${owner}/Ladder`)).id
  })

  const publicly = (version_type: string) => ({
    settings: { algorithm_callability: 'public' },
    version_info: { version_type },
  })
  const privately = (version_type: string) => ({
    settings: { algorithm_callability: 'private' },
    version_info: { version_type },
  })

  /** What answers, or the status of the refusal: to the owner, and to everybody else. */
  const selectors: readonly [selector: string, own: string | number, others: string | number][] = [
    ['', '1.10.0', '1.10.0'],
    ['/', '1.10.0', '1.10.0'],
    ['/latest', '1.10.0', '1.10.0'],
    ['/latestPrivate', '1.11.0 private', 403],
    ['/SHA:unpublished', 'unpublished', 403],
    ['/SHA:0.1.0', '0.1.0', 403],
    ['/SHA:0.3.0 private', '0.3.0 private', 403],
    ['/SHA:failed', 404, 403],
    [`/${'0'.repeat(40)}`, 404, 403],
    ['/0.1.0', '0.1.0', '0.1.0'],
    ['/0.1.1', '0.1.1', '0.1.1'],
    ['/1.10.0', '1.10.0', '1.10.0'],
    ['/0.3.0', '0.3.0 private', 404],
    ['/1.11.0', '1.11.0 private', 404],
    ['/0.1', '0.1.1', '0.1.1'],
    ['/0.1.*', '0.1.1', '0.1.1'],
    ['/0.1.x', '0.1.1', '0.1.1'],
    ['/0.3', 404, 404],
    ['/0.3.*', 404, 404],
    ['/1.11.*', 404, 404],
    ['/0', '0.2.0', '0.2.0'],
    ['/0.*', '0.2.0', '0.2.0'],
    ['/0.*.*', '0.2.0', '0.2.0'],
    ['/1', '1.10.0', '1.10.0'],
    ['/1.*', '1.10.0', '1.10.0'],
    ['/1.*.*', '1.10.0', '1.10.0'],
    ['/1.9', '1.9.0', '1.9.0'],
    ['/2', 404, 404],
    ['/0.1.9', 404, 404],
    ['/0.9.*', 404, 404],
    ['/banana', 404, 404],
    ['/1.2.3.4', 404, 404],
    ['/*', 404, 404],
    ['/01.0.0', 404, 404],
    ['/-1', 404, 404],
  ]
  for (const [selector, own, others] of selectors) {
    test(`'${selector}' is ${own} to the owner and ${others} to others`, async () => {
      const written = selector.replace(/SHA:(.*)/, (_, answer) => sha[answer] ?? '')
      for (const [key, expected] of [
        [probe.owner.key, own],
        [probe.stranger.key, others],
      ] as const) {
        for (const algorithm of [`${owner}/Ladder`, ladderId]) {
          const reply = await send(target.url, `POST /v1/algo/${algorithm}${written}`, { key, json: null })
          if (typeof expected === 'number') assertError(reply, { status: expected })
          else assert.equal(jsonOf(reply).result, expected)
        }
      }
    })
  }

  test('an abbreviated hash is 404', async () => {
    for (const length of [7, 8, 39]) {
      const short = sha.unpublished?.slice(0, length)
      assertError(await asOwner(`POST /v1/algo/${owner}/Ladder/${short}`, { json: null }), { status: 404 })
    }
  })

  test('a hash is found in capitals too', async () => {
    const upper = sha.unpublished?.toUpperCase()
    assert.equal(jsonOf(await asOwner(`POST /v1/algo/${owner}/Ladder/${upper}`, { json: null })).result, 'unpublished')
  })

  test('a not-found answer repeats the selector', async () => {
    assertError(await asOwner(`POST /v1/algo/${owner}/Ladder/9.9.9`, { json: null }), {
      status: 404,
      message: `algorithm algo://${owner}/Ladder/9.9.9 not found`,
    })
  })
})

test('with private versions alone and no selector it is 404, with the reason for the owner', async () => {
  const { shop } = await createAlgorithm(target, probe.owner, { name: 'Private', language: 'python3' })
  jsonOf(await asOwner(`POST ${new URL(shop.url).pathname}/compile`))
  await publish(shop)
  const line = `POST /v1/algo/${owner}/Private`
  const text = `algorithm algo://${owner}/Private not found`
  const own = assertError(await asOwner(line, { json: 'x' }), { status: 404 })
  assert.ok(own.message.startsWith(text) && own.message.length > text.length, own.message)
  const reply = await send(target.url, line, { key: probe.stranger.key, json: 'x' })
  assertError(reply, { status: 404, message: text })
  assert.equal((await asOwner(`${line}/0.1.0`, { json: 'x' })).status, 200)
})

test('every member of an organization is the owner of what it owns', async () => {
  const organization = uniqueName('org')
  const json = { org_name: organization, org_label: 'o', org_contact_name: 'some owner', org_email: 'o@example.com' }
  jsonOf(await asAdmin('POST /v1/organizations', { json }))
  const body = {
    name: 'Shared',
    details: { label: 'x' },
    settings: {
      language: 'python3',
      source_visibility: 'closed',
      license: 'apl',
      network_access: 'full',
      pipeline_enabled: true,
    },
  }
  assertError(await asOwner(`POST /v1/algorithms/${organization}`, { json: body }), { status: 403, code: 2001 })
  assert.equal((await asAdmin(`PUT /v1/organizations/${organization}/members/${owner}`)).status, 201)
  jsonOf(await asOwner(`POST /v1/algorithms/${organization}`, { json: body }), 201)
  const built = jsonOf(await asOwner(`POST /v1/algorithms/${organization}/Shared/compile`))
  const path = `POST /v1/algo/${organization}/Shared/${built.version_info.git_hash}`
  assert.equal(jsonOf(await asOwner(path, { json: 'x' })).result, 'hello x')
  const versions = `POST /v1/algorithms/${organization}/Shared/versions`
  const openly = { json: { settings: { algorithm_callability: 'public' } } }
  assertError(await asOwner(versions, openly), { status: 403, code: 2001 })
  const { settings } = jsonOf(await asOwner(versions))
  assert.equal(settings.algorithm_callability, 'private')
  const stranger = { key: probe.stranger.key }
  assert.equal((await send(target.url, path, { ...stranger, json: 'x' })).status, 404)
  jsonOf(await asOwner(`GET /v1/organizations/${organization}`))
  assertError(await send(target.url, `GET /v1/organizations/${organization}`, stranger), { status: 403, code: 2001 })
})
