/** Languages, environments, templates, source hosts, the API's own description, git (rest-api.md 2.3, 3.6, 3.12, 3.13). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { OPERATIONS } from '@algorist/contract/operations.ts'
import { type Account, createAccount, createKey, FULL_RIGHTS } from '../lib/accounts.ts'
import { createAlgorithm } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { ANY_UUID, assertError, assertMembers, TIME_MS_WITHOUT_ZONE } from '../lib/shape.ts'
import { jsonOf, send, type WireOptions, type WireReply } from '../lib/wire.ts'

covers('listLanguages', 'listEnvironments', 'getTemplate', 'listScms', 'getScm', 'getScmStatus', 'getOpenApi')
covers('advertiseGitRefs', 'uploadGitPack', 'receiveGitPack')

const EDGE = '/v1/algorithm-environments/edge'

let target: Target
let owner: Account
before(async () => {
  target = await startTarget()
  owner = await createAccount(target, 'owner')
})
after(() => target?.close())

const asOwner = (line: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, line, { key: owner.key, ...options })

describe('languages and environments', () => {
  test('languages are a bare array that begins with anaconda3', async () => {
    const languages = jsonOf(await asOwner(`GET ${EDGE}/languages`))
    for (const language of languages) {
      assertMembers(language, 'name display_name configuration')
      assert.equal(typeof JSON.parse(language.configuration), 'object')
    }
    assert.equal(languages[0].name, 'anaconda3')
    assert.ok(languages.some(({ name }: Json) => name === 'python3'))
  })

  test('environments are an object with a list', async () => {
    for (const { name } of jsonOf(await asOwner(`GET ${EDGE}/languages`))) {
      const body = jsonOf(await asOwner(`GET ${EDGE}/languages/${name}/environments`))
      assertMembers(body, 'environments')
      for (const environment of body.environments) {
        const members = 'id environment_specification_id display_name description created_at language machine_type'
        assertMembers(environment, members)
        assertMembers(environment.language, 'name display_name configuration')
        assert.equal(environment.language.name, name)
        assert.match(environment.id, ANY_UUID)
        assert.match(environment.environment_specification_id, ANY_UUID)
        assert.match(environment.created_at, TIME_MS_WITHOUT_ZONE)
        assert.ok(['CPU', 'GPU'].includes(environment.machine_type))
      }
    }
  })

  test('python3 has an environment, one of them called Python 3.8', async () => {
    const { environments } = jsonOf(await asOwner(`GET ${EDGE}/languages/python3/environments`))
    assert.ok(environments.some(({ display_name }: Json) => display_name === 'Python 3.8'))
  })

  test('an unknown language is an empty list or a nested 404', async () => {
    const reply = await asOwner(`GET ${EDGE}/languages/cobol/environments`)
    if (reply.status === 200) assert.equal(reply.text, '{"environments":[]}')
    else assertError(reply, { status: 404 })
  })

  test('a template is a gzipped tar with its length', async () => {
    const { environments } = jsonOf(await asOwner(`GET ${EDGE}/languages/python3/environments`))
    const id = environments[0].environment_specification_id
    for (const key of [owner.key, undefined]) {
      const options = key === undefined ? {} : { key }
      const line = `GET ${EDGE}/environment-specifications/${id}/template`
      const reply = await send(target.url, line, options)
      assert.equal(reply.status, 200)
      assert.equal(reply.header('Content-Length'), String(reply.body.length))
      assert.equal(reply.header('Content-Encoding'), undefined)
      assert.equal(gunzipSync(reply.body).subarray(257, 262).toString(), 'ustar')
    }
  })

  test('an unknown template is a JSON error', async () => {
    assertError(await asOwner(`GET ${EDGE}/environment-specifications/none/template`), { status: 404 })
  })

  for (const path of [`${EDGE}/languages`, `${EDGE}/languages/python3/environments`, '/v1/scms', '/v1/scms/internal']) {
    test(`${path} needs a key`, async () => {
      assertError(await send(target.url, `GET ${path}`), { status: 401, code: 2002 })
    })
  }
})

describe('source hosts', () => {
  const internal = '{"id":"internal","provider":"internal","name":"","default":true,"enabled":true}'

  test('the list always has the built-in one', async () => {
    assert.equal((await asOwner('GET /v1/scms')).text, `{"results":[${internal}]}`)
  })

  test('the built-in one has neither client nor addresses', async () => {
    for (const key of [owner.key, target.adminKey]) {
      assert.equal((await send(target.url, 'GET /v1/scms/internal', { key })).text, internal)
    }
  })
})

describe('the API describes itself', () => {
  test('to everybody, as OpenAPI 3 with every operation under its id', async () => {
    const document = jsonOf(await send(target.url, 'GET /v1/openapispec'))
    assert.match(document.openapi, /^3\./)
    const ids = Object.values<Json>(document.paths).flatMap((methods) =>
      Object.values<Json>(methods).map(({ operationId }) => operationId),
    )
    for (const { id } of OPERATIONS) assert.ok(ids.includes(id), id)
  })
})

describe('git', () => {
  let repository: string
  let name: string
  before(async () => {
    const { shop } = await createAlgorithm(target, owner, { name: 'Cloned', language: 'python3' })
    repository = new URL(shop.gitUrl).pathname
    name = `/v1/algorithms/${owner.username}/Cloned`
  })

  const basic = (user: string, password: string): Record<string, string> => ({
    Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  })
  const refs = (service: string, headers: Record<string, string>, path = repository): Promise<WireReply> =>
    send(target.url, `GET ${path}/info/refs?service=${service}`, { headers })

  test('refs are advertised with the branch that was created', async () => {
    const [{ id }] = jsonOf(await asOwner(`GET ${name}/log`)).commits
    for (const user of [owner.username, 'x-token', owner.username.toUpperCase()]) {
      const reply = await refs('git-upload-pack', basic(user, owner.key))
      assert.equal(reply.statusLine, 'HTTP/1.1 200 OK')
      assert.equal(reply.header('Content-Type'), 'application/x-git-upload-pack-advertisement')
      assert.match(reply.text, /# service=git-upload-pack/)
      assert.ok(reply.text.includes(`${id} refs/heads/master`))
    }
  })

  test('refs for a push are advertised to a key that may manage', async () => {
    const reply = await refs('git-receive-pack', basic(owner.username, owner.key))
    assert.equal(reply.header('Content-Type'), 'application/x-git-receive-pack-advertisement')
    const weak = await createKey(target, owner.username, { ...FULL_RIGHTS, allow_algo_management: false })
    assert.equal((await refs('git-receive-pack', basic(owner.username, weak))).status, 403)
  })

  for (const service of ['git-upload-pack', 'git-receive-pack']) {
    test(`POST ${service} with nothing in it is answered by git`, async () => {
      const headers = { ...basic(owner.username, owner.key), 'Content-Type': `application/x-${service}-request` }
      const reply = await send(target.url, `POST ${repository}/${service}`, { headers, body: '0000' })
      assert.equal(reply.status, 200)
      assert.equal(reply.header('Content-Type'), `application/x-${service}-result`)
      const without = await send(target.url, `POST ${repository}/${service}`, { body: '0000' })
      assert.equal(without.status, 401)
    })
  }

  test('without credentials it is 401 and asks for Basic; the keys of strangers and administrators are refused', async () => {
    const anonymous = await refs('git-upload-pack', {})
    assert.equal(anonymous.status, 401)
    assert.match(anonymous.header('WWW-Authenticate') ?? '', /^Basic realm="/)
    assert.equal((await refs('git-upload-pack', basic(owner.username, 'wrong'))).status, 401)
    assert.equal((await refs('git-upload-pack', basic(target.username, target.adminKey))).status, 403)
    const stranger = await createAccount(target, 'stranger')
    const theirs = await refs('git-upload-pack', basic(stranger.username, stranger.key))
    assert.ok([403, 404].includes(theirs.status))
    const missing = await refs('git-upload-pack', basic(owner.username, owner.key), `/git/${owner.username}/None.git`)
    assert.equal(missing.status, 404)
  })
})
