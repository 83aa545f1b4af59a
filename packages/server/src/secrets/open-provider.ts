/** Opens the provider that keeps a secret, by its id. */
import { ApiError } from '@algorist/contract/errors.ts'
import { createInternalProvider } from './internal-provider.ts'
import type { ProviderGround, SecretProvider } from './provider.ts'
import { getProvider, INTERNAL_ID, listAllProviders, NO_PLUGINS } from './providers.ts'

/** The provider of a secret that there is. @throws Error for one that this server cannot open */
export function openProvider(ground: ProviderGround, id: string): SecretProvider {
  if (id === INTERNAL_ID) return createInternalProvider(ground)
  throw new Error(`There is no program for the secret provider ${id}`)
}

/**
 * The id of the provider that shall keep a new secret: the one that is named, or the default.
 * @throws ApiError SecretProviderNotFound, SecretProviderDisabled, DefaultSecretProviderNotFound, CreateSecretNotSupported
 */
export async function chooseProvider(ground: Pick<ProviderGround, 'db'>, named: string | undefined): Promise<string> {
  const chosen = named ? await getProvider(ground, named) : (await listAllProviders(ground))[0]
  if (!chosen) throw new ApiError('DefaultSecretProviderNotFound')
  if (!chosen.isEnabled)
    throw new ApiError('SecretProviderDisabled', `The secret provider '${chosen.name}' is disabled`)
  if (chosen.id !== INTERNAL_ID) {
    throw new ApiError('CreateSecretNotSupported', `'${chosen.name}' cannot keep secrets. ${NO_PLUGINS}`)
  }
  return chosen.id
}
