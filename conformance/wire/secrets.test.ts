/** Secrets of algorithms and organizations, and their providers (rest-api.md 3.2, rows 64 to 67; 3.7; platform.md 6). */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type Account, createAccount, createKey, FULL_RIGHTS, uniqueName } from '../lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { createPerson, type Person } from '../lib/person.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers, TIME_WITHOUT_ZONE, UUID } from '../lib/shape.ts'
import { until } from '../lib/until.ts'
import { type Ask, assertEmpty, jsonOf, send, sendAsAdministrator } from '../lib/wire.ts'

covers('listSecrets', 'createSecret', 'updateSecret', 'deleteSecret')
covers('listOrganizationSecrets', 'createOrganizationSecret', 'updateOrganizationSecret', 'deleteOrganizationSecret')
covers('listSecretProviders', 'listAllSecretProviders', 'createSecretProvider', 'getSecretProvider')
covers('updateSecretProvider', 'deleteSecretProvider', 'checkSecretProviderPlugin', 'uploadSecretProviderPlugin')
covers('setDefaultSecretProvider')

const VALUE = 'c7Wd1uZr9Jqk'
const SOURCE = `import os
import time

def apply(input):
    seconds, name = input
    time.sleep(seconds)
    return os.environ.get(name, "nothing")
`

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target?.close())

const asAdmin = sendAsAdministrator(() => target)
const asKey =
  (key: string): Ask =>
  (line, options = {}) =>
    send(target.url, line, { key, ...options })

/** A call is on a worker. */
const untilBusy = (): Promise<void> =>
  until('a busy worker', async () =>
    /^algorist_workers_busy [1-9]/m.test((await send(target.url, 'GET /metrics')).text),
  )

interface Made {
  readonly account: Account
  readonly shop: Workshop
  readonly id: string
  readonly commit: string
  readonly ask: Ask
  /** Path of its secrets. */
  readonly path: string
  /** A body that makes a secret of it. */
  wanted(secret_key: string, more?: object): object
  /** The variable in a run that takes so long. */
  read(name: string, more?: { version?: string; seconds?: number; key?: string }): Promise<string>
}

/** An algorithm with the public version 0.1.0. */
async function makeAlgorithm(account: Account): Promise<Made> {
  const { shop, created } = await createAlgorithm(target, account, { name: uniqueName('S'), language: 'python3' })
  const commit = await pushGreen(shop, { [`src/${shop.name}.py`]: SOURCE, 'requirements.txt': '' })
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  const { id } = created
  const read: Made['read'] = async (name, { version = '0.1.0', seconds = 0, key = account.key } = {}) => {
    const line = `POST ${new URL(shop.callUrl).pathname}/${version}`
    return jsonOf(await send(target.url, line, { key, json: [seconds, name] })).result
  }
  const wanted: Made['wanted'] = (secret_key, more = {}) => ({
    ...{ owner_type: 'algorithm', owner_id: id, short_name: secret_key, description: ' ', secret_key },
    ...{ secret_value: VALUE, ...more },
  })
  return { account, shop, id, commit, ask: asKey(account.key), path: `/v1/algorithms/${id}/secrets`, wanted, read }
}

