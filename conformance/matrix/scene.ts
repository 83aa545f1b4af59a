/** Accounts, algorithms and everything else that the matrix asks about, made once through the API. */

import { installSpy, type Spy } from '../containment/spy.ts'
import { createAccount, FULL_RIGHTS, uniqueName } from '../lib/accounts.ts'
import { createAlgorithm, publish, type Workshop, waitForBuild } from '../lib/algorithms.ts'
import type { Json } from '../lib/curl.ts'
import type { Target } from '../lib/server.ts'
import type { Asker } from './ask.ts'
import type { AccountName, Readers } from './rules.ts'

export interface Subject {
  readonly owner: 'user' | 'organization'
  readonly isPublic: boolean
  readonly path: string
  readonly id: string
  readonly buildId: string
  readonly commit: string
}

/** A collection with the file `f` in it. */
export interface Collection {
  readonly owner: 'user' | 'organization'
  readonly readers: Readers
  readonly acl: readonly string[]
  readonly path: string
}

const ACLS = { 'nobody else': [], algorithms: ['algo://.my/*'], everybody: ['user://*'] } as const

export interface Scene {
  readonly target: Target
  readonly names: Readonly<Record<AccountName, string>>
  readonly spy: Spy
  readonly subjects: readonly Subject[]
  /** Of the user and of the organization, one for each kind of readers. */
  readonly collections: readonly Collection[]
  readonly organizationKey: string
  /** Algorithms that cells delete, all with a public version. */
  takePublic(owner: Subject['owner']): string
  /** Ids of keys without any rights that nobody deletes. */
  readonly keyIds: Readonly<Record<'user' | 'other user' | 'organization', string>>
  /** Of the other user, who leaves it open. */
  readonly invitationId: string
  /** A key without any rights, of the account; its id. */
  newKey(account: AccountName): Promise<string>
  /** An invitation of the account to an organization that exists for it alone. */
  newInvitation(account: AccountName): Promise<string>
  newAlgorithm(owner: Subject['owner']): Promise<string>
  /** An asynchronous call that the user has made. */
  readonly requestId: string
  /** A request to publish that was declined. */
  readonly publishRequestId: string
  /** Path of the account's membership of an organization that exists for it alone. */
  newMembership(account: AccountName): Promise<string>
  admin(method: string, path: string, body?: unknown): Promise<Json>
}

/** How many public algorithms of each owner are there to be deleted: as many as principals that may. */
const PUBLIC_SPARE = 3
const PEOPLE: readonly AccountName[] = ['org owner', 'org member', 'org executor', 'other user', 'viewer']

