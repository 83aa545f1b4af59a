/**
 * Real replies of every served operation against the original OpenAPI document. Where the document is not beside the
 * project, the suite says so and passes.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { OPERATIONS } from '@algorist/contract/operations.ts'
import { uniqueName } from '../lib/accounts.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { send, type WireOptions, type WireReply } from '../lib/wire.ts'
import { NOT_SERVED } from '../not-served.ts'
import { DEVIATIONS, type Deviation, NOT_IN_DOCUMENT } from './deviations.ts'
import { readOriginalDocument } from './document.ts'
import type { Violation } from './schema.ts'

const document = readOriginalDocument()
const skip = document === null && 'the original document is not beside the project'

/** A request: who asks, what, with which body, and what must come back. */
interface Exchange {
  readonly operation: string
  readonly status: number
  readonly line: () => string
  readonly as?: 'admin' | 'stranger' | 'nobody'
  readonly json?: () => unknown
}

let target: Target
let probe: Probe
let ids: Record<string, string>

const NAMES = { user: uniqueName('user'), organization: uniqueName('org'), algorithm: uniqueName('Algo') }

before(async () => {
  if (skip) return
  target = await startTarget()
  probe = await installProbe(target)
  const read = async (line: string) => (await send(target.url, line, { key: probe.owner.key })).json()
  const algorithm = await read(`GET ${own('/Probe')}`)
  const [build] = (await read(`GET ${own('/Probe/builds')}`)).results
  ids = { algorithm: algorithm.id, build: build.build_id, sha: build.commit_sha }
})
after(() => target?.close())

const own = (rest: string): string => `/v1/algorithms/${probe.owner.username}${rest}`
const newUser = () => ({ username: NAMES.user, email: `${NAMES.user}@example.com` })
const newOrganization = () => ({
  org_name: NAMES.organization,
  org_label: 'x',
  org_contact_name: 'some owner',
  org_email: 'x@example.com',
})
const newAlgorithm = () => ({
  name: NAMES.algorithm,
  details: { label: 'x', summary: 'x', tagline: 'x' },
  settings: {
    language: 'python3',
    source_visibility: 'closed',
    license: 'apl',
    network_access: 'full',
    pipeline_enabled: true,
  },
})
const newVersion = () => ({ version_info: { release_notes: 'x', sample_input: '"x"' } })
const newKey = () => ({ key_label: 'x', key_type: 'ManagementKey' })

/** In this order: later ones use what earlier ones made. */
const EXCHANGES: readonly Exchange[] = [
  { operation: 'createUser', status: 200, as: 'admin', line: () => 'POST /v1/users', json: newUser },
  { operation: 'createUser', status: 409, as: 'admin', line: () => 'POST /v1/users', json: newUser },
  { operation: 'createUser', status: 400, as: 'admin', line: () => 'POST /v1/users', json: () => ({}) },
  { operation: 'listUsers', status: 200, as: 'admin', line: () => 'GET /v1/users?limit=1' },
  { operation: 'listUsers', status: 403, line: () => 'GET /v1/users' },
  { operation: 'getUser', status: 200, as: 'admin', line: () => `GET /v1/users/${NAMES.user}` },
  { operation: 'getUser', status: 404, as: 'admin', line: () => 'GET /v1/users/nobody' },
  { operation: 'updateUser', status: 200, as: 'admin', line: () => `PUT /v1/users/${NAMES.user}`, json: newUser },
  { operation: 'createKey', status: 200, as: 'admin', line: () => `POST /v1/users/${NAMES.user}/keys`, json: newKey },
  { operation: 'listKeys', status: 200, as: 'admin', line: () => `GET /v1/users/${NAMES.user}/keys` },
  {
    operation: 'importKey',
    status: 200,
    as: 'admin',
    line: () => `POST /v1/admin/users/${NAMES.user}/keys`,
    json: () => ({ api_key: uniqueName('simabcd') }),
  },
  {
    operation: 'createOrganization',
    status: 200,
    as: 'admin',
    line: () => 'POST /v1/organizations',
    json: newOrganization,
  },
  {
    operation: 'createOrganization',
    status: 409,
    as: 'admin',
    line: () => 'POST /v1/organizations',
    json: newOrganization,
  },
  {
    operation: 'getOrganization',
    status: 200,
    as: 'admin',
    line: () => `GET /v1/organizations/${NAMES.organization}`,
  },
  { operation: 'getOrganization', status: 404, as: 'admin', line: () => 'GET /v1/organizations/nobody' },
  { operation: 'addMember', status: 201, as: 'admin', line: memberLine },
  { operation: 'addMember', status: 200, as: 'admin', line: memberLine },
  { operation: 'listOrganizationTypes', status: 200, line: () => 'GET /v1/organization/types' },
  { operation: 'createAlgorithm', status: 201, line: () => `POST ${own('')}`, json: newAlgorithm },
  { operation: 'createAlgorithm', status: 400, line: () => `POST ${own('')}`, json: newAlgorithm },
  { operation: 'compileAlgorithm', status: 200, line: () => `POST ${own(`/${NAMES.algorithm}/compile`)}` },
  {
    operation: 'publishVersion',
    status: 200,
    line: () => `POST ${own(`/${NAMES.algorithm}/versions`)}`,
    json: newVersion,
  },
  { operation: 'publishVersion', status: 400, line: () => `POST ${own(`/${NAMES.algorithm}/versions`)}` },
  {
    operation: 'updateAlgorithm',
    status: 200,
    line: () => `PUT ${own(`/${NAMES.algorithm}`)}`,
    json: () => ({ details: { tagline: 'y' } }),
  },
  { operation: 'getAlgorithm', status: 200, line: () => `GET ${own(`/${NAMES.algorithm}`)}` },
  { operation: 'getAlgorithm', status: 200, line: () => `GET /v1/algorithms/${ids.algorithm}` },
  { operation: 'getAlgorithm', status: 403, as: 'stranger', line: () => `GET ${own(`/${NAMES.algorithm}`)}` },
  { operation: 'getAlgorithm', status: 404, line: () => `GET ${own('/Missing')}` },
  { operation: 'listUserAlgorithms', status: 200, line: () => `GET /v1/users/${probe.owner.username}/algorithms` },
  { operation: 'getCommitLog', status: 200, line: () => `GET ${own('/Probe/log')}` },
  { operation: 'listBuilds', status: 200, line: () => `GET ${own('/Probe/builds?limit=1')}` },
  { operation: 'listBuilds', status: 400, line: () => `GET ${own('/Probe/builds?limit=0')}` },
  { operation: 'getBuild', status: 200, line: () => `GET ${own(`/Probe/builds/${ids.build}`)}` },
  { operation: 'getBuild', status: 404, line: () => `GET ${own('/Probe/builds/x')}` },
  { operation: 'getBuildLogs', status: 200, line: () => `GET ${own(`/Probe/builds/${ids.build}/logs`)}` },
  { operation: 'listVersions', status: 200, line: () => `GET ${own('/Probe/versions?limit=1')}` },
  { operation: 'getVersion', status: 200, line: () => `GET ${own(`/Probe/versions/${ids.sha}`)}` },
  { operation: 'getVersion', status: 404, line: () => `GET ${own(`/Probe/versions/${'0'.repeat(40)}`)}` },
  { operation: 'deleteAlgorithm', status: 204, line: () => `DELETE ${own(`/${NAMES.algorithm}`)}` },
  { operation: 'listScms', status: 200, line: () => 'GET /v1/scms' },
  { operation: 'getScm', status: 200, line: () => 'GET /v1/scms/internal' },
  { operation: 'getScm', status: 404, line: () => 'GET /v1/scms/none' },
  { operation: 'getScmStatus', status: 200, line: () => `GET ${own('/Probe/scm/status')}` },
  ...['x', [1], null, { do: 'bytes' }, { do: 'fail' }].map(
    (input): Exchange => ({ operation: 'callAlgorithm', status: 200, line: () => callLine(''), json: () => input }),
  ),
  { operation: 'callAlgorithm', status: 200, line: () => callLine('?stdout=true'), json: () => ({ do: 'print' }) },
  { operation: 'callAlgorithm', status: 200, line: () => callLine('?output=void'), json: () => 'x' },
  { operation: 'callAlgorithm', status: 401, as: 'nobody', line: () => callLine(''), json: () => 'x' },
  { operation: 'callAlgorithm', status: 404, line: () => callLine('').replace('0.1.0', '9.9.9'), json: () => 'x' },
]

