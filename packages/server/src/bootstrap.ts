/**
 * The first start: makes the first administrator with its keys and leaves the credentials in `bootstrap.json`.
 *
 * The credentials are written to `bootstrap.json.pending` before the database knows them, and get their name after, so
 * a start that is cut off at any point is finished by the next one. An administrator exists or does not (one
 * transaction); if one exists and no file does, somebody has taken the file away, and it is not made again.
 */

import { randomBytes } from 'node:crypto'
import { readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { addAccount, newAccountRow } from './accounts/accounts.ts'
import { hashPassword } from './accounts/password-hash.ts'
import { isErrno, syncFolder, writeFileAtomically } from './atomic-file.ts'
import { FULL_RIGHTS } from './caller.ts'
import { generateKey } from './keys/key-text.ts'
import { newKeyRow, storeKeys } from './keys/keys.ts'
import type { Services } from './services.ts'

export interface BootstrapOptions {
  readonly services: Pick<Services, 'db' | 'directory' | 'keyRing' | 'secretBox'>
  /** Where `bootstrap.json` belongs. */
  readonly file: string
  /** Public address; an existing file gets it too, since scripts find the server by it. */
  readonly url: string
  readonly admin: { readonly name: string; readonly email: string }
}

interface Credentials {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly api_key: string
  readonly admin_api_key: string
}

/** @returns true when this start has made the administrator, or has finished making it */
export async function ensureBootstrap({ services, file, url, admin }: BootstrapOptions): Promise<boolean> {
  const pendingFile = `${file}.pending`
  if (services.directory.firstAdmin() === undefined) {
    const credentials = (await readCredentials(pendingFile)) ?? newCredentials(url, admin.name)
    await writeCredentials(pendingFile, credentials)
    await createAdministrator(services, credentials, admin.email)
  }
  const pending = await readCredentials(pendingFile)
  if (pending) return adopt(services, { pending, pendingFile, file, url })
  await updateUrl(file, url)
  return false
}

/** The pending credentials are the right ones if the database has their keys: not if another server was faster. */
async function adopt(
  { keyRing }: Pick<Services, 'keyRing'>,
  { pending, pendingFile, file, url }: { pending: Credentials; pendingFile: string; file: string; url: string },
): Promise<boolean> {
  const isStored = keyRing.lookup(pending.admin_api_key) !== undefined
  if (isStored) {
    await writeCredentials(pendingFile, { ...pending, url })
    await rename(pendingFile, file)
  } else {
    await rm(pendingFile)
  }
  await syncFolder(dirname(file))
  return isStored
}

function newCredentials(url: string, username: string): Credentials {
  const password = randomBytes(18).toString('base64url')
  return { url, username, password, api_key: generateKey(), admin_api_key: generateKey() }
}

async function createAdministrator(
  services: BootstrapOptions['services'],
  { username, password, api_key, admin_api_key }: Credentials,
  email: string,
): Promise<void> {
  const password_hash = await hashPassword(password)
  const account = newAccountRow({ kind: 'user', name: username, email, is_admin: 1, password_hash })
  const newKey = (kind: 'ManagementKey' | 'PlatformAdminKey', text: string, label: string) =>
    newKeyRow(services.secretBox, { account, text, rights: FULL_RIGHTS, kind, label })
  const keys = [
    newKey('ManagementKey', api_key, 'default-key'),
    newKey('PlatformAdminKey', admin_api_key, 'default-admin-key'),
  ]
  await addAccount(services, account, (transaction) => storeKeys(transaction, keys))
  for (const key of keys) services.keyRing.put(key)
}

async function updateUrl(file: string, url: string): Promise<void> {
  const credentials = await readCredentials(file)
  if (credentials && credentials.url !== url) await writeCredentials(file, { ...credentials, url })
}

function writeCredentials(file: string, credentials: Credentials): Promise<void> {
  return writeFileAtomically(file, `${JSON.stringify(credentials, null, 2)}\n`, 0o600)
}

async function readCredentials(file: string): Promise<Credentials | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Credentials
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}