export async function openScene(target: Target, { ask }: Asker): Promise<Scene> {
  const send = async (key: string, method: string, path: string, body?: unknown): Promise<Json> => {
    const headers = { Authorization: `Simple ${key}`, 'Content-Type': 'application/json' }
    const reply = await ask({ method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`)
    return reply.text === '' ? null : JSON.parse(reply.text)
  }
  const admin: Scene['admin'] = (method, path, body) => send(target.adminKey, method, path, body)

  const spy = await installSpy(target)
  const people = await Promise.all(PEOPLE.map((name) => createAccount(target, name.replace(' ', '_'))))
  const names = {
    user: spy.owner.username,
    administrator: target.username,
    organization: await newOrganization(),
    ...Object.fromEntries(PEOPLE.map((name, index) => [name, people[index]?.username])),
  } as Record<AccountName, string>
  const members = `/v1/organizations/${names.organization}/members`
  for (const [person, role] of [
    ['org owner', 'owner'],
    ['org member', 'member'],
    ['org executor', 'executor'],
  ] as const) {
    await admin('PUT', `${members}/${names[person]}`)
    await admin('PUT', `${members}/${names[person]}/role`, { role })
  }
  // Whoever creates an organization is in it, and the administrator shall be nobody there.
  await admin('DELETE', `${members}/${names.administrator}`)
  await admin('POST', `/admin/roles/${names.viewer}/cluster_viewer`)
  const { api_key: organizationKey } = await admin('POST', `/v1/organizations/${names.organization}/keys`, {
    key_label: 'all',
    permissions: FULL_RIGHTS,
  })
  const owners = {
    user: { username: names.user, key: spy.owner.key },
    organization: { username: names.organization, key: organizationKey },
  }

  async function newOrganization(): Promise<string> {
    const org_name = uniqueName('org')
    const org = { org_name, org_label: 'l', org_contact_name: 'c', org_email: 'o@example.com' }
    await admin('POST', '/v1/organizations', org)
    return org_name
  }

  async function newKey(account: AccountName): Promise<string> {
    const nothing = { allow_data: false, allow_data_write: false, allow_algo: false, allow_web_algo: false }
    const permissions = { ...nothing, allow_algo_management: false, algo_acl: [] }
    const of = account === 'organization' ? 'organizations' : 'users'
    const json = { key_label: 'spare', ...(of === 'users' && { key_type: 'AlgorithmKey' }), permissions }
    return (await admin('POST', `/v1/${of}/${names[account]}/keys`, json)).id
  }

  async function newInvitation(account: AccountName): Promise<string> {
    const organization = await newOrganization()
    return (await admin('POST', `/v1/organizations/${organization}/invitations`, { username: names[account] })).id
  }

  async function built(owner: Subject['owner'], source_visibility: 'open' | 'closed'): Promise<Workshop> {
    const { shop } = await createAlgorithm(target, owners[owner], { name: uniqueName('M'), language: 'javascript' })
    await waitForBuild(shop)
    await send(owners[owner].key, 'PUT', new URL(shop.url).pathname, { settings: { source_visibility } })
    return shop
  }

  async function published(owner: Subject['owner'], callability: 'public' | 'private', source: 'open' | 'closed') {
    const shop = await built(owner, source)
    await publish(shop, { settings: { algorithm_callability: callability } })
    return shop
  }

  async function subjectOf(owner: Subject['owner'], isPublic: boolean, shop: Workshop): Promise<Subject> {
    const path = `${owners[owner].username}/${shop.name}`
    const { id, version_info, build } = await send(owners[owner].key, 'GET', `/v1/algorithms/${path}`)
    return { owner, isPublic, path, id, buildId: build.build_id, commit: version_info.git_hash }
  }

  async function newCollection(owner: Collection['owner'], readers: Readers): Promise<Collection> {
    const { username, key } = owners[owner]
    const acl = ACLS[readers]
    const name = uniqueName('c')
    const path = `/v1/data/${username}/${name}`
    await send(key, 'POST', `/v1/data/${username}`, { name, acl: { read: acl } })
    await send(key, 'PUT', `${path}/f`, 'content')
    return { owner, readers, acl, path }
  }

  const [userPublic, orgPrivate, orgPublic, ...spare] = await Promise.all([
    published('user', 'public', 'open'),
    published('organization', 'private', 'closed'),
    published('organization', 'public', 'closed'),
    ...Array.from({ length: PUBLIC_SPARE }, () => published('user', 'public', 'closed')),
    ...Array.from({ length: PUBLIC_SPARE }, () => published('organization', 'public', 'closed')),
  ])
  const subjects = await Promise.all([
    subjectOf('user', false, spy.shop),
    subjectOf('user', true, userPublic),
    subjectOf('organization', false, orgPrivate),
    subjectOf('organization', true, orgPublic),
  ])
  const collections = await Promise.all(
    (['user', 'organization'] as const).flatMap((owner) =>
      (['nobody else', 'algorithms', 'everybody'] as const).map((readers) => newCollection(owner, readers)),
    ),
  )
  const spares = { user: spare.slice(0, PUBLIC_SPARE), organization: spare.slice(PUBLIC_SPARE) }

  const called = await ask({
    method: 'POST',
    path: `/v1/algo/${subjects[1]?.path}`,
    headers: { Authorization: `Simple ${spy.owner.key}`, 'Content-Type': 'application/json', Prefer: 'respond-async' },
    body: '"x"',
  })
  const request = await send(
    organizationKey,
    'POST',
    `/v1/algorithms/${subjects[2]?.path}/versions/0.1.0/publish-request`,
  )
  await admin('POST', `/v1/publish-requests/${request.id}/decline`)

  return {
    target,
    names,
    spy,
    subjects,
    collections,
    organizationKey,
    admin,
    requestId: JSON.parse(called.text).request_id,
    publishRequestId: request.id,
    keyIds: {
      user: await newKey('user'),
      'other user': await newKey('other user'),
      organization: await newKey('organization'),
    },
    invitationId: await newInvitation('other user'),
    takePublic(owner) {
      const shop = spares[owner].pop()
      if (!shop) throw new Error(`No public algorithm of the ${owner} is left to delete`)
      return `${owners[owner].username}/${shop.name}`
    },
    newKey,
    newInvitation,
    async newMembership(account) {
      const path = `/v1/organizations/${await newOrganization()}/members/${names[account]}`
      // Whoever creates an organization is in it already.
      await admin('PUT', path)
      return path
    },
    async newAlgorithm(owner) {
      const { shop } = await createAlgorithm(target, owners[owner], { name: uniqueName('D'), language: 'javascript' })
      return `${owners[owner].username}/${shop.name}`
    },
  }
}
