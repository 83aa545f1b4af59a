/**
 * The `algo` program of the Python packages, unmodified. It accepts only addresses that begin with `https://api.`, so
 * the server runs with TLS at such a name. Name and certificate authority are known to nobody but this test: it runs in
 * a mount namespace with its own /etc/hosts and list of authorities, which takes root.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeBundle, makeCertificates } from './cli/certificate.ts'
import { runCases } from './lib/cases.ts'
import { installPythonClient, PYTHON_RELEASES } from './lib/python-client.ts'
import { requireProgram } from './lib/toolbox.ts'

const HOSTS = ['api.algorist.test', 'git.algorist.test']
const MACHINE_BUNDLE = '/etc/ssl/certs/ca-certificates.crt'
const PROGRAM = join(import.meta.dirname, 'cli/program.ts')
const needsRoot = process.getuid?.() === 0 ? false : 'a hosts file of its own takes root'

let folder: string
let authority: string
let script: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'algorist-cli-'))
  await requireProgram('openssl', ['version'], 'openssl')
  authority = (await makeCertificates(folder, HOSTS)).authority
  script = await namespaceScript()
})
after(() => rm(folder, { recursive: true, force: true }))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((settle) => server.once('listening', settle))
  const address = server.address()
  await new Promise((settle) => server.close(settle))
  return typeof address === 'object' && address ? address.port : 0
}

/** A shell command that puts our two files in place and becomes the program. */
async function namespaceScript(): Promise<string> {
  const hosts = join(folder, 'hosts')
  const bundle = join(folder, 'bundle.pem')
  await writeFile(hosts, `${await readFile('/etc/hosts', 'utf8')}\n127.0.0.1 ${HOSTS.join(' ')}\n`)
  await makeBundle(authority, MACHINE_BUNDLE, bundle)
  return `mount --bind ${hosts} /etc/hosts && mount --bind ${bundle} ${MACHINE_BUNDLE} && exec "$@"`
}

// Each has a server and a user of its own, and waits half of its time.
describe('the releases, side by side', { concurrency: PYTHON_RELEASES.length }, () => {
  for (const release of PYTHON_RELEASES) {
    test(`algo of algorithmia ${release}`, { skip: needsRoot }, async (t) => {
      const library = await installPythonClient(release)
      const program = [process.execPath, PROGRAM, folder, String(await freePort()), release, library]
      await runCases(t, {
        command: 'unshare',
        // A pid namespace ends the server with the program, however that ends.
        args: ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script, 'sh', ...program],
        env: { NODE_EXTRA_CA_CERTS: authority },
      })
    })
  }
})
