/** A token address that does what Google's does: it checks assertions with the key of one service account. */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { jwtVerify } from 'jose'
import type { ServiceAccount } from '../google-token.ts'
import type { Emulator } from './emulator.ts'

export interface TokenServer extends Emulator {
  readonly account: ServiceAccount
  /** Tokens it gave out, newest last. */
  readonly given: readonly string[]
}

/** Gives a token for an assertion that Google would take, and `invalid_grant` for any other. */
export async function startTokenServer({ lifeS = 3600 } = {}): Promise<TokenServer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const account: ServiceAccount = {
    email: 'connector@test-project.iam.gserviceaccount.com',
    privateKeyId: '0123456789abcdef',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
  const given: string[] = []
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request))
    try {
      const expected = { issuer: account.email, audience: url, maxTokenAge: 3600, algorithms: ['RS256'] }
      const { payload, protectedHeader } = await jwtVerify(form.get('assertion') ?? '', publicKey, expected)
      const isWhole = String(payload.scope).includes('devstorage') && protectedHeader.kid === account.privateKeyId
      if (!isWhole || form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') throw new Error('wrong')
      given.push(`token-${given.length + 1}`)
      const token = { access_token: given.at(-1), expires_in: lifeS, token_type: 'Bearer' }
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(token))
    } catch {
      response
        .writeHead(400)
        .end(JSON.stringify({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }))
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  return {
    url,
    account,
    given,
    async stop() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}
