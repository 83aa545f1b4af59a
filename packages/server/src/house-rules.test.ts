/**
 * House rules that a reader would have to trust otherwise: who may import whom (ARCHITECTURE.md), who meets the
 * environment and Fastify, how objects are made, and what must not be in the repository. They look at the text of the files alone.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { NODE_ARGUMENTS } from './collector.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const PACKAGES = join(ROOT, 'packages')

interface Import {
  /** Path below packages/, such as `server/src/app.ts`. */
  readonly file: string
  /** Path below packages/ for our own files, else the specifier. */
  readonly target: string
  /** Gone at run time. */
  readonly isType: boolean
}

const STATEMENT = /\b(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?'([^'\n]+)'/g
const DYNAMIC = /\bimport\(\s*'([^'\n]+)'\s*\)/g

function isTestCode(file: string): boolean {
  return /\.test\.ts$|(^|\/)testing(\.ts$|\/)/.test(file)
}

function sourceFiles(): string[] {
  return readdirSync(PACKAGES, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /^[a-z]+\/src\/.*\.ts$/.test(file) && !file.includes('node_modules'),
  )
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(PACKAGES, file), 'utf8')
  const statements = [...text.matchAll(STATEMENT)].map(([, type, to = '']) => ({ to, isType: type !== undefined }))
  const dynamic = [...text.matchAll(DYNAMIC)].map(([, to = '']) => ({ to, isType: false }))
  return [...statements, ...dynamic].map(({ to, isType }) => ({ file, target: resolveTarget(file, to), isType }))
}

function resolveTarget(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return relative(PACKAGES, resolve(PACKAGES, dirname(file), specifier))
  return specifier.replace(/^@algorist\/([a-z]+)\//, '$1/src/')
}

/** The server, and the commands that need none. */
const ENTRY_POINTS = ['server/src/main.ts', 'server/src/cli.ts']
/** What puts the server together. */
const COMPOSITION = 'server/src/compose/'

const FILES = sourceFiles()
const IMPORTS = FILES.filter((file) => !isTestCode(file)).flatMap(importsOf)

function packageOf(path: string): string {
  return path.split('/')[0] ?? ''
}

function describeImport({ file, target }: Import): string {
  return `${file} imports ${target}`
}

function assertNone(imports: readonly Import[]): void {
  assert.deepEqual(imports.map(describeImport), [])
}

/** Ours alone: an import that stays below packages/. */
function isOurs({ target }: Import): boolean {
  return /^[a-z]+\/src\//.test(target)
}

describe('packages import in one direction', () => {
  const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
    contract: [],
    client: ['contract'],
    cli: ['client', 'contract'],
    console: ['client', 'contract'],
    runner: ['contract'],
    server: ['contract', 'runner'],
  }

  test('the list of files is not empty', () => {
    assert.ok(FILES.length > 50, `${FILES.length} files`)
    assert.ok(IMPORTS.length > 100, `${IMPORTS.length} imports`)
  })

  test('every package imports only those it may', () => {
    assertNone(
      IMPORTS.filter(isOurs).filter(({ file, target }) => {
        const [from, to] = [packageOf(file), packageOf(target)]
        return from !== to && !MAY_IMPORT[from]?.includes(to)
      }),
    )
  })

  test('no package reaches into another by a relative path', () => {
    const outside = FILES.flatMap((file) =>
      [...readFileSync(join(PACKAGES, file), 'utf8').matchAll(STATEMENT)]
        .map(([, , to = '']) => to)
        .filter((to) => to.startsWith('.') && packageOf(resolveTarget(file, to)) !== packageOf(file))
        .map((to) => `${file} imports ${to}`),
    )
    assert.deepEqual(outside, [])
  })

  test('the contract depends on typebox alone, but for the list of addresses, which no browser reads', () => {
    assertNone(
      IMPORTS.filter(({ file }) => packageOf(file) === 'contract').filter(
        (each) =>
          !isOurs(each) &&
          !/^typebox(\/|$)/.test(each.target) &&
          !(each.file === 'contract/src/public-addresses.ts' && each.target === 'node:net'),
      ),
    )
  })

  test('the server knows the runner only by its types, but for where it is opened and for the commands', () => {
    const mayRun = [`${COMPOSITION}open-runner.ts`, 'server/src/cli.ts']
    assertNone(
      IMPORTS.filter(({ file, target }) => packageOf(file) === 'server' && packageOf(target) === 'runner').filter(
        ({ file, isType }) => !isType && !mayRun.includes(file),
      ),
    )
  })

  test('the runner knows no SQL and no HTTP API', () => {
    assertNone(
      IMPORTS.filter(({ file }) => packageOf(file) === 'runner').filter(({ target }) =>
        /^(kysely|pg|node:sqlite|fastify)$/.test(target),
      ),
    )
  })
})

