/**
 * An identity provider for tests: a real HTTP server on the loopback that shows its keys, and tokens signed with them.
 * Signing is written here, so that a mistake of the library that verifies does not meet itself. Not part of the server.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { createEgress } from '../http/egress.ts'
import type { TokenSettings } from '../token-settings.ts'

export interface TestKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly jwk: { readonly [member: string]: unknown }
}

export interface Issuer {
  readonly settings: TokenSettings
  /** What the key set is; a text is sent as it is. */
  shown: unknown
  /** How the key set answers. */
  status: number
  /** How often it was read. */
  reads: number
  readonly key: TestKey
  /** A token with the claims that every token needs, and these. */
  token(claims: Claims, by?: TestKey, header?: Claims): string
  close(): Promise<void>
}

export type Claims = { readonly [name: string]: unknown }

/** Requests of the server, allowed to reach the loopback. */
export const testEgress = createEgress({ allow: createAddressSet(['127.0.0.1']) })

export function newKey(kid: string, modulusLength = 2048): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength })
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' } }
}

export async function openIssuer(): Promise<Issuer> {
  const key = newKey('first')
  const server = createServer((_request, response) => {
    issuer.reads++
    const body = typeof issuer.shown === 'string' ? issuer.shown : JSON.stringify(issuer.shown)
    response.writeHead(issuer.status, { 'Content-Type': 'application/json' }).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer: Issuer = {
    settings: {
      keySetUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
      issuer: 'https://issuer.example',
      audience: 'algorist',
      usernameClaim: 'sub',
      emailClaim: 'email',
      groupsClaim: null,
      adminGroup: null,
    },
    shown: { keys: [key.jwk] },
    status: 200,
    reads: 0,
    key,
    token(claims, by = key, header = {}) {
      const nowSeconds = Math.floor(Date.now() / 1000)
      const all = { iss: 'https://issuer.example', aud: 'algorist', iat: nowSeconds, exp: nowSeconds + 300, ...claims }
      const parts = [{ alg: 'RS256', typ: 'JWT', kid: by.kid, ...header }, all]
      const content = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
      return `${content}.${sign('RSA-SHA256', Buffer.from(content), by.privateKey).toString('base64url')}`
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return issuer
}
