/** HTTP of secrets and their providers. */
import {
  createOrganizationSecret,
  deleteOrganizationSecret,
  listOrganizationSecrets,
  updateOrganizationSecret,
} from '@algorist/contract/operations/organization-secrets.ts'
import {
  checkSecretProviderPlugin,
  createSecret,
  createSecretProvider,
  deleteSecret,
  deleteSecretProvider,
  getSecretProvider,
  listAllSecretProviders,
  listSecretProviders,
  listSecrets,
  setDefaultSecretProvider,
  updateSecret,
  updateSecretProvider,
  uploadSecretProviderPlugin,
} from '@algorist/contract/operations/secrets.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as providers from './providers.ts'
import * as secrets from './secrets.ts'

export function secretRoutes(app: App, services: Services): void {
  for (const list of [listSecrets, listOrganizationSecrets]) {
    serve(app, list, async ({ caller, params }) => {
      const listed = await secrets.listSecrets(services, caller, params)
      // The original document has one name, clients read the other.
      return { results: listed, secrets: listed }
    })
  }
  serve(app, createSecret, ({ caller, params, body }) => secrets.createSecret(services, caller, params, body))
  serve(app, createOrganizationSecret, ({ caller, params, body }) =>
    secrets.createSecret(services, caller, params, body),
  )
  for (const update of [updateSecret, updateOrganizationSecret]) {
    serve(app, update, ({ caller, params, body }) => secrets.changeSecret(services, caller, params, body))
  }
  for (const remove of [deleteSecret, deleteOrganizationSecret]) {
    serve(app, remove, ({ caller, params }) => secrets.removeSecret(services, caller, params))
  }
  providerRoutes(app, services)
}

function providerRoutes(app: App, services: Services): void {
  serve(app, listSecretProviders, () => providers.listProviders(services))
  serve(app, listAllSecretProviders, () => providers.listAllProviders(services))
  serve(app, createSecretProvider, ({ body }) => providers.createProvider(services, body))
  serve(app, getSecretProvider, ({ params }) => providers.getProvider(services, params.providerId ?? ''))
  serve(app, updateSecretProvider, ({ params, body }) =>
    providers.changeProvider(services, params.providerId ?? '', body),
  )
  serve(app, deleteSecretProvider, ({ params }) => providers.removeProvider(services, params.providerId ?? ''))
  serve(app, checkSecretProviderPlugin, ({ params }) => providers.checkPlugin(services, params.providerId ?? ''))
  serve(app, uploadSecretProviderPlugin, ({ params }) => providers.uploadPlugin(services, params.providerId ?? ''))
  serve(app, setDefaultSecretProvider, ({ params }) => providers.setDefaultProvider(services, params.providerId ?? ''))
}
