/**
 * Providers of secrets as records (rest-api.md 3.7). The built-in one is always there; others name a Java plug-in, which this
 * server does not run, so they keep nothing: what would need the plug-in is refused and says so.
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { ProviderRequest, SecretProvider as Shown } from '@algorist/contract/operations/secrets.ts'
import type { Services } from '../services.ts'
import { withoutMilliseconds } from './moments.ts'
import {
  clearDefault,
  deleteProviderRow,
  insertProvider,
  makeDefault,
  type ProviderRow,
  selectProviders,
  updateProviderRow,
} from './provider-queries.ts'

type Uses = Pick<Services, 'db' | 'secretBox'>

/** Never changes: clients keep it. */
export const INTERNAL_ID = 'b9a1f0d2-6c0e-4d3b-8f57-2e4a9c7d1b60'

const CONFIGURATION_BYTES = 64 * 1024

const internal: Shown = {
  id: INTERNAL_ID,
  name: 'algorithmia_internal_secret_provider',
  description: 'Internal Secret Provider',
  moduleName: 'module',
  factoryClassName: 'com.algorithmia.plugin.sqlsecretprovider.InternalSecretProviderFactory',
  interfaceVersion: '1.0',
  isEnabled: true,
  isDefault: true,
  created: '2021-03-11T20:42:23Z',
  modified: '2021-03-11T20:42:23Z',
}

/** The default first. */
export async function listAllProviders({ db }: Pick<Uses, 'db'>): Promise<Shown[]> {
  const rows = await selectProviders(db)
  const latest = latestDefault(rows)
  const all = [{ ...internal, isDefault: latest === undefined }, ...rows.map((row) => show(row, latest))]
  return [...all.filter(({ isDefault }) => isDefault), ...all.filter(({ isDefault }) => !isDefault)]
}

/** Those that may be used, the default first (row 111). */
export async function listProviders(services: Pick<Uses, 'db'>): Promise<Shown[]> {
  return (await listAllProviders(services)).filter(({ isEnabled }) => isEnabled)
}

/** @throws ApiError SecretProviderNotFound */
export async function getProvider(services: Pick<Uses, 'db'>, id: string): Promise<Shown> {
  const found = (await listAllProviders(services)).find((each) => each.id === id.toLowerCase())
  if (!found) throw new ApiError('SecretProviderNotFound')
  return found
}

/** @throws ApiError InputValidationError, SecretProviderDisabled for a default that is not enabled */
export async function createProvider({ db, secretBox }: Uses, wanted: ProviderRequest): Promise<Shown> {
  requireEnabledDefault(wanted)
  const id = randomUUID()
  const now = new Date().toISOString()
  const row: ProviderRow = {
    id,
    ...columnsOf(wanted),
    sealed_configuration: sealConfiguration({ secretBox }, id, wanted.configuration) ?? null,
    default_since: wanted.isDefault ? now : null,
    created_at: now,
    modified_at: now,
  }
  await insertProvider(db, row)
  return getProvider({ db }, id)
}

/**
 * A configuration that is left out stays as it is.
 * @throws ApiError as {@link createProvider}, SecretProviderNotFound, CannotModifyInternalSecretProvider
 */
export async function changeProvider({ db, secretBox }: Uses, id: string, wanted: ProviderRequest): Promise<Shown> {
  const current = await findCustom({ db }, id)
  requireEnabledDefault(wanted)
  const sealed = sealConfiguration({ secretBox }, current.id, wanted.configuration)
  const now = new Date().toISOString()
  const row = await updateProviderRow(db, current.id, {
    ...columnsOf(wanted),
    ...(sealed === undefined ? {} : { sealed_configuration: sealed }),
    ...(wanted.isDefault && !current.isDefault ? { default_since: now } : {}),
    modified_at: now,
  })
  if (!row) throw new ApiError('SecretProviderNotFound')
  if (current.isDefault && !wanted.isDefault) await clearDefault(db)
  return getProvider({ db }, current.id)
}

