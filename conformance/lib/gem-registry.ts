/** A registry of gems on loopback with the gem `greetings` in two versions; counts what it is asked. */
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { run } from './processes.ts'

export interface GemRegistry {
  /** For BUNDLE_MIRROR__ALL. Has `greetings` 1.0.0 and 1.1.0, whose `Greetings.greet(name)` answers `Hi, NAME (VERSION)`. */
  readonly url: string
  /** Requests so far. */
  requests(): number
  close(): Promise<void>
}

export async function startGemRegistry(): Promise<GemRegistry> {
  const folder = await makeIndex()
  let asked = 0
  const server = createServer(async (request, response) => {
    asked++
    const { pathname } = new URL(request.url ?? '/', 'http://registry')
    const found = await readFile(join(folder, normalize(pathname))).catch(() => null)
    response.writeHead(found === null ? 404 : 200).end(found ?? 'not found')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => asked,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function makeIndex(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-gems-'))
  for (const path of ['lib', 'gems']) await mkdir(join(folder, path))
  for (const version of ['1.0.0', '1.1.0']) {
    const greet = `def self.greet(name) = "Hi, #{name} (${version})"`
    await writeFile(join(folder, 'lib', 'greetings.rb'), `module Greetings\n  ${greet}\nend\n`)
    const facts = `s.name = 'greetings'; s.version = '${version}'; s.summary = 'x'; s.authors = ['x']; s.files = ['lib/greetings.rb']`
    await writeFile(join(folder, 'greetings.gemspec'), `Gem::Specification.new { |s| ${facts} }\n`)
    await runGem(folder, 'build', 'greetings.gemspec', '--output', join('gems', `greetings-${version}.gem`))
  }
  await runGem(folder, 'generate_index', '--directory', folder)
  return folder
}

async function runGem(cwd: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await run('/usr/bin/gem', args, { cwd })
  if (code !== 0) throw new Error(`gem ${args[0]} ended with ${code}: ${stderr}`)
}
