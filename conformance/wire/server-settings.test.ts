/** What administrators set: look of the pages, feature flags, reservations, source hosts, host accounts (rest-api.md 3.6, 3.9, 3.10). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Account, createAccount, uniqueName } from '../lib/accounts.ts'
import { createAlgorithm } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers, assertPage, UUID } from '../lib/shape.ts'
import { assertEmpty, jsonOf, send, sendAsAdministrator, type WireOptions } from '../lib/wire.ts'

covers('getFavicon', 'uploadFavicon', 'deleteFavicon', 'getLogo', 'uploadLogo', 'deleteLogo')
covers('listFrontendEntries', 'getFrontendEntry', 'setFrontendEntry', 'deleteFrontendEntry')
covers('listFeatures', 'setFeature', 'listReservations', 'createReservation', 'deleteReservation')
covers('createScm', 'updateScm', 'deleteScm', 'setDefaultScm', 'getScmOAuthStatus', 'revokeScmOAuth')
covers('revokeScmOAuthByGet', 'getScmTokenStatus', 'getScmTokenStatusByPost')
covers('listAvailableEnvironments', 'enableEnvironment', 'disableEnvironment')
covers('listHostNames', 'setHostNames', 'deleteHostName')
covers('getHostInformation', 'createHostInformation', 'updateHostInformation', 'deleteHostInformation')

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target?.close())

const asAdmin = sendAsAdministrator(() => target)

/** Every operation of a list answers 403 to a standard key and 401 to nobody. */
function forAdministratorsOnly(lines: readonly string[]): void {
  for (const line of lines) {
    test(`${line} is for administrators`, async () => {
      assertError(await send(target.url, line, { key: target.key }), { status: 403, code: 2001 })
      assertError(await send(target.url, line), { status: 401, code: 2002 })
    })
  }
}

const PNG = Buffer.from(
  '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082',
  'hex',
)

function form(bytes: Buffer, { field = 'file', filename = 'x.png', type = 'image/png' } = {}): WireOptions {
  const head = `--b0undary\r\nContent-Disposition: form-data; name="${field}"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`
  return {
    headers: { 'Content-Type': 'multipart/form-data; boundary=b0undary' },
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--b0undary--\r\n')]),
  }
}

for (const { name, sizeError, tooLarge } of [
  { name: 'favicon', sizeError: 3105, tooLarge: 200_000 },
  { name: 'logo', sizeError: 3107, tooLarge: 1_100_000 },
]) {
  describe(name, () => {
    const path = `/v1/config/${name}`

    test('the stock picture is shown until there is another, and after it', async () => {
      for (const change of [undefined, async () => assertEmpty(await asAdmin(`POST ${path}`, form(PNG)), 201)]) {
        await change?.()
        assertEmpty(await asAdmin(`DELETE ${path}`), 204)
        const reply = await send(target.url, `GET ${path}`)
        assert.equal(reply.status, 303)
        const stock = await fetch(reply.header('Location') ?? '')
        assert.deepEqual([stock.status, stock.headers.get('content-type')], [200, 'image/svg+xml'])
        assert.match(stock.headers.get('content-security-policy') ?? '', /sandbox/)
        await stock.text()
      }
    })

    for (const field of ['file', 'favicon', 'anything']) {
      test(`an upload in a field called ${field} comes back byte by byte, to anybody`, async () => {
        assertEmpty(await asAdmin(`POST ${path}`, form(PNG, { field })), 201)
        const reply = await send(target.url, `GET ${path}`)
        assert.deepEqual([reply.status, reply.header('Content-Type')], [200, 'image/png'])
        assert.ok(reply.body.equals(PNG))
        assert.equal(reply.header('X-Content-Type-Options'), 'nosniff')
        assert.match(reply.header('Content-Security-Policy') ?? '', /sandbox/)
      })
    }

    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    for (const [what, options] of [
      ['SVG', form(svg, { type: 'image/svg+xml', filename: 'x.svg' })],
      ['SVG that calls itself PNG', form(svg)],
      ['HTML', form(Buffer.from('<html><script>alert(1)</script>'))],
      ['nothing', form(Buffer.alloc(0))],
      ['a form without a file', { headers: form(PNG).headers ?? {}, body: '--b0undary--\r\n' }],
      ['a broken form', { headers: form(PNG).headers ?? {}, body: 'no form' }],
      ['no body', {}],
    ] as [string, WireOptions][]) {
      test(`${what} is refused`, async () => {
        assertError(await asAdmin(`POST ${path}`, options), { status: 400, code: 3106 })
      })
    }

    test('a picture that is too large is refused', async () => {
      const large = Buffer.concat([PNG, Buffer.alloc(tooLarge)])
      assertError(await asAdmin(`POST ${path}`, form(large)), { status: 400, code: sizeError })
    })

    forAdministratorsOnly([`POST ${path}`, `DELETE ${path}`])
  })
}

