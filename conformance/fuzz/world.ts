/** What the fuzzer finds on the server: accounts, organizations and algorithms to act on, and callers of four kinds. */
import { createKey, FULL_RIGHTS } from '../lib/accounts.ts'
import { createAlgorithm, expectGreen, publish, waitForBuild } from '../lib/algorithms.ts'
import type { Json } from '../lib/curl.ts'
import type { Target } from '../lib/server.ts'
import { jsonOf, send } from '../lib/wire.ts'

type Values = Readonly<Record<string, readonly string[]>>
type Headers = Readonly<Record<string, string>>

export interface World {
  /** What each kind of caller sends with every request. */
  readonly callers: Readonly<Record<'standard' | 'management' | 'admin' | 'session', Headers>>
  /** Real values by path parameter; what stands there twice is taken twice as often. */
  readonly pools: Values
  /** The same by member of a body. */
  readonly members: Values
  /** What no request may change, in lower case. */
  readonly kept: readonly string[]
  /** What no request may delete, in lower case. */
  readonly undeletable: readonly string[]
  /** @throws AssertionError when the server does not do its ordinary work */
  assertAlive(): Promise<void>
}

/** Names as the examples of the document have them. */
const OWNER = 'demo'
const USER = 'jane_doe'
const GUEST = 'john_doe'
const ORGANIZATION = 'acme'
const ALGORITHM = 'Hello'
const PASSWORD = 'correct horse battery staple'
const URLS = { web: 'https://git.example.com', api: 'https://git.example.com/api', ssh: 'ssh://git@git.example.com' }

/** @param target a server of one's own, where none of these names is taken */
export async function createWorld(target: Target): Promise<World> {
  const asAdmin = askAs(target, target.adminKey)
  const org = await createAccounts(asAdmin)
  const management = await createKey(target, OWNER, FULL_RIGHTS)
  const standard = await createKey(target, OWNER, { ...FULL_RIGHTS, allow_algo_management: false })
  const keysOfRun: Json[] = await asAdmin(`GET /v1/users/${OWNER}/keys`)
  const keysOfAdmin: Json[] = await asAdmin(`GET /v1/users/${target.username}/keys`)
  const spares = await createSpares(asAdmin)

  const { shop, created } = await createAlgorithm(target, { username: OWNER, key: management }, named(ALGORITHM))
  const ofOrganization = await createAlgorithm(target, { username: ORGANIZATION, key: management }, named(ALGORITHM))
  const build = await expectGreen(shop, await waitForBuild(shop))
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  await expectGreen(ofOrganization.shop, await waitForBuild(ofOrganization.shop))
  const { version_info } = await publish(ofOrganization.shop)
  const version = version_info.semantic_version
  const environments: Json[] = await asAdmin('GET /v1/algorithm-environments/edge/environments/available')
  const { id: adminId } = await asAdmin(`GET /v1/users/${target.username}`)
  const { id: ownerId } = await asAdmin(`GET /v1/users/${OWNER}`)

  const algorithmIds = [created.id, ofOrganization.created.id]
  const people = [OWNER, OWNER, USER, ownerId]
  return {
    callers: {
      standard: { Authorization: `Simple ${standard}` },
      management: { Authorization: `Simple ${management}` },
      admin: { Authorization: `Simple ${target.adminKey}` },
      session: { Cookie: await signIn(target), Origin: target.url },
    },
    pools: {
      owner: [OWNER, OWNER, OWNER, ORGANIZATION, ORGANIZATION, USER, ...algorithmIds],
      algorithm: [ALGORITHM, ALGORITHM, ALGORITHM, 'Other'],
      id: algorithmIds,
      version: [version, 'latest', 'latestPrivate', build.commit_sha],
      hash: [build.commit_sha, version],
      buildId: [build.build_id],
      algorithmId: algorithmIds,
      keyId: spares.keys,
      scmId: [spares.scm, 'internal'],
      username: people,
      account: [OWNER, USER],
      organization: [ORGANIZATION],
      externalId: ['acme-1'],
      typeName: ['pro'],
      invitationId: [spares.invitation],
      language: ['python3', 'javascript'],
      specificationId: environments.map((each) => each.environment_specification_id),
      keyName: ['support-email'],
      featureName: ['algorithm-errors'],
      inviteCode: ['WELCOME'],
      repository: [`${ALGORITHM}.git`],
    },
    members: {
      username: [...people, GUEST, ...numbered('NewUser')],
      calling_user: people,
      algoname: [ALGORITHM],
      email: [`${USER}@example.com`, ...numbered('new').map((name) => `${name}@example.com`)],
      org_name: [ORGANIZATION, ...numbered('NewOrg')],
      type_id: ['basic', 'pro'],
      org_id: [org.id],
      algorithm_id: algorithmIds,
      language: ['python3', 'javascript'],
      algorithm_environment: environments.map((each) => each.id),
      name: [ALGORITHM, ...numbered('Made')],
      version_type: ['EXACT', 'LATEST', 'major', 'minor'],
      version_identifier: [version],
      invite_code: ['WELCOME'],
      old_password: [PASSWORD, 'wrong'],
      commitSha: [build.commit_sha],
      id: [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()],
    },
    kept: [target.username, adminId, ...[...keysOfRun, ...keysOfAdmin].map(({ id }) => id)],
    undeletable: [OWNER, ownerId, USER, ORGANIZATION, ALGORITHM.toLowerCase(), ...algorithmIds],
    async assertAlive() {
      jsonOf(await send(target.url, 'GET /health'))
      await asAdmin(`GET /v1/users/${OWNER}`)
      jsonOf(await send(target.url, `GET /v1/algorithms/${OWNER}/${ALGORITHM}`, { key: standard }))
      const call = `POST /v1/algo/${OWNER}/${ALGORITHM}/${build.commit_sha}`
      jsonOf(await send(target.url, call, { key: management, json: 'x' }))
    },
  }
}

