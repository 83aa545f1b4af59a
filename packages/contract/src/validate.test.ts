import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError, type ErrorName } from './errors.ts'
import type { Operation } from './operation.ts'
import { createAlgorithm, updateAlgorithm } from './operations/algorithms.ts'
import { compileAlgorithm } from './operations/builds.ts'
import { reportInsights } from './operations/insights.ts'
import { createKey, importKey } from './operations/keys.ts'
import { createOrganization, updateOrganization } from './operations/organizations.ts'
import { createScm, receiveScmEvent } from './operations/scms.ts'
import { createSecret } from './operations/secrets.ts'
import { createUser, getUser } from './operations/users.ts'
import { publishVersion } from './operations/versions.ts'
import { validateBody } from './validate.ts'

const accepted: [string, Operation, unknown, unknown][] = [
  ['nothing at all where all is optional', compileAlgorithm, undefined, {}],
  ['null where all is optional', compileAlgorithm, null, {}],
  ['an empty list where all is optional', publishVersion, [], {}],
  ['null members', publishVersion, { settings: null, version_info: { release_notes: null } }, { version_info: {} }],
  [
    'unknown members, which it drops',
    createAlgorithm,
    { name: 'Hello', build: {}, settings: { language: 'r', foo: 1 } },
    { name: 'Hello', settings: { language: 'r' } },
  ],
  [
    'own `__proto__` members, which it drops',
    updateAlgorithm,
    JSON.parse('{"__proto__":{"details":{}},"details":{"label":"x","__proto__":1}}'),
    { details: { label: 'x' } },
  ],
  [
    'the misspelt license of an old client',
    createAlgorithm,
    { name: 'a', settings: { licence: 'ap1' } },
    { name: 'a', settings: { licence: 'ap1' } },
  ],
  [
    'a user as the old clients send it',
    createUser,
    { username: 'jane', email: 'jane@example.com', passwordHash: '', shouldCreateHello: false },
    { username: 'jane', email: 'jane@example.com', passwordHash: '', shouldCreateHello: false },
  ],
  [
    'a whole organization sent back with its nulls',
    updateOrganization,
    { id: 'x', org_name: 'acme', org_url: null, external_admin_group: 'a', external_member_group: ['b'] },
    { external_admin_group: 'a', external_member_group: ['b'] },
  ],
  ['a short key', importKey, { api_key: 'simabcd123' }, { api_key: 'simabcd123' }],
  [
    'a list body',
    reportInsights,
    [{ insight_key: 'a', insight_value: null, x: 1 }],
    [{ insight_key: 'a', insight_value: null }],
  ],
  ['any event', receiveScmEvent, { ref: 'main', commits: [1] }, { ref: 'main', commits: [1] }],
  ['anything where there is no body', getUser, { a: 1 }, undefined],
]

for (const [name, operation, body, expected] of accepted) {
  test(`\`validateBody()\` accepts ${name}`, () => assert.deepEqual(validateBody(operation, body), expected))
}

const refused: [Operation, unknown, ErrorName, string][] = [
  [createAlgorithm, {}, 'MissingRequiredFields', "Expected the member 'name', got none"],
  [createAlgorithm, null, 'MissingRequiredFields', "Expected the member 'name', got none"],
  [createAlgorithm, { name: null }, 'InputValidationError', "Expected 'name' to be of type string, got null"],
  [createAlgorithm, { name: 5 }, 'InputValidationError', "Expected 'name' to be of type string, got 5 (number)"],
  [createAlgorithm, 'Hello', 'MalformedJson', 'Expected the body to be of type object, got a string'],
  [createAlgorithm, ['Hello'], 'MalformedJson', 'Expected the body to be of type object, got an array'],
  [
    reportInsights,
    Array(26).fill({ insight_key: 'a', insight_value: 1 }),
    'InputValidationError',
    'Expected the body to be a value that must not have more than 25 items, got an array',
  ],
  [
    createAlgorithm,
    { name: 'a', settings: { network_access: 'half' } },
    'InputValidationError',
    "Expected 'settings.network_access' to be one of 'full', 'isolated', got \"half\" (string)",
  ],
  [
    createAlgorithm,
    { name: 'a', settings: [1] },
    'InputValidationError',
    "Expected 'settings' to be of type object, got an array",
  ],
  [
    createAlgorithm,
    { name: 'a', scmsCredentials: { password: 12345 } },
    'InputValidationError',
    "Expected 'scmsCredentials.password' to be of type string, got a number",
  ],
  [
    createAlgorithm,
    { name: 'a', details: { label: ['x'.repeat(99)] } },
    'InputValidationError',
    "Expected 'details.label' to be of type string, got an array",
  ],
  [
    publishVersion,
    { settings: { network_access: 'huge' } },
    'InputValidationError',
    "Expected 'settings.network_access' to be one of 'full', 'isolated', got \"huge\" (string)",
  ],
  [createUser, { username: 'jane' }, 'MissingRequiredFields', "Expected the member 'email', got none"],
  [createUser, 1, 'MalformedUserJson', 'Expected the body to be of type object, got a number'],
  [
    createOrganization,
    { org_name: 1, org_label: '', org_contact_name: '', org_email: '' },
    'MalformedOrganizationJson',
    "Expected 'org_name' to be of type string, got 1 (number)",
  ],
  [createScm, { provider: 'github' }, 'ScmBadCreatePayloadError', "Expected the member 'urls', got none"],
  [
    createSecret,
    { short_name: 'x', description: ' ', owner_type: 'user', owner_id: 'i' },
    'MalformedAlgorithmSecretRequestJson',
    "Expected 'owner_type' to be 'algorithm', got \"user\" (string)",
  ],
  [
    createKey,
    { key_type: 'ManagementKey', permissions: { algo_acl: ['algo://*', 7] } },
    'InputValidationError',
    "Expected 'permissions.algo_acl.1' to be of type string, got 7 (number)",
  ],
  [reportInsights, [{ insight_value: 1 }], 'InputValidationError', "Expected the member '0.insight_key', got none"],
  [reportInsights, {}, 'MalformedJson', 'Expected the body to be of type array, got an object'],
]

for (const [operation, body, name, message] of refused) {
  test(`\`validateBody()\` answers ${operation.id} with ${JSON.stringify(body)} by ${name}`, () => {
    assert.throws(
      () => validateBody(operation, body),
      (error) => {
        assert.ok(error instanceof ApiError)
        assert.deepEqual([error.error, error.message], [name, message])
        return true
      },
    )
  })
}

test('a value that must match a pattern is named with what it should look like', () => {
  const body = { username: 'no-dash', email: 'jane@example.com' }
  assert.throws(
    () => validateBody(createUser, body),
    /Expected 'username' to be a value that .*, got "no-dash" \(string\)/,
  )
})
