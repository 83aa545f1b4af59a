/** Outbound requests over TLS: the certificate is for the name, though the connection is to an address looked at before. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { createEgress } from './egress.ts'

const { fetch } = createEgress({ allow: createAddressSet(['127.0.0.1']), resolve: async () => ['127.0.0.1'] })
const trusted = getCACertificates('default')
let server: Server
let port: number
let serverNames: (string | false | null)[] = []

before(async () => {
  const { key, cert } = certificateFor('secure.test')
  server = createServer({ key, cert }, (request, response) => {
    const location = { '/down': 'http://secure.test/', '/on': '/arrived' }[request.url ?? '']
    if (location === undefined) response.end(`${request.headers.host} ${request.url}`)
    else response.writeHead(302, { Location: location }).end()
  })
  server.on('secureConnection', ({ servername }) => serverNames.push(servername))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  setDefaultCACertificates([...trusted, cert])
})

after(() => {
  setDefaultCACertificates(trusted)
  server.closeAllConnections()
  server.close()
})

function certificateFor(name: string): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'algorist-egress-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-days', '1', '-nodes']
  const args = ['req', '-x509', ...subject, '-newkey', 'rsa:2048', '-keyout', key, '-out', cert]
  execFileSync('openssl', args, { stdio: 'pipe' })
  const made = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  rmSync(folder, { recursive: true })
  return made
}

test('the name in the address is the name in the handshake and in Host, after a redirect too', async () => {
  serverNames = []
  const reply = await fetch(`https://secure.test:${port}/on`)
  assert.equal(await reply.text(), `secure.test:${port} /arrived`)
  assert.deepEqual(serverNames, ['secure.test', 'secure.test'])
})

test('a certificate for another name is refused', async () => {
  await assert.rejects(fetch(`https://other.test:${port}/`), {
    problem: 'ConnectionFailed',
    message: /ERR_TLS_CERT_ALTNAME_INVALID/,
  })
  await assert.rejects(fetch(`https://127.0.0.1:${port}/`), { problem: 'ConnectionFailed' })
})

test('a redirect from https to http is refused', async () => {
  await assert.rejects(fetch(`https://secure.test:${port}/down`), { problem: 'RedirectRefused', message: /to http$/ })
})
