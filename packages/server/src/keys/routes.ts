/** HTTP of API keys, of users and of organizations. */
import {
  createKey,
  deleteKey,
  getKey,
  importKey,
  listKeys,
  rotateKey,
  updateKey,
} from '@algorist/contract/operations/keys.ts'
import {
  createMemberKey,
  createOrganizationKey,
  listOrganizationKeys,
} from '@algorist/contract/operations/organizations.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as changes from './changes.ts'
import * as keys from './keys.ts'
import * as organizationKeys from './organization-keys.ts'

export function keyRoutes(app: App, services: Services): void {
  serve(app, listKeys, ({ caller, params }) => keys.listKeys(services, caller, params.username ?? ''))
  serve(app, createKey, ({ caller, params, body }) => keys.createKey(services, caller, params.username ?? '', body))
  serve(app, importKey, ({ caller, params, body }) => keys.importKey(services, caller, params.username ?? '', body))
  serve(app, getKey, ({ caller, params }) => changes.revealKey(services, caller, params))
  serve(app, updateKey, ({ caller, params, body }) => changes.changeKey(services, caller, params, body))
  serve(app, deleteKey, ({ caller, params }) => changes.removeKey(services, caller, params))
  serve(app, rotateKey, ({ caller, params, body }) => changes.rotateKey(services, caller, params, body.overlap_seconds))
  serve(app, listOrganizationKeys, ({ caller, params: { organization = '' } }) =>
    organizationKeys.listOrganizationKeys(services, caller, organization),
  )
  serve(app, createOrganizationKey, ({ caller, params: { organization = '' }, body }) =>
    organizationKeys.createOrganizationKey(services, caller, organization, body),
  )
  serve(app, createMemberKey, ({ caller, params: { organization = '', username: user = '' }, body }) =>
    organizationKeys.createMemberKey(services, caller, { organization, user }, body),
  )
}