function memberLine(): string {
  return `PUT /v1/organizations/${NAMES.organization}/members/${NAMES.user}`
}

function callLine(query: string): string {
  return `POST /v1/algo/${probe.owner.username}/Probe/0.1.0${query}`
}

function ask({ as, line, json }: Exchange): Promise<WireReply> {
  const keys = { admin: target.adminKey, stranger: probe.stranger.key, nobody: undefined, owner: probe.owner.key }
  const key = keys[as ?? 'owner']
  const options: WireOptions = { ...(key === undefined ? {} : { key }), ...(json ? { json: json() } : {}) }
  return send(target.url, line(), options)
}

interface Seen extends Violation {
  readonly operation: string
  readonly status: number
}

const seen: Seen[] = []

const allows = (deviation: Deviation, { operation, status, at, rule }: Seen): boolean =>
  deviation.at === at &&
  deviation.rule === rule &&
  deviation.operations.includes(operation) &&
  deviation.statuses.includes(status)

describe('replies as the original document has them, but for the named deviations', { skip }, () => {
  for (const [index, exchange] of EXCHANGES.entries()) {
    const { operation, status } = exchange
    test(`${index + 1}: ${operation} ${status}`, async () => {
      const reply = await ask(exchange)
      assert.equal(reply.status, status, reply.text)
      const violations = document?.check(exchange.line(), reply)
      assert.ok(violations, 'the document has the operation')
      const found = violations.map((violation): Seen => ({ operation, status, ...violation }))
      seen.push(...found)
      assert.deepEqual(
        found.filter((each) => !DEVIATIONS.some((deviation) => allows(deviation, each))),
        [],
        reply.text,
      )
    })
  }

  for (const deviation of DEVIATIONS) {
    test(`still a deviation: ${deviation.at} ${deviation.rule}, ${deviation.because}`, () => {
      const shown = seen.filter((each) => allows(deviation, each))
      const { operations, statuses } = deviation
      assert.deepEqual(
        operations.filter((name) => !shown.some(({ operation }) => operation === name)),
        [],
      )
      assert.deepEqual(
        statuses.filter((number) => !shown.some(({ status }) => status === number)),
        [],
      )
    })
  }
})

test('every operation that is served is asked, or is not in the document', () => {
  const asked = new Set(EXCHANGES.map(({ operation }) => operation))
  const served = OPERATIONS.filter(({ id, addition }) => !NOT_SERVED.has(id) && !addition)
  assert.deepEqual(
    served.map(({ id }) => id).filter((id) => !asked.has(id) && !(id in NOT_IN_DOCUMENT)),
    [],
  )
})

test('every deviation names its paragraph', () => {
  for (const { because } of DEVIATIONS) assert.match(because, /^\d\.\d+/)
  for (const because of Object.values(NOT_IN_DOCUMENT)) assert.match(because, /^\d\.\d+/)
})