describe('inside the server', () => {
  const INFRASTRUCTURE = ['http', 'db', 'drivers', 'git']
  const IN_SERVER = IMPORTS.filter(({ file }) => packageOf(file) === 'server')

  /** `keys` of `server/src/keys/routes.ts`; empty for files beside main.ts. */
  function areaOf(path: string): string {
    return path.match(/^server\/src\/([^/]+)\//)?.[1] ?? ''
  }

  function isFeature(area: string): boolean {
    return area !== '' && !INFRASTRUCTURE.includes(area)
  }

  test('http, db, drivers and git run no code of a feature', () => {
    assertNone(
      IN_SERVER.filter(
        ({ file, target, isType }) => !isType && INFRASTRUCTURE.includes(areaOf(file)) && isFeature(areaOf(target)),
      ),
    )
  })

  test('the composition knows every part, and only main.ts knows the composition', () => {
    assertNone(
      IN_SERVER.filter(
        ({ file, target }) =>
          target.startsWith(COMPOSITION) && !file.startsWith(COMPOSITION) && file !== 'server/src/main.ts',
      ),
    )
  })

  test('a feature calls the rules of another, never its routes or queries', () => {
    assertNone(
      IN_SERVER.filter(({ file, target, isType }) => {
        const [from, to] = [areaOf(file), areaOf(target)]
        return !isType && isFeature(from) && isFeature(to) && from !== to && /(routes|queries)\.ts$/.test(target)
      }),
    )
  })

  test('routes contain no SQL, and queries know neither routes nor rules of another feature', () => {
    assertNone(
      IN_SERVER.filter(({ file, target, isType }) => {
        if (isType) return false
        if (/\/routes\.ts$/.test(file)) return /(^kysely$|queries\.ts$|^server\/src\/db\/)/.test(target)
        return /queries\.ts$/.test(file) && isFeature(areaOf(target)) && areaOf(target) !== areaOf(file)
      }),
    )
  })

  test('only routes, http and the composition of the app know Fastify', () => {
    assertNone(
      IN_SERVER.filter(
        ({ file, target }) =>
          /^fastify(\/|$)/.test(target) && !/(\/routes|^server\/src\/app)\.ts$/.test(file) && areaOf(file) !== 'http',
      ),
    )
  })

  test('requests of the server itself leave through the egress gate alone', () => {
    const imports =
      /import \{[^}]*\b(?:request|get|Agent|connect|createConnection)\b[^}]*\} from 'node:(?:http|https|net|tls)'/
    const others = /(?<!typeof )globalThis\.fetch\b|from '(?:undici|node:dns(?:\/promises)?|node:http2)'/
    // Drivers and others call the `fetch` that somebody gave them.
    const isGlobalFetch = (text: string) => /(?<![\w.])fetch\(/.test(text) && !/\bfetch\b\s*[,:}]/.test(text)
    const senders = FILES.filter((file) => packageOf(file) === 'server' && !isTestCode(file)).filter((file) => {
      const text = readFileSync(join(PACKAGES, file), 'utf8')
      return imports.test(text) || others.test(text) || isGlobalFetch(text)
    })
    // The last two talk to a server of ours, through a socket in its folder.
    assert.deepEqual(senders.sort(), [
      'server/src/http/egress-agents.ts',
      'server/src/http/egress-exchange.ts',
      'server/src/http/egress-gate.ts',
      'server/src/operator/ask-server.ts',
      'server/src/restart/peers.ts',
    ])
  })

  test('only main.ts and cli.ts meet the environment', () => {
    const readers = FILES.filter((file) => packageOf(file) === 'server' && !isTestCode(file)).filter((file) =>
      /process\.env\b/.test(readFileSync(join(PACKAGES, file), 'utf8')),
    )
    assert.deepEqual(
      readers.filter((file) => !ENTRY_POINTS.includes(file)),
      [],
    )
  })
})

