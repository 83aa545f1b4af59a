/**
 * A client that makes and changes users, organizations and keys, as an administrator does. It alone writes the facts
 * `user/NAME` (the full name), `organization/NAME` (the label) and `key/TEXT` (what the key may do). No operation that ends a key is served yet; a key that is imported
 * again without any right is as good as revoked.
 */
import { sendJson } from './api.ts'
import type { Model } from './model.ts'
import type { Random } from './random.ts'
import { type Uptime, untilCrash } from './uptime.ts'

export interface RegistrarOptions {
  /** The user whose keys it changes. */
  readonly username: string
  readonly model: Model
  readonly random: Random
}

export const FULL = 'may call'
export const NONE = 'may do nothing'

const rightsTo = (isAllowed: boolean) => ({
  allow_data: false,
  allow_data_write: false,
  allow_algo: isAllowed,
  allow_web_algo: false,
  allow_algo_management: false,
  algo_acl: isAllowed ? ['algo://*'] : [],
})

export function createRegistrar({ username, model, random }: RegistrarOptions) {
  let count = 0

  async function work(uptime: Uptime): Promise<void> {
    const { url, admin } = uptime.server
    const manage = (method: string, path: string, body: unknown) =>
      sendJson({ method, url: `${url}/v1/${path}`, key: admin.adminKey, body })
    await untilCrash(uptime, async () => {
      const keys = [...model.facts].filter(([fact]) => fact.startsWith('key/'))
      const users = [...model.facts.keys()].filter((fact) => fact.startsWith('user/guest'))
      const allowed = keys.filter(([, rights]) => rights === FULL)
      const step = random.pick<() => Promise<void>>([
        [2, createUser],
        [1, createOrganization],
        [users.length > 0 ? 2 : 0, () => rename(users[random.below(users.length)] ?? '')],
        [keys.length < 8 ? 3 : 0, createKey],
        [keys.length < 8 ? 3 : 0, () => importKey(`imported${random.below(2 ** 32)}${++count}`, FULL)],
        [allowed.length > 1 ? 3 : 0, () => importKey(textOf(allowed[random.below(allowed.length)]), NONE)],
        [keys.length > 0 ? 1 : 0, () => importKey(textOf(keys[random.below(keys.length)]), FULL)],
      ])
      await step?.()
    })

    async function createUser(): Promise<void> {
      const name = `guest${random.below(2 ** 32)}`
      const fullname = `Guest ${++count}`
      const attempt = model.begin(`create user ${name}`, { [`user/${name}`]: fullname })
      await manage('POST', 'users', { username: name, email: `${name}@example.com`, fullname })
      attempt.answered()
    }

    async function createOrganization(): Promise<void> {
      const name = `org${random.below(2 ** 32)}`
      const label = `Organization ${++count}`
      const attempt = model.begin(`create organization ${name}`, { [`organization/${name}`]: label })
      const contact = { org_contact_name: username, org_email: `${name}@example.com` }
      await manage('POST', 'organizations', { org_name: name, org_label: label, ...contact })
      attempt.answered()
    }

    async function rename(fact: string): Promise<void> {
      const name = fact.slice('user/'.length)
      const fullname = `Guest ${++count}`
      const attempt = model.begin(`change user ${name}`, { [fact]: fullname })
      await manage('PUT', `users/${name}`, { fullname })
      attempt.answered()
    }

    async function createKey(): Promise<void> {
      const attempt = model.begin('create key', {})
      const key = { key_label: `key ${++count}`, key_type: 'AlgorithmKey', permissions: rightsTo(true) }
      const { api_key } = await manage('POST', `users/${username}/keys`, key)
      attempt.answered({ [`key/${api_key}`]: FULL })
    }

    async function importKey(text: string, rights: typeof FULL | typeof NONE): Promise<void> {
      const attempt = model.begin('import key', { [`key/${text}`]: rights })
      const key = { api_key: text, key_label: `key ${++count}`, permissions: rightsTo(rights === FULL) }
      await manage('POST', `admin/users/${username}/keys`, key)
      attempt.answered()
    }
  }

  return { work }
}

function textOf(entry: readonly [string, string] | undefined): string {
  return (entry?.[0] ?? '').slice('key/'.length)
}