/** @throws ApiError SecretProviderNotFound, CannotModifyInternalSecretProvider, UnableToDeleteDefaultSecretProvider */
export async function removeProvider({ db }: Pick<Uses, 'db'>, id: string): Promise<void> {
  const { id: known, isDefault, name } = await findCustom({ db }, id)
  if (isDefault) {
    const message = `'${name}' is the default secret provider; make another one the default first`
    throw new ApiError('UnableToDeleteDefaultSecretProvider', message)
  }
  await deleteProviderRow(db, known)
}

/** @throws ApiError SecretProviderNotFound, SecretProviderDisabled */
export async function setDefaultProvider({ db }: Pick<Uses, 'db'>, id: string): Promise<void> {
  const { id: known, name } = await getProvider({ db }, id)
  if (known === INTERNAL_ID) return clearDefault(db)
  if (await makeDefault(db, known, new Date().toISOString())) return
  throw new ApiError('SecretProviderDisabled', `'${name}' is disabled; enable it first`)
}

/** There never is a plug-in file. @throws ApiError InvalidRequest, SecretProviderNotFound */
export async function checkPlugin(services: Pick<Uses, 'db'>, id: string): Promise<never> {
  const { name } = await getProvider(services, id)
  throw new ApiError('InvalidRequest', `'${name}' has no plug-in file. ${NO_PLUGINS}`)
}

/** @throws ApiError InvalidFileUpload, SecretProviderNotFound, CannotModifyInternalSecretProvider */
export async function uploadPlugin(services: Pick<Uses, 'db'>, id: string): Promise<never> {
  await findCustom(services, id)
  throw new ApiError('InvalidFileUpload', NO_PLUGINS)
}

/** Why a provider other than the built-in one keeps nothing, and what to do. */
export const NO_PLUGINS =
  'This server runs no Java plug-ins, so providers that need one can be recorded and keep no secrets; ' +
  `use the built-in provider ${INTERNAL_ID}`

async function findCustom(services: Pick<Uses, 'db'>, id: string): Promise<Shown> {
  const found = await getProvider(services, id)
  if (found.id === INTERNAL_ID) throw new ApiError('CannotModifyInternalSecretProvider')
  return found
}

function requireEnabledDefault({ isEnabled, isDefault }: ProviderRequest): void {
  if (!isDefault || isEnabled) return
  throw new ApiError('SecretProviderDisabled', 'The default secret provider must be enabled; isEnabled is false')
}

const columnsOf = ({ name, description, isEnabled, ...names }: ProviderRequest) => ({
  name,
  description,
  module_name: names.moduleName,
  factory_class_name: names.factoryClassName,
  interface_version: names.interfaceVersion,
  is_enabled: isEnabled ? 1 : 0,
})

/** Undefined: none was given. Messages name no value: settings are often passwords. */
function sealConfiguration(
  { secretBox }: Pick<Uses, 'secretBox'>,
  id: string,
  configuration: unknown,
): string | undefined {
  if (configuration === undefined) return undefined
  const isMap = typeof configuration === 'object' && configuration !== null && !Array.isArray(configuration)
  if (!isMap || Object.values(configuration).some((value) => typeof value !== 'string')) {
    throw new ApiError('InputValidationError', 'configuration: expected an object of texts')
  }
  const json = JSON.stringify(configuration)
  if (json.length > CONFIGURATION_BYTES) {
    const message = `configuration: expected at most ${CONFIGURATION_BYTES} characters, got ${json.length}`
    throw new ApiError('InputValidationError', message)
  }
  return secretBox.seal(json, id)
}

/** Made the default last; nobody has to take the mark from the one before, so two at once leave one default. */
function latestDefault(rows: readonly ProviderRow[]): ProviderRow | undefined {
  const marked = rows.filter(({ default_since, is_enabled }) => default_since !== null && is_enabled === 1)
  return marked.sort((a, b) => ((a.default_since ?? '') + a.id < (b.default_since ?? '') + b.id ? 1 : -1))[0]
}

/** Never the configuration. */
function show(row: ProviderRow, latest: ProviderRow | undefined): Shown {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    moduleName: row.module_name,
    factoryClassName: row.factory_class_name,
    interfaceVersion: row.interface_version,
    isEnabled: row.is_enabled === 1,
    isDefault: row.id === latest?.id,
    created: withoutMilliseconds(row.created_at),
    modified: withoutMilliseconds(row.modified_at),
  }
}
