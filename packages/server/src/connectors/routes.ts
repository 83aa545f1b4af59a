/** HTTP of connectors, of users and of organizations; what is read and written through them is in data/. */
import {
  createConnector,
  deleteConnector,
  getConnector,
  listConnectors,
  setDefaultConnector,
  updateConnector,
} from '@algorist/contract/operations/connectors.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as connectors from './connectors.ts'

export function connectorRoutes(app: App, services: Services): void {
  serve(app, createConnector, ({ caller, params, body }) => connectors.createConnector(services, caller, params, body))
  serve(app, listConnectors, ({ caller, params }) => connectors.listConnectors(services, caller, params))
  serve(app, getConnector, ({ caller, params }) => connectors.getConnector(services, caller, params))
  serve(app, updateConnector, ({ caller, params, body }) => connectors.changeConnector(services, caller, params, body))
  serve(app, deleteConnector, ({ caller, params }) => connectors.removeConnector(services, caller, params))
  serve(app, setDefaultConnector, async ({ caller, params }) => {
    await connectors.changeConnector(services, caller, params, { is_default: true })
  })
}
