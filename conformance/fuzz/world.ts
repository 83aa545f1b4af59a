/** What the fuzzer finds on the server: accounts, an organization and an algorithm to act on, and keys of three kinds. */
import { createKey, FULL_RIGHTS } from '../lib/accounts.ts'
import { createAlgorithm, expectGreen, publish, waitForBuild } from '../lib/algorithms.ts'
import type { Json } from '../lib/curl.ts'
import type { Target } from '../lib/server.ts'
import { jsonOf, send } from '../lib/wire.ts'

export interface World {
  /** By kind; the fuzzer runs with each. */
  readonly keys: Readonly<Record<'standard' | 'management' | 'admin', string>>
  /** Real values by path parameter. */
  readonly pools: Readonly<Record<string, readonly string[]>>
  /** What no request may change; compared in lower case. */
  readonly kept: readonly string[]
  /** What no request may delete. */
  readonly undeletable: readonly string[]
  /** @throws AssertionError when the server does not do its ordinary work */
  assertAlive(): Promise<void>
}

/** Names as the examples of the document have them. */
const OWNER = 'demo'
const USER = 'jane_doe'
const ORGANIZATION = 'acme'
const ALGORITHM = 'Hello'

/** @param target a server of one's own, where none of these names is taken */
export async function createWorld(target: Target): Promise<World> {
  const asAdmin = async (line: string, json?: unknown): Promise<Json> => {
    const reply = await send(target.url, line, { key: target.adminKey, ...(json === undefined ? {} : { json }) })
    return reply.text === '' ? null : jsonOf(reply, reply.status)
  }
  for (const username of [OWNER, USER]) {
    await asAdmin('POST /v1/users', { username, email: `${username}@example.com` })
  }
  const contact = { org_label: 'x', org_contact_name: 'x', org_email: 'x@example.com' }
  await asAdmin('POST /v1/organizations', { org_name: ORGANIZATION, ...contact, external_id: 'acme-1' })
  for (const member of [OWNER, USER]) await asAdmin(`PUT /v1/organizations/${ORGANIZATION}/members/${member}`)

  const management = await createKey(target, OWNER, FULL_RIGHTS)
  const standard = await createKey(target, OWNER, { ...FULL_RIGHTS, allow_algo_management: false })
  const keysOfRun: Json[] = await asAdmin(`GET /v1/users/${OWNER}/keys`)
  const keysOfAdmin: Json[] = await asAdmin(`GET /v1/users/${target.username}/keys`)
  const spare = await asAdmin(`POST /v1/users/${USER}/keys`, { key_type: 'AlgorithmKey' })
  const entry = { keyname: 'support-email', value: 'help@example.com' }
  await asAdmin(`PUT /v1/config/frontend/${entry.keyname}`, entry)
  await asAdmin('POST /v1/admin/invites', { inviteCode: 'WELCOME' })

  const owner = { username: OWNER, key: management }
  const { shop, created } = await createAlgorithm(target, owner, { name: ALGORITHM, language: 'python3' })
  const build = await expectGreen(shop, await waitForBuild(shop))
  await publish(shop)
  const environments = await asAdmin('GET /v1/algorithm-environments/edge/environments/available')
  const { id: adminId } = await asAdmin(`GET /v1/users/${target.username}`)
  const { id: ownerId } = await asAdmin(`GET /v1/users/${OWNER}`)

  return {
    keys: { standard, management, admin: target.adminKey },
    pools: {
      owner: [OWNER, USER, ORGANIZATION],
      algorithm: [ALGORITHM, 'Other'],
      id: [created.id],
      version: ['0.0.1', 'latest', build.commit_sha],
      hash: [build.commit_sha, '0.0.1'],
      buildId: [build.build_id],
      algorithmId: [created.id],
      keyId: [spare.id],
      scmId: ['internal'],
      username: [OWNER, USER, ownerId],
      account: [OWNER, USER],
      organization: [ORGANIZATION],
      externalId: ['acme-1'],
      typeName: ['pro'],
      language: ['python3', 'javascript'],
      specificationId: environments.map((each: Json) => each.environment_specification_id),
      keyName: [entry.keyname],
      featureName: ['algorithm-errors'],
      inviteCode: ['WELCOME'],
      repository: [`${ALGORITHM}.git`],
    },
    kept: [target.username, adminId, ...[...keysOfRun, ...keysOfAdmin].map(({ id }) => id)],
    undeletable: [OWNER, ownerId, USER, ORGANIZATION, ALGORITHM, created.id],
    async assertAlive() {
      jsonOf(await send(target.url, 'GET /health'))
      jsonOf(await send(target.url, `GET /v1/users/${OWNER}`, { key: target.adminKey }))
      jsonOf(await send(target.url, `GET /v1/algorithms/${OWNER}/${ALGORITHM}`, { key: standard }))
      const call = `POST /v1/algo/${OWNER}/${ALGORITHM}/${build.commit_sha}`
      jsonOf(await send(target.url, call, { key: management, json: 'x' }))
    },
  }
}