describe('configuration entries', () => {
  test('one is set, changed, listed, shown to anybody and deleted', async () => {
    const keyname = uniqueName('entry.')
    const path = `/v1/config/frontend/${keyname}`
    const json = { keyname, value: 'first', resource_type: 'frontend_config' }
    const created = jsonOf(await asAdmin(`PUT ${path}`, { json }))
    assertMembers(created, 'keyname value created_at updated_at resource_type')
    const changed = jsonOf(await asAdmin(`PUT ${path}`, { json: { value: 'second' } }))
    assert.deepEqual([changed.created_at, changed.value], [created.created_at, 'second'])
    assert.ok(changed.updated_at >= created.updated_at)
    assert.deepEqual(jsonOf(await send(target.url, `GET ${path}`)), changed)
    const page = jsonOf(await send(target.url, 'GET /v1/config/frontend?limit=1000'))
    assertPage(page)
    assert.deepEqual(
      page.results.find((entry: Json) => entry.keyname === keyname),
      changed,
    )
    assertEmpty(await asAdmin(`DELETE ${path}`), 204)
    assertError(await send(target.url, `GET ${path}`), { status: 404, code: 5004 })
    assertError(await asAdmin(`DELETE ${path}`), { status: 404, code: 5004 })
  })

  for (const name of ['x', '-start', 'end-', 'a b', 'a/b', 'a'.repeat(65)]) {
    test(`the name ${name.slice(0, 10)} is refused`, async () => {
      const path = `/v1/config/frontend/${encodeURIComponent(name)}`
      assertError(await asAdmin(`PUT ${path}`, { json: { value: 'x' } }), { status: 400, code: 6001 })
    })
  }

  forAdministratorsOnly(['PUT /v1/config/frontend/some-entry', 'DELETE /v1/config/frontend/some-entry'])
})

describe('feature flags', () => {
  const flags = async (query = ''): Promise<Json> =>
    Object.fromEntries(
      jsonOf(await asAdmin(`GET /v1/admin/features${query}`)).map((flag: Json) => [flag.name, flag.enabled]),
    )

  test('those of a user win over those of the server', async () => {
    const { username } = await createAccount(target, 'user')
    assert.deepEqual(Object.keys(await flags()), ['algorithm-errors', 'dark-theme-enabled'])
    assert.equal((await flags(`?username=${username}`))['dark-theme-enabled'], false)
    const path = '/v1/admin/features/dark-theme-enabled'
    assertEmpty(await asAdmin(`PUT ${path}?username=${username}`, { json: { enabled: true } }), 204)
    assert.equal((await flags(`?username=${username}`))['dark-theme-enabled'], true)
    assert.equal((await flags())['dark-theme-enabled'], false)
  })

  test('what does not exist is said', async () => {
    assertError(await asAdmin('GET /v1/admin/features?username=nobody_here'), { status: 404, code: 3000 })
    const put = (path: string, json: unknown) => asAdmin(`PUT /v1/admin/features/${path}`, { json })
    assertError(await put('no-such-flag', { enabled: true }), { status: 404, code: 5004, message: /algorithm-errors/ })
    assertError(await put('algorithm-errors', { enabled: 'yes' }), { status: 400, code: 6001 })
  })

  forAdministratorsOnly(['GET /v1/admin/features', 'PUT /v1/admin/features/algorithm-errors'])
})

