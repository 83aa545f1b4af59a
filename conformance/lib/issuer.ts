/**
 * An identity provider: an HTTP server on the loopback that shows its keys (JWKS), and tokens of all kinds, good and
 * forged. Everything is written with node:crypto, so that a mistake of the server's library does not meet itself.
 */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Claims = { readonly [name: string]: unknown }

export interface IssuerKey {
  readonly kid: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
  readonly jwk: Claims
}

export interface Issuer {
  /** Address of the server; everything below it answers with the key set. */
  readonly url: string
  /** Keys that are shown. */
  keys: readonly Claims[]
  /** HTTP status of the key set. */
  status: number
  /** Paths that were asked for, in order. */
  readonly asked: string[]
  close(): Promise<void>
}

export const ISSUER = 'https://login.example.com/'
export const AUDIENCE = 'https://algorist.example.com'

export function rsaKey(kid: string): IssuerKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { kid, publicKey, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' } }
}

export async function openIssuer(keys: readonly Claims[]): Promise<Issuer> {
  const server = createServer((request, response) => {
    issuer.asked.push(request.url ?? '')
    response.writeHead(issuer.status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys: issuer.keys }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    status: 200,
    asked: [],
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return issuer
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** Claims that every good token has, and those that are given; `undefined` takes one away. */
export function claimsWith(claims: Claims): Claims {
  return { iss: ISSUER, aud: AUDIENCE, iat: nowSeconds(), exp: nowSeconds() + 600, ...claims }
}

const encoded = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')

export type Signer = (content: Buffer) => Buffer

/** A token of any header and payload, signed by whoever. */
export function assemble(header: unknown, payload: unknown, signer: Signer): string {
  const content = `${encoded(header)}.${encoded(payload)}`
  return `${content}.${signer(Buffer.from(content)).toString('base64url')}`
}

export const byRsa =
  ({ privateKey }: IssuerKey, digest = 'RSA-SHA256'): Signer =>
  (content) =>
    sign(digest, content, privateKey)

export const byHmac =
  (secret: string | Buffer): Signer =>
  (content) =>
    createHmac('sha256', secret).update(content).digest()

/** A token as the provider makes them. */
export function tokenOf(key: IssuerKey, claims: Claims, header: Claims = {}): string {
  return assemble({ alg: 'RS256', typ: 'JWT', kid: key.kid, ...header }, claimsWith(claims), byRsa(key))
}
