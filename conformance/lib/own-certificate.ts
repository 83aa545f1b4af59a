/** A certificate for this machine that this process, curl and git trust from now on: for servers that speak TLS. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { run } from './processes.ts'

export interface OwnCertificate {
  /** Settings of a server that uses it. */
  readonly settings: Readonly<Record<string, string>>
  remove(): Promise<void>
}

export async function createOwnCertificate(): Promise<OwnCertificate> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-certificate-'))
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const made = await run('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', certificate])
  if (made.code !== 0) throw new Error(`openssl made no certificate: ${made.stderr}`)
  setDefaultCACertificates([...getCACertificates('default'), await readFile(certificate, 'utf8')])
  Object.assign(process.env, { CURL_CA_BUNDLE: certificate, GIT_SSL_CAINFO: certificate })
  return {
    settings: { ALGORIST_TLS_CERTIFICATE: certificate, ALGORIST_TLS_KEY: key },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
