/** The `fetch` that connectors get, allowed to reach this machine. */
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { type ConnectorAgentsOptions, createConnectorAgents } from '../../http/egress-agents.ts'
import { createEgressGate } from '../../http/egress-gate.ts'
import { createStreamingFetch } from '../../http/streaming-fetch.ts'

export interface ConnectorFetch {
  readonly fetch: typeof globalThis.fetch
  close(): void
}

/** @param allowed ranges of addresses; this machine's unless given */
export function connectorFetch(options: ConnectorAgentsOptions = {}, allowed = ['127.0.0.0/8']): ConnectorFetch {
  const agents = createConnectorAgents(createEgressGate({ allow: createAddressSet(allowed) }), options)
  return { fetch: createStreamingFetch(agents), close: () => agents.close() }
}