describe('reservations', () => {
  let owner: Account
  before(async () => {
    owner = await createAccount(target, 'user')
    await createAlgorithm(target, owner, { name: 'Kept', language: 'python3' })
  })

  const wanted = () => ({
    username: owner.username,
    algoname: 'kept',
    calling_user: target.username,
    version_type: 'Exact',
    num_slots: 2,
    version_identifier: '0.1.0',
  })

  test('one is made, listed and deleted', async () => {
    assertEmpty(await asAdmin('POST /v1/admin/reservations', { json: wanted() }), 200)
    const mine = async () =>
      jsonOf(await asAdmin('GET /v1/admin/reservations')).filter((each: Json) => each.username === owner.username)
    const [reservation] = await mine()
    assertMembers(
      reservation,
      'reservation_id billable_to billable_to_uuid algoname username version_type num_slots algorithm_id version_hash?',
    )
    const { algoname, billable_to, version_type, num_slots } = reservation
    assert.deepEqual([algoname, billable_to, version_type, num_slots], ['Kept', target.username, 'EXACT', 2])
    assertEmpty(await asAdmin(`DELETE /v1/admin/reservations/${reservation.reservation_id}`), 200)
    assert.deepEqual(await mine(), [])
  })

  test('a version that is not named is refused', async () => {
    const { version_identifier, ...json } = wanted()
    assertError(await asAdmin('POST /v1/admin/reservations', { json }), { status: 400, message: /version_identifier/ })
    assert.equal(version_identifier, '0.1.0')
  })

  for (const [member, value] of [
    ['algoname', 'NoSuchAlgorithm'],
    ['username', 'nobody_here'],
    ['calling_user', 'nobody_here'],
    ['version_type', 'NEWEST'],
    ['num_slots', -1],
    ['num_slots', 1e9],
  ] as const) {
    test(`${member} ${value} is refused`, async () => {
      const json = { ...wanted(), [member]: value }
      assertError(await asAdmin('POST /v1/admin/reservations', { json }), { status: 400, code: 6001 })
    })
  }

  test('one that does not exist cannot be deleted', async () => {
    assertError(await asAdmin('DELETE /v1/admin/reservations/none'), { status: 400 })
  })

  forAdministratorsOnly([
    'GET /v1/admin/reservations',
    'POST /v1/admin/reservations',
    'DELETE /v1/admin/reservations/x',
  ])
})

