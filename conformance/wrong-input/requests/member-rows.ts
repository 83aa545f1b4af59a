/** Management bodies with a value of the wrong type in each member, taken from the description that the server serves. */
import assert from 'node:assert/strict'
import type { Json } from '../../lib/curl.ts'
import { type Ground, request } from '../lib/ground.ts'
import type { Row } from '../lib/rows.ts'

interface BodyOperation {
  readonly id: string
  readonly method: string
  readonly admin?: boolean
  /** What a right body needs at least. */
  readonly least: Readonly<Record<string, unknown>>
  path(owner: string): string
  readonly code: number
}

const OPERATIONS: readonly BodyOperation[] = [
  {
    id: 'createAlgorithm',
    method: 'POST',
    path: (owner) => `/v1/algorithms/${owner}`,
    least: { name: 'Wrong' },
    code: 6001,
  },
  { id: 'updateAlgorithm', method: 'PUT', path: (owner) => `/v1/algorithms/${owner}/Probe`, least: {}, code: 6001 },
  {
    id: 'publishVersion',
    method: 'POST',
    path: (owner) => `/v1/algorithms/${owner}/Probe/versions`,
    least: {},
    code: 6001,
  },
  {
    id: 'createUser',
    method: 'POST',
    admin: true,
    path: () => '/v1/users',
    least: { username: 'wrong', email: 'wrong@example.com' },
    code: 6001,
  },
  { id: 'updateUser', method: 'PUT', admin: true, path: (owner) => `/v1/users/${owner}`, least: {}, code: 6001 },
  {
    id: 'createKey',
    method: 'POST',
    admin: true,
    path: (owner) => `/v1/users/${owner}/keys`,
    least: { key_type: 'ManagementKey' },
    code: 6001,
  },
  {
    id: 'importKey',
    method: 'POST',
    admin: true,
    path: (owner) => `/v1/admin/users/${owner}/keys`,
    least: { api_key: 'simWrong' },
    code: 6001,
  },
  {
    id: 'createOrganization',
    method: 'POST',
    admin: true,
    path: () => '/v1/organizations',
    least: {
      org_name: 'wrongorg',
      org_label: 'Wrong',
      org_contact_name: 'W',
      org_email: 'w@example.com',
      org_url: 'https://example.com',
      type_id: 'basic',
      resource_type: 'organization',
    },
    code: 3103,
  },
]

interface Member {
  readonly path: readonly string[]
  readonly schema: Json
}

const SAMPLES: readonly [type: string, value: unknown][] = [
  ['string', 'text'],
  ['number', 12.5],
  ['boolean', true],
  ['array', ['text']],
  ['object', { a: 1 }],
]

export function managementRows(ground: () => Ground): Row[] {
  return OPERATIONS.map((operation) => ({
    name: `wrong types in each member of ${operation.id}`,
    sent: 'each member of the description with a value of each other type',
    expected: {
      status: 400,
      code: operation.code,
      message: /^Expected '[\w.]+' to be (?:of type|one of|a value that) .*, got .*$/,
    },
    withinMs: 15_000,
    async send() {
      const { target, probe } = ground()
      const key = operation.admin ? target.adminKey : probe.owner.key
      const description = JSON.parse((await request('GET', `${target.url}/v1/openapispec`)).text)
      const schema = bodySchema(description, operation.id)
      const members = membersOf(schema)
      assert.ok(members.length > 2, `${operation.id} has members`)
      let last = { status: 0, text: '' }
      for (const member of members) {
        for (const value of wrongValues(member.schema)) {
          const body = JSON.stringify(withMember(schema, { ...operation.least }, member.path, value))
          const url = target.url + operation.path(probe.owner.username)
          last = await request(operation.method, url, { key, body })
          assert.equal(last.status, 400, `${body} is answered ${last.status} ${last.text}`)
          const { code, message } = JSON.parse(last.text).error
          assert.ok(message.startsWith(`Expected '${member.path.join('.')}`), `${body}: ${message}`)
          assert.equal(code, operation.code, `${body}: ${last.text}`)
        }
      }
      return last
    },
  }))
}

function bodySchema(description: Json, id: string): Json {
  for (const methods of Object.values<Json>(description.paths)) {
    for (const operation of Object.values<Json>(methods)) {
      if (operation.operationId === id)
        return resolve(description, operation.requestBody.content['application/json'].schema)
    }
  }
  throw new Error(`The description has no ${id}`)
}

function resolve(description: Json, schema: Json): Json {
  const { $ref } = schema
  if ($ref === undefined) return schema
  return $ref
    .slice(2)
    .split('/')
    .reduce((at: Json, name: string) => at[name], description)
}

function membersOf(schema: Json, above: readonly string[] = []): Member[] {
  return Object.entries<Json>(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = [...above, name]
    return [{ path, schema: member }, ...membersOf(member, path)]
  })
}

function wrongValues(schema: Json): unknown[] {
  const type = schema.type ?? (schema.enum ? 'string' : undefined)
  if (type === undefined) return []
  const others = SAMPLES.filter(([each]) => each !== (type === 'integer' ? 'none' : type)).map(([, value]) => value)
  return schema.enum ? [...others, 'banana'] : others
}

/** The object with one member set at a path; objects on the way get the members that they need. */
function withMember(schema: Json, object: Record<string, unknown>, path: readonly string[], value: unknown): unknown {
  const [name = '', ...rest] = path
  if (rest.length === 0) return { ...object, [name]: value }
  const inner = schema.properties[name]
  const needed = Object.fromEntries(
    (inner.required ?? []).map((each: string) => [each, inner.properties[each].examples[0]]),
  )
  return { ...object, [name]: withMember(inner, needed, rest, value) }
}