describe('secrets of an algorithm', () => {
  let made: Made
  before(async () => {
    made = await makeAlgorithm(await createAccount(target, 'owner'))
  })

  const create = async (secret_key: string, more: object = {}): Promise<Json> =>
    jsonOf(await made.ask(`POST ${made.path}`, { json: made.wanted(secret_key, more) }))

  test('createSecret and both lists answer without the value', async () => {
    const { ask, path, id, shop } = made
    const [provider] = jsonOf(await ask('GET /v1/secret-provider'))
    const reply = await ask(`POST ${path}`, { json: made.wanted('SHOWN', { provider_id: provider.id }) })
    const secret = jsonOf(reply)
    const times = 'default_secret_value_id created modified'
    assertMembers(secret, `id short_name description secret_key owner_type owner_id provider_id ${times}`)
    for (const each of [secret.id, secret.default_secret_value_id]) assert.match(each, UUID)
    for (const each of [secret.created, secret.modified]) assert.match(each.slice(0, -1), TIME_WITHOUT_ZONE)
    const { short_name, description, secret_key, owner_type, owner_id, provider_id } = secret
    assert.deepEqual([short_name, description, secret_key, owner_type], ['SHOWN', ' ', 'SHOWN', 'algorithm'])
    assert.deepEqual([owner_id, provider_id], [id, provider.id])
    for (const from of [path, `${new URL(shop.url).pathname}/secrets`]) {
      const list = await ask(`GET ${from}`)
      assert.deepEqual(jsonOf(list), { results: [secret], secrets: [secret] })
      assert.ok(!`${list.text}${reply.text}`.includes(VALUE))
    }
    assertEmpty(await ask(`DELETE ${path}/${secret.id}`), 204)
  })

  test('the next call of any version, by whoever, has what was created, changed or deleted', async () => {
    const { ask, path, read, commit } = made
    const { key } = await createAccount(target, 'caller')
    const seen = () => Promise.all([read('NEXT'), read('NEXT', { version: commit }), read('NEXT', { key })])
    assert.deepEqual(await seen(), ['nothing', 'nothing', 'nothing'])
    const { id } = await create('NEXT')
    assert.deepEqual(await seen(), [VALUE, VALUE, VALUE])
    const json = { short_name: 'renamed', description: 'd', secret_value: 'a new value' }
    assert.equal(jsonOf(await ask(`PUT ${path}/${id}`, { json })).short_name, 'renamed')
    assert.deepEqual(await seen(), ['a new value', 'a new value', 'a new value'])
    assertEmpty(await ask(`DELETE ${path}/${id}`), 204)
    assert.deepEqual(await seen(), ['nothing', 'nothing', 'nothing'])
  })

  test('a call that runs keeps what it has', async () => {
    const { ask, path, read } = made
    const { id } = await create('KEPT')
    assert.equal(await read('KEPT'), VALUE)
    const running = read('KEPT', { seconds: 1.5 })
    await untilBusy()
    assertEmpty(await ask(`DELETE ${path}/${id}`), 204)
    assert.equal(await read('KEPT'), 'nothing')
    assert.equal(await running, VALUE)
  })

  test('what is wrong is told with the codes of the table, and never with the value', async () => {
    const { ask, path, wanted } = made
    const { id } = await create('THERE')
    const nothing = randomUUID()
    const wrong: readonly (readonly [string, object, number, number, RegExp?])[] = [
      [`POST ${path}`, [VALUE], 400, 8000],
      [`POST ${path}`, wanted('X', { short_name: undefined }), 400, 8000, /short_name/],
      [`POST ${path}`, wanted('X', { owner_type: 'user' }), 400, 8000, /owner_type/],
      [`POST ${path}`, wanted('X', { secret_value: [VALUE] }), 400, 8000, /secret_value/],
      [`POST ${path}`, wanted('THERE', { short_name: 'n' }), 400, 8001, /variable/],
      [`POST ${path}`, wanted('X', { short_name: 'THERE' }), 400, 8001, /short_name/],
      [`POST ${path}`, wanted('PATH'), 400, 8001, /the platform/],
      [`POST ${path}`, wanted('ALGORITHMIA_API'), 400, 8001, /the platform/],
      [`POST ${path}`, wanted('A-B'), 400, 8001, /letters, digits and _/],
      [`POST ${path}`, wanted('X', { owner_id: nothing }), 400, 8001, /owner_id/],
      [`POST ${path}`, wanted('X', { secret_value: VALUE.repeat(6000) }), 400, 8001, /65536/],
      [`POST ${path}`, wanted('X', { secret_value: undefined }), 400, 8004],
      [`POST ${path}`, wanted('X', { provider_id: nothing }), 404, 8006],
      [`POST /v1/algorithms/${nothing}/secrets`, wanted('X'), 404, 1009],
      [`PUT ${path}/${nothing}`, { short_name: 'n', description: '' }, 404, 8008],
      [`PUT ${path}/${id}`, { short_name: 'n', description: '', secret_key: 'OTHER' }, 400, 8001, /THERE/],
      [`PUT ${path}/${id}`, { short_name: 'n' }, 400, 8000, /description/],
      [`DELETE ${path}/${nothing}`, {}, 404, 8008],
    ]
    for (const [line, json, status, code, message] of wrong) {
      const reply = await ask(line, { json })
      assertError(reply, { status, code, ...(message && { message }) })
      assert.ok(!reply.text.includes(VALUE), reply.text)
    }
    const unquoted = await ask(`POST ${path}`, { body: `{"secret_value": ${VALUE}}` })
    assertError(unquoted, { status: 400, code: 2013, message: /not valid JSON: Unexpected token/ })
    assert.ok(!unquoted.text.includes(VALUE.slice(0, 4)), unquoted.text)
  })

  test('are for those who manage the algorithm, and writing is for administrators too', async () => {
    const { path, wanted } = made
    const { id } = await create('GUARDED')
    const weak = await createKey(target, made.account.username, { ...FULL_RIGHTS, allow_algo_management: false })
    const stranger = await createAccount(target, 'stranger')
    for (const key of [weak, stranger.key]) {
      for (const method of ['GET', 'POST']) {
        assertError(await asKey(key)(`${method} ${path}`, { json: wanted('X') }), { status: 403, code: 2001 })
      }
      for (const method of ['PUT', 'DELETE']) {
        assertError(await asKey(key)(`${method} ${path}/${id}`, { json: wanted('X') }), { status: 403, code: 2001 })
      }
    }
    assertError(await send(target.url, `GET ${path}`), { status: 401 })
    assertError(await asAdmin(`GET ${path}`), { status: 403, code: 2001 })
    const { id: theirs } = jsonOf(await asAdmin(`POST ${path}`, { json: wanted('BY_ADMIN') }))
    assertEmpty(await asAdmin(`DELETE ${path}/${theirs}`), 204)
  })

  test('leave a trace in the audit log, and no value', async () => {
    const { path } = made
    const { id } = await create('TRACED')
    const log = await asAdmin('GET /v1/admin/audit-log?limit=20')
    const entries: Json[] = jsonOf(log).results
    assert.ok(entries.some(({ action, target: about }) => action === 'createSecret' && about === path))
    assert.ok(!log.text.includes(VALUE))
    assertEmpty(await made.ask(`DELETE ${path}/${id}`), 204)
  })

  test('end with the algorithm', async () => {
    const { account } = made
    const { shop, created } = await createAlgorithm(target, account, { name: uniqueName('G'), language: 'python3' })
    const path = `/v1/algorithms/${created.id}/secrets`
    jsonOf(await made.ask(`POST ${path}`, { json: made.wanted('GONE', { owner_id: created.id }) }))
    assertEmpty(await made.ask(`DELETE ${new URL(shop.url).pathname}`), 204)
    assertError(await made.ask(`GET ${path}`), { status: 404, code: 1009 })
  })
})