describe('objects', () => {
  /**
   * V8 makes such an object slow to use, and keeps its getters where everything old is, with all that they reach: a connection was
   * collected seconds after it had ended (decision 0085). A method does as well.
   */
  test('are written without getters', () => {
    const files = FILES.filter((file) => /^(contract|runner|server)\//.test(file) && !isTestCode(file))
    const withGetters = files.filter((file) => /^\s+get \w+\(\)/m.test(readFileSync(join(PACKAGES, file), 'utf8')))
    assert.deepEqual(withGetters, [])
  })
})

describe('the repository', () => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((file) => file !== '' && !/\.(jpg|png|gif|ico|gz)$/.test(file))

  /** Lines of tracked files that match, as `file:line`. */
  function linesWith(pattern: RegExp): string[] {
    return tracked.flatMap((file) =>
      readTracked(file)
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
    )
  }

  /** A tracked file may be deleted and not yet committed. */
  function readTracked(file: string): string {
    try {
      return readFileSync(join(ROOT, file), 'utf8')
    } catch {
      return ''
    }
  }

  test('names no registry host: packages come from where the machine is set up to get them', () => {
    const hosts = [
      'registry.npmjs',
      'pypi',
      'pythonhosted',
      'deb.debian',
      'registry.yarnpkg',
      'repo.maven',
      'rubygems',
      'index.crates',
      'static.crates',
    ]
    const pattern = new RegExp(
      `\\b(${hosts.map((host) => host.replace('.', '\\.')).join('|')})(\\.apache)?\\.(org|com|net|io)\\b`,
    )
    assert.deepEqual(linesWith(pattern), [])
  })

  test('has a lock file that any mirror can serve: after npm install, run bin/node bin/lib/prune-lock.ts', () => {
    const lock = JSON.parse(readTracked('package-lock.json'))
    const entries = Object.entries<{ resolved?: string; optionalDependencies?: object }>(lock.packages)
    const named = entries.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}))
    const held = new Set(entries.map(([path]) => path.replace(/^.*node_modules\//, '')))
    assert.deepEqual(
      named.filter((name) => !held.has(name)),
      [],
    )
    const addresses = entries.map(([, entry]) => entry.resolved ?? '').filter((address) => address.includes('://'))
    assert.deepEqual(addresses, [])
  })

  test('starts the server with the same arguments of Node from the command', () => {
    assert.ok(readTracked('bin/algorist').includes(`"$NODE" ${NODE_ARGUMENTS.join(' ')} `))
  })

  test('holds nothing that was built, but in repositories whose quirk that is', () => {
    const built = /(^|\/)(target|node_modules|__pycache__|\.bsp)\/|\.(class|jar|pyc|o|so|rlib|jsa)$/
    const own = tracked.filter((file) => !file.startsWith('conformance/corpus/repositories/'))
    assert.deepEqual(
      own.filter((file) => built.test(file)),
      [],
    )
  })

  test('names no folder of the machine it was written on', () => {
    assert.deepEqual(linesWith(/(^|[\s'"`(=])\/(work\/(main|shared)|Users\/\w+|root\/\.\w+|tmp\/exp)\b/), [])
  })

  test('holds nothing unfinished', () => {
    const words = ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X']
    assert.deepEqual(linesWith(new RegExp(`\\b(${words.join('|')})\\b`)), [])
  })

  test('has no .only left in a test', () => {
    assert.deepEqual(linesWith(/\b(test|describe|it)\.only\(/), [])
  })
})