describe('source hosts', () => {
  const urls = { web: 'https://git.example.com', api: 'https://git.example.com/api', ssh: 'ssh://git@git.example.com' }
  const create = async (more: object = {}): Promise<Json> =>
    jsonOf(await asAdmin('POST /v1/admin/scms', { json: { provider: 'gitlab', urls, name: 'Git', ...more } }), 201)
  const list = async (): Promise<Json[]> => jsonOf(await asAdmin('GET /v1/scms')).results

  test('one is added with its client, without its secret, and shown to everybody with a key', async () => {
    const client_secret = 'a-very-secret-value'
    const scm = await create({ oauth: { client_id: 'c1', client_secret }, scm: { project_key: 'PRJ' } })
    assertMembers(scm, 'id provider name default enabled scm oauth urls')
    assert.match(scm.id, UUID)
    assert.deepEqual([scm.provider, scm.enabled, scm.default, scm.urls], ['gitlab', true, false, urls])
    assert.deepEqual(scm.oauth, { client_id: 'c1', project_key: 'PRJ' })
    const shown = await send(target.url, `GET /v1/scms/${scm.id}`, { key: target.key })
    assert.deepEqual(jsonOf(shown), scm)
    assert.ok(!shown.text.includes(client_secret))
    assert.equal((await list())[0]?.id, 'internal')
  })

  test('the default is one at a time, and neither disabled nor deleted', async () => {
    const { id } = await create()
    assertEmpty(await asAdmin(`POST /v1/admin/scms/${id}/default`), 204)
    assert.deepEqual(
      (await list()).filter((scm) => scm.default).map((scm) => scm.id),
      [id],
    )
    const disable = () => asAdmin(`PATCH /v1/admin/scms/${id}`, { json: { enabled: false } })
    assertError(await disable(), { status: 400, code: 4041 })
    assertError(await asAdmin(`DELETE /v1/admin/scms/${id}`), { status: 400, code: 4041 })
    assertEmpty(await asAdmin('POST /v1/admin/scms/internal/default'), 204)
    assertError(await asAdmin(`DELETE /v1/admin/scms/${id}`), { status: 400, code: 4040 })
    assert.equal(jsonOf(await disable()).enabled, false)
    assertError(await asAdmin(`POST /v1/admin/scms/${id}/default`), { status: 400, code: 4042 })
    assertEmpty(await asAdmin(`DELETE /v1/admin/scms/${id}`), 204)
    assertError(await asAdmin(`GET /v1/scms/${id}`), { status: 404, code: 4009 })
  })

  test('what cannot be is refused by number', async () => {
    const post = (json: unknown) => asAdmin('POST /v1/admin/scms', { json })
    assertError(await post({ provider: 'gitlab' }), { status: 400, code: 4020 })
    assertError(await post({ provider: 'gitlab', urls: { ...urls, api: 'nowhere' } }), { status: 400, code: 4020 })
    assertError(await post({ provider: 'internal', urls }), { status: 400, code: 4045 })
    const { id } = await create({ id: uniqueName('scm') })
    assertError(await post({ id, provider: 'gitlab', urls }), { status: 409, code: 4044 })
    for (const line of ['PATCH /v1/admin/scms/internal', 'DELETE /v1/admin/scms/internal']) {
      assertError(await asAdmin(line, { json: { enabled: false } }), { status: 400, code: 4045 })
    }
    const { web, api } = urls
    const two = await asAdmin(`PATCH /v1/admin/scms/${id}`, { json: { urls: { web, api } } })
    assertError(two, { status: 400, code: 4021 })
    for (const line of [
      'PATCH /v1/admin/scms/none',
      'DELETE /v1/admin/scms/none',
      'POST /v1/admin/scms/none/default',
    ]) {
      assertError(await asAdmin(line, { json: { enabled: true } }), { status: 404, code: 4009 })
    }
  })

  test('nobody is connected, which is no error, and disconnecting is none either', async () => {
    const { id } = await create()
    for (const scm of ['internal', id]) {
      for (const line of [
        `GET /v1/scms/${scm}/oauth/status`,
        `GET /v1/scms/${scm}/token/status`,
        `POST /v1/scms/${scm}/token/status`,
      ]) {
        const status = jsonOf(await send(target.url, line, { key: target.key }))
        assert.deepEqual(status, { authorization_status: 'unauthorized' })
      }
      for (const method of ['POST', 'GET']) {
        assertEmpty(
          await send(target.url, `${method} /v1/scms/${scm}/oauth/revoke`, { key: target.key, body: 'null' }),
          204,
        )
      }
    }
    assertError(await send(target.url, 'GET /v1/scms/none/oauth/status', { key: target.key }), {
      status: 404,
      code: 4009,
    })
  })

  forAdministratorsOnly([
    'POST /v1/admin/scms',
    'PATCH /v1/admin/scms/x',
    'DELETE /v1/admin/scms/x',
    'POST /v1/admin/scms/x/default',
  ])
})

