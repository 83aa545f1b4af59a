/** A package registry on loopback with one package for pip and one for npm; counts what it is asked. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './processes.ts'

export interface PackageRegistry {
  /** Index for pip; has the package `greetings` 1.2.3, whose `greet(name)` answers `Hi, NAME`. */
  readonly pipUrl: string
  /** Registry for npm; has the same package. */
  readonly npmUrl: string
  /** Requests so far. */
  requests(): number
  close(): Promise<void>
}

const WHEEL = 'greetings-1.2.3-py3-none-any.whl'
const TARBALL = 'greetings-1.2.3.tgz'
const WHEEL_FILES = {
  'greetings.py': 'def greet(name):\n    return "Hi, " + name\n',
  'greetings-1.2.3.dist-info/METADATA': 'Metadata-Version: 2.1\nName: greetings\nVersion: 1.2.3\n',
  'greetings-1.2.3.dist-info/WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  'greetings-1.2.3.dist-info/RECORD':
    'greetings.py,,\ngreetings-1.2.3.dist-info/METADATA,,\ngreetings-1.2.3.dist-info/WHEEL,,\ngreetings-1.2.3.dist-info/RECORD,,\n',
}
const NPM_FILES = {
  'package/package.json': JSON.stringify({ name: 'greetings', version: '1.2.3', main: 'index.js' }),
  'package/index.js': 'exports.greet = (name) => "Hi, " + name\n',
}

export async function startPackageRegistry(): Promise<PackageRegistry> {
  const [wheel, tarball] = await makePackages()
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    const { pathname } = new URL(request.url ?? '/', 'http://registry')
    const found = pages.get(pathname)
    response.writeHead(found === undefined ? 404 : 200, { 'Content-Type': found?.type ?? 'text/plain' })
    response.end(found?.body ?? 'not found')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  const version = { name: 'greetings', version: '1.2.3', dist: { tarball: `${url}/npm/${TARBALL}`, integrity } }
  const packument = { name: 'greetings', 'dist-tags': { latest: '1.2.3' }, versions: { '1.2.3': version } }
  const pages = new Map<string, { type: string; body: string | Buffer }>([
    ['/simple/greetings/', { type: 'text/html', body: `<a href="../../files/${WHEEL}">${WHEEL}</a>` }],
    [`/files/${WHEEL}`, { type: 'application/octet-stream', body: wheel }],
    ['/npm/greetings', { type: 'application/json', body: JSON.stringify(packument) }],
    [`/npm/${TARBALL}`, { type: 'application/octet-stream', body: tarball }],
  ])
  return {
    pipUrl: `${url}/simple`,
    npmUrl: `${url}/npm/`,
    requests: () => asked,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function makePackages(): Promise<[Buffer, Buffer]> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-packages-'))
  try {
    for (const [path, text] of Object.entries({ ...WHEEL_FILES, ...NPM_FILES })) {
      await mkdir(join(folder, path, '..'), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    const topLevel = ['greetings.py', 'greetings-1.2.3.dist-info']
    const zip = await run('/usr/bin/python3', ['-m', 'zipfile', '-c', WHEEL, ...topLevel], { cwd: folder })
    const tar = await run('tar', ['-czf', TARBALL, 'package'], { cwd: folder })
    if (zip.code !== 0 || tar.code !== 0) throw new Error(`packages could not be made: ${zip.stderr}${tar.stderr}`)
    return await Promise.all([readFile(join(folder, WHEEL)), readFile(join(folder, TARBALL))])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
