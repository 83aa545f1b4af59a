/** Opens who is calling: keys, tokens of an identity provider, browser sessions, and the connections of algorithms. */
import { type Authenticate, createAuthenticate } from '../http/authenticate.ts'
import type { PlatformConnections } from '../http/platform-connections.ts'
import { sessionCookie } from '../http/session-cookie.ts'
import type { Services } from '../services.ts'
import { createKeySet } from '../tokens/key-set.ts'
import { createTokens } from '../tokens/tokens.ts'

export interface Authentication {
  /** For calls and data, where cookies never count. */
  readonly authenticate: Authenticate
  readonly authenticateManagement: Authenticate
}

export function openAuthentication(services: Services, connections: PlatformConnections): Authentication {
  const { config, log, keyRing, directory, sessions, egress } = services
  const tokens =
    config.tokens &&
    createTokens({
      services,
      settings: config.tokens,
      keySet: createKeySet({ url: config.tokens.keySetUrl, egress, log }),
    })
  const credentials = { keyRing, directory, connections, tokens, url: config.url }
  const browser = { sessions, cookie: sessionCookie(config.url, config.sessionCookie) }
  return {
    authenticate: createAuthenticate({ ...credentials, browser: null }),
    authenticateManagement: createAuthenticate({ ...credentials, browser }),
  }
}
