/** Everybody who asks: each account with each kind of credentials, and the user's keys with one right less each. */
import { createKey, FULL_RIGHTS, uniqueName } from '../lib/accounts.ts'
import { type IssuerKey, tokenOf } from '../lib/issuer.ts'
import { PASSWORD } from '../lib/person.ts'
import type { Answered, Asked, Asker } from './ask.ts'
import type { AccountName, Credentials, Facts } from './rules.ts'
import type { Scene } from './scene.ts'

export interface Principal extends Facts {
  readonly name: string
  /** Sends with its credentials; those of git go where git sends them. */
  send(asked: Asked, way: { readonly isGit: boolean }): Promise<Answered>
}

const CALLERS: readonly AccountName[] = [
  'org owner',
  'org member',
  'org executor',
  'other user',
  'administrator',
  'viewer',
]

/** What the user's keys lack. */
function weakened({ subjects }: Scene) {
  return {
    'every right': {},
    'all but allow_data': { allow_data: false },
    'all but allow_data_write': { allow_data_write: false },
    'all but allow_algo': { allow_algo: false },
    'all but allow_web_algo': { allow_web_algo: false },
    'a referer_host': { referer_host: 'www.example.com' },
    'all but allow_algo_management': { allow_algo_management: false },
    'an empty algo_acl': { algo_acl: [] },
    'an algo_acl of one': { algo_acl: [`algo://${subjects[1]?.path}/*`] },
  }
}

export async function openPrincipals(scene: Scene, asker: Asker, issuerKey: IssuerKey): Promise<Principal[]> {
  const { target, names, spy, organizationKey, admin } = scene

  function plain(
    name: string,
    facts: { credentials: Credentials; account: AccountName | null; rights?: Facts['rights'] },
    headers: Readonly<Record<string, string>> = {},
    gitHeaders: () => Readonly<Record<string, string>> = () => headers,
  ): Principal {
    return {
      name,
      rights: FULL_RIGHTS,
      ...facts,
      send: (asked, { isGit }) =>
        asker.ask({ ...asked, headers: { ...asked.headers, ...(isGit ? gitHeaders() : headers) } }),
    }
  }

  function withKey(name: string, account: AccountName, key: string, more: Partial<Facts> = {}): Principal {
    const basic = Buffer.from(`${names[account]}:${key}`).toString('base64')
    const facts = { credentials: 'key', account, ...more } as const
    return plain(name, facts, { Authorization: `Simple ${key}` }, () => ({ Authorization: `Basic ${basic}` }))
  }

  async function signedIn(account: AccountName): Promise<Principal> {
    return plain(`${account}, signed in`, { credentials: 'session', account }, await sessionOf(scene, asker, account))
  }

  async function withToken(account: AccountName): Promise<Principal> {
    await admin('PUT', `/v1/users/${names[account]}`, { external_id: `${names[account]}@idp` })
    const claims = { preferred_username: `${names[account]}@idp`, email: `${names[account]}@corp.example` }
    const headers = { Authorization: `Bearer ${tokenOf(issuerKey, claims)}` }
    return plain(`${account}, token`, { credentials: 'token', account }, headers)
  }

  const weak = await Promise.all(
    Object.entries(weakened(scene)).map(async ([name, less]) => {
      const rights = { ...FULL_RIGHTS, ...less }
      return withKey(`user, key with ${name}`, 'user', await createKey(target, names.user, rights), { rights })
    }),
  )
  const noManagement = { ...FULL_RIGHTS, allow_algo_management: false }
  const { api_key: weakOrganizationKey } = await admin('POST', `/v1/organizations/${names.organization}/keys`, {
    key_label: 'weak',
    permissions: noManagement,
  })
  const keys = await Promise.all(
    CALLERS.map(async (account) =>
      withKey(`${account}, key`, account, await createKey(target, names[account], FULL_RIGHTS)),
    ),
  )
  const people: Principal[] = []
  for (const account of ['user', ...CALLERS] as const) {
    await admin('PUT', `/v1/users/${names[account]}`, { password: PASSWORD })
    people.push(await signedIn(account))
  }
  const algorithm: Principal = {
    name: 'algorithm called by the user',
    credentials: 'algorithm',
    account: 'user',
    rights: FULL_RIGHTS,
    send: ({ method, path, headers = {}, body }) =>
      spy.request({ method, path, headers: Object.entries(headers), ...(body === undefined ? {} : { body }) }),
  }
  const adminBasic = Buffer.from(`${target.username}:${target.adminKey}`).toString('base64')
  const nobodys = { Authorization: 'Simple simNobodyHasThisKeyAtAll0000' }
  return [
    plain('nobody', { credentials: 'none', account: null }),
    plain('unknown key', { credentials: 'unknown key', account: null }, nobodys, unknownBasic),
    ...weak,
    ...keys,
    withKey('organization, key', 'organization', organizationKey),
    withKey('organization, key without management', 'organization', weakOrganizationKey, { rights: noManagement }),
    plain(
      'administrator, admin key',
      { credentials: 'admin key', account: 'administrator' },
      { Authorization: `Simple ${target.adminKey}` },
      () => ({ Authorization: `Basic ${adminBasic}` }),
    ),
    ...people,
    await withToken('org member'),
    await withToken('administrator'),
    algorithm,
  ]
}

/** Another name each time: who guesses the password of one has to wait. */
function unknownBasic() {
  return { Authorization: `Basic ${Buffer.from(`${uniqueName('guess')}:wrong`).toString('base64')}` }
}

/** Headers of a page of the server, for somebody who has just signed in. */
export async function sessionOf({ target, names }: Scene, { ask }: Asker, account: AccountName) {
  const body = JSON.stringify({ username: names[account], password: PASSWORD })
  const reply = await ask({ method: 'POST', path: '/v1/session', headers: { Origin: target.url }, body })
  const cookie = /ALGO_SESSION[^=]*=[^;]+/.exec(reply.cookie ?? '')?.[0]
  if (reply.status !== 200 || !cookie) throw new Error(`${account} cannot sign in: ${reply.status} ${reply.text}`)
  return { Cookie: cookie, Origin: target.url }
}
