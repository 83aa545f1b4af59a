/** A certificate authority of the test's own and a server certificate for the names that the `algo` program uses. */
import { appendFile, copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../lib/processes.ts'

export interface Certificates {
  /** PEM files. */
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

export async function makeCertificates(folder: string, hostnames: readonly string[]): Promise<Certificates> {
  const file = (name: string): string => join(folder, name)
  const names = hostnames.map((hostname) => `DNS:${hostname}`).join(',')
  await openssl(folder, 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=Test-CA -keyout ca.key -out ca.pem')
  await openssl(folder, `req -newkey rsa:2048 -nodes -subj /CN=${hostnames[0]} -keyout server.key -out server.csr`)
  await writeFile(file('extensions'), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`)
  const signer = '-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions'
  await openssl(folder, `x509 -req -in server.csr ${signer} -out server.pem`)
  return { authority: file('ca.pem'), certificate: file('server.pem'), key: file('server.key') }
}

/** The machine's own authorities and ours, as an administrator would install it for curl and git. */
export async function makeBundle(authority: string, machineBundle: string, bundle: string): Promise<void> {
  await copyFile(machineBundle, bundle)
  const { stdout } = await run('openssl', ['x509', '-in', authority])
  await appendFile(bundle, stdout)
}

async function openssl(folder: string, args: string): Promise<void> {
  const finished = await run('openssl', args.split(' '), { cwd: folder })
  if (finished.code !== 0) throw new Error(`openssl ${args} ended with ${finished.code}: ${finished.stderr}`)
}
