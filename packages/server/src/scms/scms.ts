/** Source hosts as records. The built-in one is always there and always connected (rest-api.md 3.6). */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { NewScm } from '@algorist/contract/operations/scms.ts'
import type { AuthorizationStatus, Scm } from '@algorist/contract/shapes/scm.ts'
import type { ScmsTable } from '../db/people-tables.ts'
import { isUniqueViolation } from '../db/violations.ts'
import type { Services } from '../services.ts'
import { deleteScm, insertScm, selectScm, selectScms, updateDefault, updateScm } from './queries.ts'

type Uses = Pick<Services, 'db' | 'secretBox'>
type Urls = NonNullable<Scm['urls']>

const INTERNAL = 'internal'
export const internalScm: Scm = { id: INTERNAL, provider: INTERNAL, name: '', default: true, enabled: true }

/** The settings that rows keep as JSON. */
interface StoredSettings {
  readonly client_id?: string
  readonly project_key?: string
}

export async function listScms({ db }: Pick<Uses, 'db'>): Promise<{ results: readonly Scm[] }> {
  const rows = await selectScms(db)
  return { results: [internalBeside(rows), ...rows.map(show)] }
}

/** @throws ApiError ScmConfigurationNotFound */
export async function getScm({ db }: Pick<Uses, 'db'>, id: string): Promise<Scm> {
  if (id === INTERNAL) return internalBeside(await selectScms(db))
  return show(await findRow(db, id))
}

/**
 * Adds a source host; its OAuth secret is sealed.
 * @throws ApiError ScmDisallowedOperationError for the built-in kind, ScmConflictError for an id that is taken
 */
export async function createScm({ db, secretBox }: Uses, wanted: NewScm): Promise<Scm> {
  const id = wanted.id ?? randomUUID()
  if (wanted.provider === INTERNAL || id === INTERNAL) throw new ApiError('ScmDisallowedOperationError')
  const settings: StoredSettings = {
    ...(wanted.oauth === undefined ? {} : { client_id: wanted.oauth.client_id }),
    ...(wanted.scm?.project_key === undefined ? {} : { project_key: wanted.scm.project_key }),
  }
  const row: ScmsTable = {
    id,
    name: wanted.name ?? wanted.provider,
    provider: wanted.provider,
    enabled: wanted.enabled === false ? 0 : 1,
    is_default: 0,
    urls: JSON.stringify(checkedUrls(wanted.urls, 'ScmBadCreatePayloadError')),
    settings: JSON.stringify(settings),
    secret: wanted.oauth === undefined ? null : secretBox.seal(wanted.oauth.client_secret, id),
    created_at: new Date().toISOString(),
  }
  try {
    await insertScm(db, row)
  } catch (error) {
    throw isUniqueViolation(error, 'scms.id') ? new ApiError('ScmConflictError') : error
  }
  return show(row)
}

export interface ScmChange {
  readonly enabled?: boolean | undefined
  readonly urls?: Urls | undefined
}

/** @throws ApiError ScmConfigurationNotFound, ScmDisallowedOperationError, ScmDefaultError for disabling the default */
export async function changeScm({ db }: Uses, id: string, { enabled, urls }: ScmChange): Promise<Scm> {
  refuseInternal(id)
  const row = await findRow(db, id)
  if (enabled === false && row.is_default === 1) throw new ApiError('ScmDefaultError')
  if (enabled === undefined && urls === undefined) return show(row)
  const changed = await updateScm(db, id, {
    ...(enabled === undefined ? {} : { enabled: enabled ? 1 : 0 }),
    ...(urls === undefined ? {} : { urls: JSON.stringify(checkedUrls(urls, 'ScmBadUpdatePayloadError')) }),
  })
  if (!changed) throw new ApiError('ScmConfigurationNotFound')
  return show(changed)
}

/** @throws ApiError ScmConfigurationNotFound, ScmDisallowedOperationError, ScmDefaultError, ScmEnabledError */
export async function removeScm({ db }: Uses, id: string): Promise<void> {
  refuseInternal(id)
  const row = await findRow(db, id)
  if (row.is_default === 1) throw new ApiError('ScmDefaultError')
  if (row.enabled === 1) throw new ApiError('ScmEnabledError')
  await deleteScm(db, id)
}

/** @throws ApiError ScmConfigurationNotFound, ScmDisabledError */
export async function setDefault({ db }: Uses, id: string): Promise<void> {
  if (id !== INTERNAL && (await findRow(db, id)).enabled === 0) throw new ApiError('ScmDisabledError')
  await updateDefault(db, id)
}

/**
 * The host that a new algorithm names: repositories live in the built-in one.
 * @throws ApiError ScmConfigurationNotFound, FeatureNotImplemented for an outside host
 */
export async function requireInternal(services: Pick<Uses, 'db'>, id: string | undefined): Promise<void> {
  if (id === undefined || (await getScm(services, id)).id === INTERNAL) return
  throw new ApiError('FeatureNotImplemented', 'Repositories of algorithms live in the built-in source host so far')
}

/** Nobody has connected an account: outside hosts are records so far. @throws ApiError ScmConfigurationNotFound */
export async function getAuthorization({ db }: Pick<Uses, 'db'>, id: string): Promise<AuthorizationStatus> {
  if (id !== INTERNAL) await findRow(db, id)
  return { authorization_status: 'unauthorized' }
}

function internalBeside(rows: readonly ScmsTable[]): Scm {
  return { ...internalScm, default: rows.every(({ is_default }) => is_default === 0) }
}

async function findRow(db: Uses['db'], id: string): Promise<ScmsTable> {
  const row = await selectScm(db, id)
  if (!row) throw new ApiError('ScmConfigurationNotFound')
  return row
}

function refuseInternal(id: string): void {
  if (id === INTERNAL) throw new ApiError('ScmDisallowedOperationError')
}

function checkedUrls(urls: Urls, error: 'ScmBadCreatePayloadError' | 'ScmBadUpdatePayloadError'): Urls {
  const wrong = Object.entries(urls).find(([, url]) => !URL.canParse(url))
  if (!wrong) return urls
  throw new ApiError(error, `urls.${wrong[0]}: expected an address such as https://git.example.com, got '${wrong[1]}'`)
}

/** Never the secret. */
function show({ id, provider, name, is_default, enabled, urls, settings }: ScmsTable): Scm {
  const client = JSON.parse(settings) as StoredSettings
  const isKnown = Object.keys(client).length > 0
  return {
    id,
    provider: provider as Scm['provider'],
    name,
    default: is_default === 1,
    enabled: enabled === 1,
    // Newer clients read the one member, older ones the other.
    ...(isKnown ? { scm: client, oauth: client } : {}),
    urls: JSON.parse(urls) as Urls,
  }
}
