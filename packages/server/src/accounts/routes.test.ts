import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pino } from 'pino'
import { ensureBootstrap } from '../bootstrap.ts'
import { testDatabases } from '../db/testing.ts'
import { createAuthenticate } from '../http/authenticate.ts'
import { createManagement } from '../http/management.ts'
import { createPlatformConnections } from '../http/platform-connections.ts'
import { createKeyRing } from '../keys/key-ring.ts'
import { keyRoutes } from '../keys/routes.ts'
import { organizationRoutes } from '../organizations/routes.ts'
import { createSecretBox } from '../secret-box.ts'
import type { Services } from '../services.ts'
import { createAccountDirectory } from './directory.ts'
import { accountRoutes } from './routes.ts'

const [sqlite] = testDatabases()
const url = 'https://api.example'
const server = createServer()
let folder: string
let adminKey: string
let standardKey: string

before(async () => {
  assert.ok(sqlite)
  const { db } = await sqlite.open()
  const directory = await createAccountDirectory(db)
  const keyRing = await createKeyRing(db)
  // The routes under test take nothing else.
  const services = { db, directory, keyRing, secretBox: createSecretBox(Buffer.alloc(32)) } as Services
  folder = await mkdtemp(join(tmpdir(), 'algorist-routes-'))
  const file = join(folder, 'bootstrap.json')
  await ensureBootstrap({ services, file, url, admin: { name: 'admin', email: 'admin@algorist.local' } })
  const credentials = JSON.parse(await readFile(file, 'utf8'))
  adminKey = credentials.admin_api_key
  standardKey = credentials.api_key

  const authenticate = createAuthenticate({
    keyRing,
    directory,
    connections: createPlatformConnections(),
    url,
    browser: null,
    tokens: null,
  })
  const management = createManagement(pino({ level: 'silent' }))
  const app = {
    fastify: management.fastify,
    authenticate,
    runningCall: async () => undefined,
    url,
    served: new Set<string>(),
    recordChange: async () => {},
  }
  accountRoutes(app, services)
  organizationRoutes(app, services)
  keyRoutes(app, services)
  await management.ready()
  server.on('request', management.handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
})

after(async () => {
  server.close()
  server.closeAllConnections()
  await rm(folder, { recursive: true, force: true })
})

/** Status and parsed body, null when empty. */
async function ask(method: string, path: string, { key = adminKey, body }: { key?: string; body?: unknown } = {}) {
  const { port } = server.address() as AddressInfo
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { Authorization: `Simple ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await reply.text()
  return { status: reply.status, text, body: text === '' ? null : JSON.parse(text) }
}

test('a user is created as older clients ask for it, and shown with its members in order', async () => {
  const body = { username: 'Jane_Doe', email: 'jane@example.com', passwordHash: '', shouldCreateHello: false }
  const { status, text } = await ask('POST', '/v1/users', { body })
  assert.equal(status, 200)
  const { id } = JSON.parse(text)
  const shown = `{"id":"${id}","username":"Jane_Doe","email":"jane@example.com","fullname":"Jane_Doe",`
  assert.equal(text, `${shown}"self_link":"${url}/v1/users/Jane_Doe","resource_type":"user"}`)
  for (const path of ['/v1/users/jane_doe', `/v1/users/${id}`, '/v1/user/JANE_DOE']) {
    assert.equal((await ask('GET', path)).text, text, path)
  }
})

const refused: [string, unknown, number, number][] = [
  ['a taken name', { username: 'ADMIN', email: 'x@example.com' }, 409, 3003],
  ['a taken e-mail address', { username: 'x', email: 'ADMIN@algorist.local' }, 409, 3004],
  ['no e-mail address', { username: 'x' }, 400, 3005],
  ['an odd name', { username: 'a-b', email: 'x@example.com' }, 400, 6001],
  ['a long name', { username: 'a'.repeat(31), email: 'x@example.com' }, 400, 6001],
  ['an odd e-mail address', { username: 'x', email: 'nobody' }, 400, 6001],
  ['a text instead of an object', 'x', 400, 3001],
]
for (const [what, body, status, code] of refused) {
  test(`a user with ${what} is refused with ${code}`, async () => {
    const answer = await ask('POST', '/v1/users', { body })
    assert.deepEqual([answer.status, answer.body.error.code], [status, code])
  })
}

test('users are for administrators', async () => {
  for (const [method, path] of [
    ['GET', '/v1/users'],
    ['POST', '/v1/users'],
    ['GET', '/v1/users/admin'],
    ['PUT', '/v1/users/admin'],
  ] as const) {
    const { status, body } = await ask(method, path, { key: standardKey, ...(method === 'GET' ? {} : { body: {} }) })
    assert.deepEqual([status, body.error.code], [403, 2001], `${method} ${path}`)
  }
  assert.equal((await ask('GET', '/v1/users', { key: 'simunknown' })).status, 401)
})

test('a user is changed, but for name and e-mail address', async () => {
  await ask('POST', '/v1/users', { body: { username: 'bob', email: 'bob@example.com' } })
  const body = { username: 'bob', email: 'bob@example.com', fullname: 'Bob B.', company_name: 'X' }
  const { status, body: changed } = await ask('PUT', '/v1/users/bob', { body })
  assert.deepEqual([status, changed.fullname, changed.company_name], [200, 'Bob B.', 'X'])
  assert.equal((await ask('PUT', '/v1/users/bob', { body: { ...body, username: 'rob' } })).body.error.code, 3007)
  assert.equal((await ask('PUT', '/v1/users/bob', { body: { ...body, email: 'r@example.com' } })).body.error.code, 3008)
  assert.equal((await ask('PUT', '/v1/users/rob', { body })).body.error.code, 3000)
})

test('users are listed by name, page by page', async () => {
  for (const name of ['u1', 'u2', 'u3'])
    await ask('POST', '/v1/users', { body: { username: name, email: `${name}@example.com` } })
  const names: string[] = []
  let path: string | null = '/v1/users?limit=2'
  while (path) {
    const { status, body }: Awaited<ReturnType<typeof ask>> = await ask('GET', path)
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(body), ['marker', 'next_link', 'results'])
    names.push(...body.results.map(({ username }: { username: string }) => username))
    assert.equal(body.marker === null, body.next_link === null)
    path = body.next_link?.slice(url.length) ?? null
  }
  assert.deepEqual(
    names,
    names.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
  )
  assert.ok(names.length >= 4)
  assert.equal((await ask('GET', '/v1/users?limit=0')).body.error.code, 5003)
  assert.equal((await ask('GET', '/v1/users?marker=%21')).body.error.code, 5002)
})

test('a key is created and works, another is imported, both are listed as masks', async () => {
  await ask('POST', '/v1/users', { body: { username: 'kim', email: 'kim@example.com' } })
  const permissions = {
    allow_data: false,
    allow_data_write: false,
    allow_algo: true,
    allow_web_algo: false,
    algo_acl: ['algo://*'],
  }
  const wanted = {
    key_label: 'ci',
    key_type: 'ManagementKey',
    permissions: { ...permissions, allow_algo_management: true },
  }
  const created = await ask('POST', '/v1/users/kim/keys', { body: wanted })
  assert.equal(created.status, 200)
  assert.match(created.body.api_key, /^sim[A-Za-z0-9]{25}$/)
  const key = created.body.api_key
  assert.equal((await ask('POST', '/v1/users/kim/keys', { key, body: { key_type: 'AlgorithmKey' } })).status, 200)
  assert.equal((await ask('POST', '/v1/users/admin/keys', { key, body: { key_type: 'AlgorithmKey' } })).status, 403)
  const imported = await ask('POST', '/v1/admin/users/kim/keys', { body: { api_key: 'simabcd123', permissions } })
  assert.deepEqual([imported.status, imported.body.api_key], [200, 'simabcd123'])
  const { text, body } = await ask('GET', '/v1/users/kim/keys')
  assert.equal(body.length, 3)
  assert.ok(!text.includes('simabcd123') && !text.includes(key))
  assert.equal((await ask('POST', '/v1/users/kim/keys', { body: { key_type: 'Other' } })).body.error.code, 6001)
  assert.equal((await ask('POST', '/v1/users/nobody/keys', { body: wanted })).body.error.code, 3000)
})

test('an organization is created, shown and given a member', async () => {
  const body = { org_name: 'Lab', org_label: 'The lab', org_contact_name: 'some owner', org_email: 'lab@example.com' }
  const created = await ask('POST', '/v1/organizations', {
    body: { ...body, external_admin_group: 'admins', type_id: null },
  })
  assert.equal(created.status, 200, created.text)
  const { external_admin_group, org_url, org_created_at } = created.body
  assert.deepEqual([external_admin_group, org_url], ['admins', null])
  assert.match(org_created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
  assert.equal((await ask('GET', '/v1/organizations/lab')).text, created.text)
  assert.equal((await ask('GET', '/v1/organizations/lab', { key: standardKey })).status, 200)
  await ask('POST', '/v1/users', { body: { username: 'mia', email: 'mia@example.com' } })
  const first = await ask('PUT', '/v1/organizations/lab/members/mia')
  assert.deepEqual([first.status, first.text], [201, ''])
  assert.equal((await ask('PUT', '/v1/organizations/lab/members/mia', { body: {} })).status, 200)
  assert.equal((await ask('PUT', '/v1/organizations/none/members/mia')).body.error.code, 3100)
  assert.equal((await ask('POST', '/v1/organizations', { body })).body.error.code, 3101)
  const types = await ask('GET', '/v1/organization/types', { key: standardKey })
  assert.deepEqual(
    types.body.map(({ name }: { name: string }) => name),
    ['basic', 'legacy', 'pro'],
  )
})
