/** A store to import into, and bundles made by hand, good and bad. Not part of the server. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  BundleAccount,
  BundleAlgorithm,
  BundleCollections,
  BundleKeys,
} from '@algorist/contract/shapes/owner-bundle.ts'
import { pino } from 'pino'
import { createUser } from '../accounts/accounts.ts'
import { createAccountDirectory } from '../accounts/directory.ts'
import { createCatalog } from '../algorithms/catalog.ts'
import { createObjects } from '../data/objects.ts'
import { createReclaimer } from '../data/reclaimer.ts'
import type { Database } from '../db/schema.ts'
import { createFilesystemDriver } from '../drivers/filesystem.ts'
import { createRepositories } from '../git/repositories.ts'
import { createKeyRing, digestOf } from '../keys/key-ring.ts'
import { createAccountQuotas, NO_LIMITS } from '../usage/quotas.ts'
import { writeBundle } from './bundle-writer.ts'
import { type Imported, type ImportUses, importOwner } from './import.ts'

const NOW = '2026-01-02T03:04:05.678Z'
const uidBase = process.getuid?.() === 0 ? 240_000 : null
/** Git reads nothing of this machine. */
const GIT_ENV = {
  PATH: process.env.PATH,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com', GIT_AUTHOR_DATE: NOW },
  ...{ GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com', GIT_COMMITTER_DATE: NOW },
}

export interface Bench {
  readonly folder: string
  readonly services: ImportUses
  import(path: string, as?: string): Promise<Imported>
  /** What an import that failed or was cut off has left: repositories, objects and rows that nobody sees. */
  leftovers(): Promise<{ repositories: number; objects: number; accounts: number; collections: number }>
  close(): Promise<void>
}

/** With one user, `admin`, and no runner: builds wait for a server. */
export async function openBench(db: Database): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-transfer-'))
  await chmod(folder, 0o711)
  const log = pino({ level: 'silent' })
  const directory = await createAccountDirectory(db)
  const admin = await createUser({ db, directory }, { username: 'admin', email: 'admin@example.com' })
  const repositories = await createRepositories({
    folder: join(folder, 'git'),
    log,
    uidOf: (ownerId) => (uidBase === null ? undefined : uidBase + (directory.byId(ownerId)?.hostUid ?? 0)),
  })
  const driver = await createFilesystemDriver({ folder: join(folder, 'data') })
  const objects = createObjects({ driver, log })
  const reclaimer = createReclaimer({ db, objects, log })
  const services = {
    ...{ db, directory, log, repositories, objects, reclaimer },
    keyRing: await createKeyRing(db),
    catalog: await createCatalog(db),
    quotas: await createAccountQuotas({ db, common: NO_LIMITS }),
    disk: { requireRoom: () => {} },
    builds: { start: () => {} },
    config: { data: { store: null, fileBytes: 1024 * 1024 }, git: { timeoutMs: 20_000 } },
  } as unknown as ImportUses
  return {
    folder,
    services,
    import: (path, as) => importOwner(services, { path, as, operatorId: admin.id }),
    async leftovers() {
      await reclaimer.idle()
      const known = (await db.selectFrom('algorithms').select('id').execute()).map(({ id }) => `${id}.git`)
      const named = (await db.selectFrom('files').select('object_id').execute()).map(({ object_id }) => object_id)
      const stored: string[] = []
      for await (const page of objects.pages(new AbortController().signal))
        stored.push(...page.objects.map(({ id }) => id))
      const folders = (await readdir(repositories.folder)).filter((name) => name.endsWith('.git'))
      const rows = await db.selectFrom('accounts').select('id').where('name', 'like', 'import:%').execute()
      const scopes = await db.selectFrom('collections').select('id').where('scope', 'like', '%:%').execute()
      return {
        repositories: folders.filter((name) => !known.includes(name)).length,
        objects: stored.filter((id) => !named.includes(id)).length,
        accounts: rows.length,
        collections: scopes.length,
      }
    },
    async close() {
      await reclaimer.close()
      await objects.idle()
      await driver.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface BundleParts {
  readonly manifest: object
  readonly account: BundleAccount
  readonly keys: BundleKeys
  readonly collections: BundleCollections
  readonly algorithms: readonly BundleAlgorithm[]
  /** By name of the entry. */
  readonly repositories: Readonly<Record<string, Buffer>>
  readonly files: readonly (readonly [name: string, content: string])[]
}

/** A user with one algorithm of two versions, a key and two collections; every id is new. */
export function goodParts(name: string, repository = gitBundle()): BundleParts {
  const [first, second, shelf] = [randomUUID(), randomUUID(), randomUUID()]
  const settings: BundleAlgorithm['settings'] = {
    ...{ callability: 'private', source_visibility: 'closed', license: 'apl', network_access: 'isolated' },
    ...{ pipeline_enabled: true, insights_enabled: false, royalty_microcredits: 0, machine_type: 'cpu' },
    limits: { memory_bytes: 2 ** 50 },
    keep_call_content: false,
    warm_workers: 1,
  }
  const language = 'javascript'
  const version = { major: 1, callability: 'private', settings, published_at: NOW } as const
  return {
    manifest: {
      format: 'algorist-owner',
      version: 1,
      created_at: NOW,
      server_version: 'x',
      owner: { kind: 'user', name },
    },
    account: { id: randomUUID(), kind: 'user', name, email: `${name}@example.com`, created_at: NOW, members: [] },
    keys: [
      {
        ...{ id: randomUUID(), kind: 'ManagementKey', label: 'mine', digest: digestOf(`key of ${name}`), mask: 'sim…' },
        ...{ created_at: NOW, permissions: { allow_algo: true, algo_acl: [`algo://${name}/*`] } },
      },
    ],
    collections: [
      { id: shelf, name: 'shelf', acl: 'public', created_at: NOW },
      { id: randomUUID(), name: 'perm', acl: 'my_algorithms', created_at: NOW, algorithm: 'Hello' },
    ],
    algorithms: [
      {
        ...{ id: randomUUID(), name: 'Hello', language, environment_id: randomUUID(), details: { label: 'Hello' } },
        ...{ settings, created_at: NOW, default_collection: shelf },
        builds: [
          { id: first, number: 3, commit: repository.commit, language, started_at: NOW },
          { id: second, number: 7, commit: repository.commit, language, started_at: NOW },
        ],
        versions: [
          { id: randomUUID(), build_id: first, minor: 0, revision: 0, release_notes: 'first', ...version },
          { id: randomUUID(), build_id: second, minor: 2, revision: 3, ...version },
        ],
      },
    ],
    repositories: { 'algorithms/Hello.bundle': repository.bundle },
    files: [
      ['data/shelf/a b', 'one'],
      ['data/shelf/ünï\n\\', 'two'],
      ['algorithm-data/Hello/perm/state', 'three'],
    ],
  }
}

/** Writes a bundle as the server would. */
export async function writeParts(path: string, parts: BundleParts): Promise<void> {
  await writeBundle(path, async (bundle) => {
    await bundle.addJson('manifest.json', parts.manifest)
    await bundle.addJson('account.json', parts.account)
    await bundle.addJson('keys.json', parts.keys)
    await bundle.addJson('connectors.json', [])
    await bundle.addJson('secrets.json', [])
    await bundle.addJson('collections.json', parts.collections)
    for (const algorithm of parts.algorithms) await bundle.addJson(`algorithms/${algorithm.name}.json`, algorithm)
    for (const [name, content] of Object.entries(parts.repositories)) await bundle.add({ name }, [content])
    for (const [name, content] of parts.files) {
      await bundle.add({ name, modifiedAt: new Date(NOW) }, [Buffer.from(content)])
    }
  })
}

/**
 * A git bundle of one commit, made by git.
 * @param treeOf makes the commit's tree otherwise, by `git mktree`: what it reads, given the id of a blob
 */
export function gitBundle(treeOf: (blob: string) => string = (blob) => `100644 blob ${blob}\tREADME.md\n`): {
  readonly commit: string
  readonly bundle: Buffer
} {
  const folder = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim()
  const git = (args: readonly string[], input = '') =>
    execFileSync('git', ['-C', folder, ...args], { env: GIT_ENV, input, stdio: ['pipe', 'pipe', 'ignore'] })
  const idOf = (args: readonly string[], input?: string) => git(args, input).toString().trim()
  try {
    git(['init', '-q', '--bare', '--initial-branch=master'])
    const blob = idOf(['hash-object', '-w', '--stdin'], 'hello')
    const tree = idOf(['mktree'], treeOf(blob))
    const commit = idOf(['commit-tree', '-m', 'first', tree])
    git(['update-ref', 'refs/heads/master', commit])
    return { commit, bundle: git(['bundle', 'create', '-q', '-', 'master']) }
  } finally {
    execFileSync('rm', ['-rf', folder])
  }
}
