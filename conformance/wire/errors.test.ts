/** Error forms E1–E6, codes with their statuses, and the texts that clients compare (rest-api.md 1.6, 1.7, 5.12). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAccount, uniqueName } from '../lib/accounts.ts'
import { createAlgorithm, waitForBuild } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers, type ExpectedError } from '../lib/shape.ts'
import { jsonOf, send, sendAsAdministrator, type WireOptions, type WireReply } from '../lib/wire.ts'
import { NOT_SERVED } from '../not-served.ts'

covers('getAlgorithm', 'createAlgorithm', 'updateAlgorithm', 'publishVersion', 'compileAlgorithm', 'createUser')
covers('updateUser', 'createOrganization', 'addMember', 'createKey', 'importKey', 'getBuildLogs', 'getTemplate')

const NOBODY = '00000000-0000-4000-8000-000000000000'
const NOT_AUTHORIZED = 'Caller is not authorized to perform the operation'

let target: Target
let probe: Probe
let owner: string
let algorithm: string
let hidden: string
let organization: string

before(async () => {
  target = await startTarget()
  probe = await installProbe(target)
  owner = probe.owner.username
  algorithm = `/v1/algorithms/${owner}/Probe`
  const { shop } = await createAlgorithm(target, probe.owner, { name: 'Hidden', language: 'python3' })
  await waitForBuild(shop)
  hidden = `/v1/algorithms/${owner}/Hidden`
  organization = uniqueName('org')
  jsonOf(await asAdmin('POST /v1/organizations', { json: newOrganization(organization) }))
})
after(() => target?.close())

const asOwner = (line: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, line, { key: probe.owner.key, ...options })
const asStranger = (line: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, line, { key: probe.stranger.key, ...options })
const asAdmin = sendAsAdministrator(() => target)

function newOrganization(name: string, more: object = {}): object {
  return { org_name: name, org_label: 'o', org_contact_name: 'some owner', org_email: 'o@example.com', ...more }
}

function newAlgorithm(name: unknown, settings: object = {}): object {
  const usual = { source_visibility: 'closed', license: 'apl', network_access: 'full', pipeline_enabled: true }
  return { name, details: { label: 'x' }, settings: { ...usual, language: 'python3', ...settings } }
}

describe('E1: management repeats code and message at the top for readers of the flat form, never the id', () => {
  for (const line of ['GET /v1/scms/none', 'GET /v1/users', 'POST /v1/users']) {
    test(`E1: ${line}`, async () => {
      const body = (await asOwner(line)).json()
      assertMembers(body, 'error code message')
      assert.deepEqual([body.code, body.message], [body.error.code, body.error.message])
    })
  }
})

describe('E2: numbered errors with their status', () => {
  const create = (json: object) => asOwner(`POST /v1/algorithms/${owner}`, { json })
  const user = (json: object) => asAdmin('POST /v1/users', { json })
  const org = (json: object) => asAdmin('POST /v1/organizations', { json })
  const publish = (json: object) => asOwner(`POST ${hidden}/versions`, { json })
  const numbered: readonly [code: number, status: number, what: string, ask: () => Promise<WireReply>][] = [
    [1001, 404, 'builds of an unknown name', () => asOwner(`GET ${algorithm}Missing/builds`)],
    [1001, 404, 'a change of an unknown name', () => asOwner(`PUT ${algorithm}Missing`, { json: {} })],
    [1001, 404, 'a compile of an unknown name', () => asOwner(`POST ${algorithm}Missing/compile`)],
    [1001, 404, 'a publish of an unknown name', () => asOwner(`POST ${algorithm}Missing/versions`)],
    [1001, 404, 'the log of an unknown name', () => asOwner(`GET ${algorithm}Missing/log`)],
    [1001, 404, 'the connection of an unknown name', () => asOwner(`GET ${algorithm}Missing/scm/status`)],
    [1001, 404, 'an unknown owner', () => asOwner('GET /v1/algorithms/nobody/Probe/versions')],
    [1009, 404, 'builds of an unknown id', () => asOwner(`GET /v1/algorithms/${NOBODY}/builds`)],
    [1009, 404, 'a publish of an unknown id', () => asOwner(`POST /v1/algorithms/${NOBODY}/version`)],
    [1002, 400, 'a name that is taken', () => create(newAlgorithm('Probe'))],
    [1002, 400, 'a name that is taken in other capitals', () => create(newAlgorithm('pROBE'))],
    [
      1003,
      400,
      'an unknown package set',
      () => create(newAlgorithm('A', { language: undefined, package_set: 'none' })),
    ],
    [1010, 404, 'an unknown build', () => asOwner(`GET ${algorithm}/builds/${NOBODY}`)],
    [1010, 404, 'a build id that is none', () => asOwner(`GET ${algorithm}/builds/banana`)],
    [1010, 404, 'the log of an unknown build', () => asOwner(`GET ${algorithm}/builds/${NOBODY}/logs`)],
    [1014, 404, 'an unknown version', () => asOwner(`GET ${algorithm}/versions/${'0'.repeat(40)}`)],
    [1014, 404, 'a version that is none', () => asOwner(`GET ${algorithm}/versions/banana`)],
    [2001, 403, "a private algorithm of somebody else's", () => asStranger(`GET ${hidden}`)],
    [2001, 403, "a change of somebody else's", () => asStranger(`PUT ${algorithm}`, { json: {} })],
    [2001, 403, "a publish of somebody else's", () => asStranger(`POST ${algorithm}/versions`)],
    [
      2001,
      403,
      "an algorithm in somebody else's name",
      () => asStranger(`POST /v1/algorithms/${owner}`, someAlgorithm),
    ],
    [2001, 403, "a key of somebody else's", () => asStranger(`POST /v1/users/${owner}/keys`, someKey)],
    [2001, 403, 'users with a standard key', () => asOwner('GET /v1/users')],
    [2001, 403, 'an algorithm with an admin key', () => asAdmin(`GET ${algorithm}`)],
    [2001, 403, 'deleting a public algorithm', () => asOwner(`DELETE ${algorithm}`)],
    [2002, 401, 'no key', () => send(target.url, `GET ${algorithm}`)],
    [2002, 401, 'an unknown key', () => asOwner(`GET ${algorithm}`, { key: 'simUnknownUnknownUnknown1234' })],
    [2013, 400, 'a body that is not JSON', () => asOwner(`PUT ${algorithm}`, { body: 'details=label' })],
    [2013, 400, 'a key of broken JSON', () => asAdmin(`POST /v1/users/${owner}/keys`, { body: '{"key_type"' })],
    [2015, 400, 'a broken escape', () => asOwner('GET /v1/algorithms/demo/%zz')],
    [3000, 404, 'an unknown user', () => asAdmin('GET /v1/users/nobody')],
    [3000, 404, 'an unknown user id', () => asAdmin(`GET /v1/users/${NOBODY}`)],
    [3000, 404, 'an algorithm for nobody', () => asOwner('POST /v1/algorithms/nobody', someAlgorithm)],
    [3000, 404, 'a change of an unknown user', () => asAdmin('PUT /v1/users/nobody', { json: {} })],
    [3000, 404, 'keys of an unknown user', () => asAdmin('GET /v1/users/nobody/keys')],
    [3000, 404, 'a key for an unknown user', () => asAdmin('POST /v1/users/nobody/keys', someKey)],
    [3000, 404, 'an unknown member', () => asAdmin(`PUT /v1/organizations/${organization}/members/nobody`)],
    [3000, 404, 'algorithms of an unknown user', () => asOwner('GET /v1/users/nobody/algorithms')],
    [3001, 400, 'a user that is a list', () => asAdmin('POST /v1/users', { body: '["x"]' })],
    [3003, 409, 'a user name that is taken', () => user({ username: owner, email: 'new@example.com' })],
    [3003, 409, "an organization's name for a user", () => user({ username: organization, email: 'n@example.com' })],
    [3003, 409, "a user's name for an organization", () => org(newOrganization(owner))],
    [
      3004,
      409,
      'a mail address that is taken',
      () => user({ username: uniqueName('u'), email: `${owner}@example.com` }),
    ],
    [3005, 400, 'a user without a mail address', () => user({ username: uniqueName('u') })],
    [3005, 400, 'an organization without a label', () => org({ ...newOrganization('x'), org_label: undefined })],
    [3007, 400, 'another user name', () => asAdmin(`PUT /v1/users/${owner}`, { json: { username: 'other' } })],
    [
      3008,
      400,
      'another mail address',
      () => asAdmin(`PUT /v1/users/${owner}`, { json: { email: 'other@example.com' } }),
    ],
    [3100, 404, 'an unknown organization', () => asAdmin('GET /v1/organizations/nobody')],
    [3100, 404, 'a user asked for as an organization', () => asAdmin(`GET /v1/organizations/${owner}`)],
    [3100, 404, 'a member of an unknown organization', () => asAdmin(`PUT /v1/organizations/nobody/members/${owner}`)],
    [3101, 409, 'an organization that is there', () => org(newOrganization(organization))],
    [3103, 400, 'an organization that is a list', () => asAdmin('POST /v1/organizations', { body: '["x"]' })],
    [3108, 404, 'an unknown type of organization', () => org(newOrganization('x', { type_id: NOBODY }))],
    [4001, 400, 'an unknown language', () => create(newAlgorithm('A', { language: 'cobol' }))],
    [
      4002,
      400,
      'a language that is not installed',
      () => create(newAlgorithm('A', { language: 'csharp-dotnet-core2' })),
    ],
    [4004, 400, 'a machine that is not there', () => create(newAlgorithm('A', { environment: 'gpu' }))],
    [
      4009,
      404,
      'an algorithm at an unknown source host',
      () => create({ ...newAlgorithm('A'), source: { scm: 'none' } }),
    ],
    [4009, 404, 'an unknown source host', () => asOwner('GET /v1/scms/none')],
    [5002, 400, 'a marker that is none', () => asOwner(`GET ${algorithm}/builds?marker=banana`)],
    [5003, 400, 'a limit of 0', () => asOwner(`GET ${algorithm}/builds?limit=0`)],
    [6001, 400, 'a license that needs open source', () => create(newAlgorithm('A', { license: 'mit' }))],
    [6001, 400, 'a user with a mail address that is none', () => user({ username: uniqueName('u'), email: 'x' })],
    [6001, 400, 'a user name with a dash', () => user({ username: 'a-b', email: 'a-b@example.com' })],
    [6001, 400, 'a version type that is none', () => publish({ version_info: { version_type: 'huge' } })],
    [6001, 400, 'a callability that is none', () => publish({ settings: { algorithm_callability: 'open' } })],
    [6001, 400, 'a key type that is none', () => asAdmin(`POST /v1/users/${owner}/keys`, { json: { key_type: 'x' } })],
  ]
  const someKey = { json: { key_type: 'ManagementKey' } }
  const someAlgorithm = { json: newAlgorithm('Stolen') }
  for (const [code, status, what, ask] of numbered) {
    test(`E2: ${what} is ${status} with code ${code}`, async () => {
      assertError(await ask(), { status, code })
    })
  }

  test('E2: publishing the same build twice is 400 with code 1007; after a compile it works again', async () => {
    const { shop } = await createAlgorithm(target, probe.owner, { name: 'Twice', language: 'python3' })
    const path = new URL(shop.url).pathname
    jsonOf(await asOwner(`POST ${path}/compile`))
    const version = async () => jsonOf(await asOwner(`POST ${path}/versions`)).version_info.semantic_version
    assert.equal(await version(), '0.1.0')
    assertError(await asOwner(`POST ${path}/versions`), { status: 400, code: 1007 })
    jsonOf(await asOwner(`POST ${path}/compile`))
    assert.equal(await version(), '0.2.0')
  })
})

describe('E3: a missing algorithm, on its own address alone', () => {
  for (const path of ['/v1/algorithms/nobody/Missing', `/v1/algorithms/${NOBODY}`, '/v1/algorithms/hello/errors']) {
    test(`E3: GET ${path}`, async () => {
      const reply = await asOwner(`GET ${path}`)
      assert.equal(reply.status, 404)
      assert.equal(reply.text, '{"error":"No such algorithm"}')
      assert.equal(reply.header('Content-Type'), 'application/json')
    })
  }

  for (const [line, code] of [
    ['DELETE /v1/algorithms/nobody/Missing', 1001],
    ['GET /v1/algorithms/nobody/Missing/builds', 1001],
    ['GET /v1/algorithms/nobody/Missing/versions', 1001],
    [`POST /v1/algorithms/${NOBODY}/compile`, 1009],
  ] as const) {
    test(`E3: ${line} says the same in form E2`, async () => {
      assertError(await asOwner(line), { status: 404, code, message: 'No such algorithm' })
    })
  }
})

describe('E4: an algorithm that failed', () => {
  const call = (query: string, json: unknown, ask = asOwner): Promise<WireReply> =>
    ask(`POST /v1/algo/${owner}/Probe${query}`, { json })

  test('E4: 200 with error and metadata, no result and no content type', async () => {
    const body = jsonOf(await call('', { do: 'fail' }))
    assertMembers(body, 'error metadata')
    assertMembers(body.error, 'message stacktrace error_type')
    for (const value of Object.values(body.error)) assert.equal(typeof value, 'string')
    assertMembers(body.metadata, 'duration')
    assert.ok(body.metadata.duration > 0)
  })

  test('E4: without a trace the member is left out', async () => {
    assertMembers(jsonOf(await call('', { do: 'fail' }, asStranger)).error, 'message error_type')
    assertMembers(jsonOf(await call('', { do: 'exit' })).error, 'message error_type')
  })

  test('E4: with output=raw it is 400 with the same body', async () => {
    const body = jsonOf(await call('?output=raw', { do: 'typed' }), 400)
    assertMembers(body, 'error metadata')
    assert.equal(body.error.error_type, 'InputError')
  })

  test('E4: stdout comes after duration, for the owner', async () => {
    assertMembers(jsonOf(await call('?stdout=true', { do: 'fail' })).metadata, 'duration stdout')
    assertMembers(jsonOf(await call('?stdout=true', { do: 'fail' }, asStranger)).metadata, 'duration')
  })
})

describe('E5 and E6: data errors and HEAD', () => {
  if (NOT_SERVED.has('deleteData')) {
    test('E5: until data can be deleted, trying to is an ordinary error', async () => {
      assertError(await asOwner('DELETE /v1/data/.my/x?force=true'), { status: 501, code: 5005 })
    })
  }

  for (const path of ['/v1/data/nobody', '/v1/algo/demo/Hello', '/v1/nothing']) {
    test(`E6: HEAD ${path} says in a header what GET says in its body`, async () => {
      const [head, get] = [await asOwner(`HEAD ${path}`), await asOwner(`GET ${path}`)]
      assert.equal(head.status, get.status)
      assert.equal(head.body.length, 0)
      assert.equal(head.header('X-Error-Message'), get.json().error.message)
    })
  }
})

describe('texts that clients compare', () => {
  const exact: readonly [what: string, ask: () => Promise<WireReply>, expected: ExpectedError][] = [
    [
      'a call without a key',
      () => send(target.url, `POST /v1/algo/${owner}/Probe`, { body: 'x' }),
      { status: 401, message: 'authorization required' },
    ],
    [
      'a call with an unknown key',
      () => asOwner(`POST /v1/algo/${owner}/Probe`, { key: 'simNobody', body: 'x' }),
      { status: 401, message: 'authorization required' },
    ],
    [
      'a call of an unknown algorithm',
      () => asOwner('POST /v1/algo/nobody/Missing', { body: 'x' }),
      { status: 404, message: 'algorithm algo://nobody/Missing not found' },
    ],
    [
      'a call of an unknown algorithm with a trailing slash',
      () => asOwner('POST /v1/algo/nobody/Missing/?timeout=1', { body: 'x' }),
      { status: 404, message: 'algorithm algo://nobody/Missing not found' },
    ],
    [
      'a call of an unknown version',
      () => asOwner('POST /v1/algo/nobody/Missing/1.0.0', { body: 'x' }),
      { status: 404, message: 'algorithm algo://nobody/Missing/1.0.0 not found' },
    ],
    [
      "a call of somebody else's private algorithm",
      () => asStranger(`POST /v1/algo/${owner}/Hidden`, { body: 'x' }),
      { status: 404, message: /^algorithm algo:\/\/\w+\/Hidden not found$/ },
    ],
    [
      "somebody else's private algorithm",
      () => asStranger(`GET ${hidden}`),
      { status: 403, code: 2001, message: NOT_AUTHORIZED },
    ],
    ['missing data', () => asOwner('GET /v1/data/nobody'), { status: 404, message: 'path not found' }],
    [
      'a missing right',
      () => asOwner('GET /v1/users'),
      { status: 403, code: 2001, message: /: it needs an administrator/ },
    ],
  ]
  for (const [what, ask, expected] of exact) {
    test(what, async () => {
      assertError(await ask(), expected)
    })
  }

  test('a call over its time', async () => {
    const line = `POST /v1/algo/${owner}/Probe?timeout=0.5`
    const body = jsonOf(await asOwner(line, { json: { do: 'sleep', seconds: 30 } }))
    assert.deepEqual(body.error, {
      message: 'Failed to run algorithm - may have timed-out or hit out-of-memory error',
      error_type: 'TimeoutError',
    })
  })
})

test('a hidden algorithm and a missing one are told in the same words', async () => {
  const { key } = await createAccount(target, 'curious')
  const hiddenReply = await send(target.url, `POST /v1/algo/${owner}/Hidden`, { key, body: 'x' })
  const missingReply = await send(target.url, `POST /v1/algo/${owner}/Missing`, { key, body: 'x' })
  assert.equal(hiddenReply.status, missingReply.status)
  assert.equal(hiddenReply.json().error.message.replace('Hidden', 'Missing'), missingReply.json().error.message)
})