describe('secrets of an organization', () => {
  let person: Person
  let made: Made
  let name: string
  let path: string
  let organizationId: string
  before(async () => {
    person = await createPerson(target)
    name = uniqueName('org')
    const organization = { org_name: name, org_label: 'l', org_contact_name: 'c', org_email: `${name}@example.com` }
    organizationId = jsonOf(await asAdmin('POST /v1/organizations', { json: organization })).id
    assert.equal((await asAdmin(`PUT /v1/organizations/${name}/members/${person.username}`)).status < 300, true)
    const role = { json: { role: 'owner' } }
    assert.equal(
      (await asAdmin(`PUT /v1/organizations/${name}/members/${person.username}/role`, role)).status < 300,
      true,
    )
    const key = { key_label: 'all', permissions: FULL_RIGHTS }
    const { api_key } = jsonOf(await asAdmin(`POST /v1/organizations/${name}/keys`, { json: key }))
    path = `/v1/organizations/${name}/secrets`
    made = await makeAlgorithm({ username: name, key: api_key })
  })

  const wanted = (secret_key: string, more: object = {}) => ({
    ...made.wanted(secret_key, { owner_type: 'organization', owner_id: organizationId }),
    ...more,
  })

  test('reach the next call of its algorithms, and those of the algorithm win', async () => {
    const { read, ask } = made
    assert.equal(await read('SHARED'), 'nothing')
    const reply = await person.send(`POST ${path}`, { json: wanted('SHARED', { secret_value: 'of all' }) })
    const shared = jsonOf(reply)
    assert.deepEqual([shared.owner_type, shared.owner_id], ['organization', organizationId])
    assert.equal(await read('SHARED'), 'of all')
    const own = jsonOf(await ask(`POST ${made.path}`, { json: made.wanted('SHARED') }))
    assert.equal(await read('SHARED'), VALUE)
    assertEmpty(await ask(`DELETE ${made.path}/${own.id}`), 204)
    const json = { short_name: 's', description: '', secret_value: 'of all, anew' }
    jsonOf(await person.send(`PUT ${path}/${shared.id}`, { json }))
    assert.equal(await read('SHARED'), 'of all, anew')
    assertEmpty(await person.send(`DELETE ${path}/${shared.id}`), 204)
    assert.equal(await read('SHARED'), 'nothing')
  })

  test('are written by its owners, and seen without values by its members', async () => {
    const secret = jsonOf(await person.send(`POST ${path}`, { json: wanted('SEEN') }))
    const member = await createAccount(target, 'member')
    const asMember = asKey(member.key)
    assertError(await asMember(`GET ${path}`), { status: 403, code: 2001 })
    assert.equal((await asAdmin(`PUT /v1/organizations/${name}/members/${member.username}`)).status < 300, true)
    const list = await asMember(`GET ${path}`)
    assert.deepEqual(jsonOf(list), { results: [secret], secrets: [secret] })
    assert.ok(!list.text.includes(VALUE))
    assertError(await asMember(`POST ${path}`, { json: wanted('X') }), { status: 403, code: 2001 })
    assertError(await asMember(`DELETE ${path}/${secret.id}`), { status: 403, code: 2001 })
    assertError(await person.send(`POST ${path}`, { json: wanted('HOME') }), { status: 400, code: 8001 })
    assertError(await person.send(`DELETE ${path}/${randomUUID()}`), { status: 404, code: 8008 })
    assertError(await person.send('GET /v1/organizations/nobody_here/secrets'), { status: 404, code: 3100 })
    assertEmpty(await asAdmin(`DELETE ${path}/${secret.id}`), 204)
  })
})

