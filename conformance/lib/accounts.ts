/** Accounts and their keys, made by the administrator through the public API (rest-api.md 3.4). */
import { randomBytes } from 'node:crypto'
import { curlJson } from './curl.ts'
import type { Target } from './server.ts'

export interface Account {
  readonly username: string
  readonly key: string
}

export interface KeyRights {
  readonly allow_data: boolean
  readonly allow_data_write: boolean
  readonly allow_algo: boolean
  readonly allow_web_algo: boolean
  readonly allow_algo_management: boolean
  readonly algo_acl: readonly string[]
}

export const FULL_RIGHTS: KeyRights = {
  allow_data: true,
  allow_data_write: true,
  allow_algo: true,
  allow_web_algo: true,
  allow_algo_management: true,
  algo_acl: ['algo://*'],
}

/** A name that no earlier run on the same server has used; letters and digits only (rest-api.md 1.9). */
export function uniqueName(prefix: string): string {
  return `${prefix}${randomBytes(4).toString('hex')}`
}

export async function createAccount(target: Target, prefix: string): Promise<Account> {
  const username = uniqueName(prefix)
  const user = { username, email: `${username}@example.com`, fullname: username }
  await curlJson('POST', `${target.url}/v1/users`, { key: target.adminKey, json: user })
  return { username, key: await createKey(target, username, FULL_RIGHTS) }
}

export async function createKey(target: Target, username: string, permissions: KeyRights): Promise<string> {
  const json = { key_label: 'conformance', key_type: 'ManagementKey', permissions }
  const reply = await curlJson('POST', `${target.url}/v1/users/${username}/keys`, { key: target.adminKey, json })
  return reply.api_key
}