const numbered = (name: string): string[] => Array.from({ length: 40 }, (_, index) => `${name}${index}`)
const named = (name: string) => ({ name, language: 'python3' })

type Ask = (line: string, json?: unknown) => Promise<Json>

const askAs =
  (target: Target, key: string): Ask =>
  async (line, json) => {
    const reply = await send(target.url, line, { key, ...(json === undefined ? {} : { json }) })
    if (reply.status >= 300) throw new Error(`${line}: ${reply.status} ${reply.text}`)
    return reply.text === '' ? null : reply.json()
  }

/** Answers the organization. */
async function createAccounts(asAdmin: Ask): Promise<Json> {
  for (const username of [OWNER, USER, GUEST]) {
    await asAdmin('POST /v1/users', { username, email: `${username}@example.com`, password: PASSWORD })
  }
  const contact = { org_label: 'x', org_contact_name: 'x', org_email: 'x@example.com' }
  const more = { ...contact, external_id: 'acme-1' }
  const org = await asAdmin('POST /v1/organizations', { org_name: ORGANIZATION, ...more })
  for (const member of [OWNER, USER]) {
    const path = `/v1/organizations/${ORGANIZATION}/members/${member}`
    await asAdmin(`PUT ${path}`)
    await asAdmin(`PUT ${path}/role`, { role: 'owner' })
  }
  return org
}

/** Things that may be changed and deleted. */
async function createSpares(asAdmin: Ask): Promise<{ keys: string[]; scm: string; invitation: string }> {
  const ofUser = await asAdmin(`POST /v1/users/${USER}/keys`, { key_type: 'AlgorithmKey' })
  const ofOwner = await asAdmin(`POST /v1/users/${OWNER}/keys`, { key_type: 'AlgorithmKey' })
  const rights = { key_label: 'x', permissions: FULL_RIGHTS }
  const ofOrganization = await asAdmin(`POST /v1/organizations/${ORGANIZATION}/keys`, rights)
  await asAdmin('PUT /v1/config/frontend/support-email', { value: 'help@example.com' })
  await asAdmin('POST /v1/admin/invites', { inviteCode: 'WELCOME' })
  const scm = await asAdmin('POST /v1/admin/scms', { provider: 'gitlab', urls: URLS, enabled: false })
  const invitation = await asAdmin(`POST /v1/organizations/${ORGANIZATION}/invitations`, { username: GUEST })
  return { keys: [ofUser.id, ofOwner.id, ofOrganization.id], scm: scm.id, invitation: invitation.id }
}

/** Answers the cookie of an owner of the organization. */
async function signIn(target: Target): Promise<string> {
  const reply = await send(target.url, 'POST /v1/session', { json: { username: USER, password: PASSWORD } })
  jsonOf(reply)
  return reply.header('Set-Cookie')?.split(';')[0] ?? ''
}