describe('providers of secrets', () => {
  const providers = '/v1/admin/secret-provider'
  const plugins = '/v1/admin/plugins/secret-provider'
  const vault = (more: object = {}) => ({
    ...{ name: 'vault', description: 'Vault', moduleName: 'm', factoryClassName: 'com.example.VaultFactory' },
    ...{ interfaceVersion: '1.0', isEnabled: true, isDefault: false, configuration: { vault_token: VALUE }, ...more },
  })

  test('the built-in one is listed to everybody with a key, and nobody changes it', async () => {
    const [internal] = jsonOf(await send(target.url, 'GET /v1/secret-provider', { key: target.key }))
    const flags = 'isEnabled isDefault created modified'
    assertMembers(internal, `id name description moduleName factoryClassName interfaceVersion ${flags}`)
    assert.deepEqual([internal.name, internal.isDefault], ['algorithmia_internal_secret_provider', true])
    assert.deepEqual(jsonOf(await asAdmin(`GET ${providers}/${internal.id}`)), internal)
    for (const line of [`POST ${providers}/${internal.id}`, `DELETE ${providers}/${internal.id}`]) {
      assertError(await asAdmin(line, { json: vault() }), { status: 403, code: 8005 })
    }
    assertEmpty(await asAdmin(`POST ${plugins}/${internal.id}/default`), 204)
  })

  test('others are kept as records, without their settings, and keep no secrets', async () => {
    const created = await asAdmin(`POST ${providers}`, { json: vault() })
    const { id, isDefault } = jsonOf(created)
    assert.equal(isDefault, false)
    const changed = await asAdmin(`POST ${providers}/${id}`, { json: vault({ name: 'renamed' }) })
    assert.equal(jsonOf(changed).name, 'renamed')
    assertEmpty(await asAdmin(`POST ${plugins}/${id}/default`), 204)
    const all = await asAdmin(`GET ${providers}`)
    assert.deepEqual(
      jsonOf(all).map((each: Json) => each.isDefault),
      [true, false],
    )
    for (const { text } of [created, changed, all]) assert.ok(!text.includes(VALUE))
    assertError(await asAdmin(`GET ${plugins}/${id}`), { status: 400, code: 2015, message: /no Java plug-ins/ })
    assertError(await asAdmin(`POST ${plugins}/${id}`), { status: 400, code: 3106, message: /no Java plug-ins/ })

    const account = await createAccount(target, 'owner')
    const { created: algorithm } = await createAlgorithm(target, account, { name: 'Vaulted', language: 'python3' })
    const json = { owner_type: 'algorithm', owner_id: algorithm.id, short_name: 's', description: '', secret_key: 'X' }
    const refused = await asKey(account.key)(`POST /v1/algorithms/${algorithm.id}/secrets`, {
      json: { ...json, secret_value: VALUE },
    })
    assertError(refused, { status: 400, code: 8003, message: /renamed.*no Java plug-ins/ })

    assertError(await asAdmin(`DELETE ${providers}/${id}`), { status: 400, code: 8013 })
    jsonOf(await asAdmin(`POST ${providers}/${id}`, { json: vault({ isEnabled: false }) }))
    assertError(await asAdmin(`POST ${plugins}/${id}/default`), { status: 400, code: 8012 })
    assert.equal(jsonOf(await send(target.url, 'GET /v1/secret-provider', { key: target.key })).length, 1)
    assertEmpty(await asAdmin(`DELETE ${providers}/${id}`), 204)
    assertError(await asAdmin(`GET ${providers}/${id}`), { status: 404, code: 8006 })
  })

  test('settings that are no texts are refused without repeating them', async () => {
    const reply = await asAdmin(`POST ${providers}`, { json: vault({ configuration: { vault_token: [VALUE] } }) })
    assertError(reply, { status: 400, code: 6001, message: /configuration/ })
    assert.ok(!reply.text.includes(VALUE))
  })
})