describe('host accounts of organizations', () => {
  const hosts = '/v1/admin/organization_host_information'
  async function organization(): Promise<Json> {
    const least = { org_label: 'label', org_contact_name: 'some owner', org_email: 'o@example.com' }
    return jsonOf(await asAdmin('POST /v1/organizations', { json: { org_name: uniqueName('org'), ...least } }))
  }

  test('one is set, changed and forgotten', async () => {
    const { org_name, id: org_id } = await organization()
    const path = `${hosts}/${org_name}`
    const json = { host_username: 'svc', host_user_id: '20001' }
    assertError(await asAdmin(`GET ${path}`), { status: 404, code: 3300 })
    for (const line of [`POST ${path}`, `PUT ${hosts}`]) {
      const reply = await asAdmin(line, { json: { ...json, org_id, host_username: line.slice(0, 3) } })
      assert.equal(reply.status, 200)
      assert.match(reply.header('Content-Type') ?? '', /^text\/plain/)
    }
    const shown = jsonOf(await asAdmin(`GET ${path}`))
    assertMembers(shown, 'id org_id host_username host_user_id')
    assert.deepEqual([shown.org_id, shown.host_username], [org_id, 'PUT'])
    assertError(await asAdmin(`POST ${path}`, { json }), { status: 400, code: 3301 })
    assertError(await asAdmin(`PUT ${hosts}`, { json }), { status: 400, code: 3302 })
    assert.equal((await asAdmin(`DELETE ${path}`)).status, 200)
    assertError(await asAdmin(`DELETE ${path}`), { status: 404, code: 3300 })
    assertError(await asAdmin(`POST ${hosts}/none`, { json }), { status: 404, code: 3100 })
  })

  test('names of algorithms are set for those the organization owns', async () => {
    const { org_name } = await organization()
    const path = `/v1/organizations/${org_name}/algorithms-host-usernames`
    assert.deepEqual(jsonOf(await asAdmin(`GET ${path}`)), [])
    assertEmpty(await asAdmin(`PUT ${path}`, { json: { updates: [] } }), 204)
    const updates = [{ algorithm_id: crypto.randomUUID(), functional_id: 'svc' }]
    assertError(await asAdmin(`PUT ${path}`, { json: { updates } }), { status: 400, code: 6001 })
    assertError(await asAdmin(`DELETE ${path}/${crypto.randomUUID()}`), { status: 400 })
    assertError(await asAdmin('GET /v1/organizations/none/algorithms-host-usernames'), { status: 404, code: 3100 })
  })

  forAdministratorsOnly([`GET ${hosts}/x`, `POST ${hosts}/x`, `PUT ${hosts}`, `DELETE ${hosts}/x`])
})

describe('environments', () => {
  const root = '/v1/algorithm-environments/edge'

  test('one that is disabled is listed as available only, and new algorithms cannot use it', async () => {
    const available = jsonOf(await asAdmin(`GET ${root}/environments/available`)) as Json[]
    const chosen = available.find(({ language }) => language.name === 'javascript')
    assert.ok(chosen)
    const specification = `${root}/environment-specifications/${chosen.environment_specification_id}`
    const listed = async (): Promise<string[]> => {
      const path = `${root}/languages/javascript/environments`
      const { environments } = jsonOf(await send(target.url, `GET ${path}`, { key: target.key }))
      return environments.map(({ id }: Json) => id)
    }
    const before = await listed()
    assert.ok(before.includes(chosen.id))
    assertEmpty(await asAdmin(`DELETE ${specification}`), 204)
    assert.ok(!(await listed()).includes(chosen.id))
    const settings = {
      algorithm_environment: chosen.id,
      license: 'apl',
      network_access: 'isolated',
      pipeline_enabled: true,
    }
    const json = { name: 'Late', details: { label: 'Late' }, settings: { ...settings, source_visibility: 'closed' } }
    const line = `POST /v1/algorithms/${target.username}`
    assertError(await send(target.url, line, { key: target.key, json }), { status: 400 })
    assertEmpty(await asAdmin(`POST ${specification}/syncs`), 200)
    assert.deepEqual(await listed(), before)
  })

  test('a specification that is not here is not found', async () => {
    const path = `${root}/environment-specifications/${crypto.randomUUID()}`
    assertError(await asAdmin(`DELETE ${path}`), { status: 404 })
    assertError(await asAdmin(`POST ${path}/syncs`), { status: 404 })
  })

  forAdministratorsOnly([`GET ${root}/environments/available`, `DELETE ${root}/environment-specifications/x`])
})
