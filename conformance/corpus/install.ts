/** Puts a repository of the corpus on a server as its author would: an account, what it needs, a push of its files. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Account, createAccount } from '../lib/accounts.ts'
import {
  createAlgorithm,
  gitOrFail,
  headOf,
  logOf,
  publish,
  pushGreen,
  type Workshop,
  waitForBuild,
  withClone,
} from '../lib/algorithms.ts'
import { curl, curlJson, type Json } from '../lib/curl.ts'
import type { Target } from '../lib/server.ts'
import type { Repository, Stub } from './corpus.ts'

const REPOSITORIES = join(import.meta.dirname, 'repositories')

export interface Installed {
  readonly shop: Workshop
  readonly commit: string
  readonly status: 'succeeded' | 'failed'
  readonly log: string
}

/** Resolves when its build has ended, whichever way. */
export async function install(target: Target, repository: Repository): Promise<Installed> {
  const owner = await createAccount(target, 'corpus')
  await createCollections(target, owner, repository)
  for (const stub of repository.stubs ?? []) await installStub(target, owner, stub)
  const { shop, created } = await createAlgorithm(target, owner, repository)
  await setSecrets(target, { owner, id: created.id, secrets: repository.secrets ?? {} })
  const commit = await pushFolder(shop, join(REPOSITORIES, repository.folder))
  const build = await waitForBuild(shop, commit)
  return { shop, commit, status: build.status, log: await logOf(shop, build) }
}

/** The repository's own texts with the name of their owner. */
export function named<T>(value: T, { username }: Pick<Account, 'username'>): T {
  return JSON.parse(JSON.stringify(value ?? null).replaceAll('__USER__', username))
}

/** The vectors that a repository brings, in the form that checks of that time read. */
export async function readVectors(
  { folder }: Repository,
  owner: Account,
): Promise<{ case_name: string; input: unknown; expected_output: unknown }[]> {
  const text = await readFile(join(REPOSITORIES, folder, 'TEST_CASES.json'), 'utf8').catch(() => '[]')
  return named(JSON.parse(text), owner)
}

async function createCollections(target: Target, { username, key }: Account, { data }: Repository): Promise<void> {
  const folder = `${target.url}/v1/data/${username}`
  for (const [name, files] of Object.entries(data ?? {})) {
    await curlJson('POST', folder, { key, json: { name } })
    for (const [file, body] of Object.entries(files)) {
      const { status, text } = await curl('PUT', `${folder}/${name}/${file}`, { key, body })
      if (status !== 200) throw new Error(`PUT ${name}/${file}: ${status} ${text}`)
    }
  }
}

async function installStub(target: Target, owner: Account, { name, version, source, input }: Stub): Promise<void> {
  const { shop } = await createAlgorithm(target, owner, { name, language: 'python3' })
  const files = {
    [`src/${name}.py`]: source.replaceAll('__USER__', owner.username),
    'requirements.txt': 'algorithmia\n',
  }
  await pushGreen(shop, files)
  const settings = { algorithm_callability: 'public' }
  await publish(shop, { settings, version_info: { semantic_version: version } })
  if (input === undefined) return
  const reply = await curlJson('POST', shop.callUrl, { key: owner.key, json: input })
  if (reply.error !== undefined) throw new Error(`${name}: ${JSON.stringify(reply.error)}`)
}

interface Secrets {
  readonly owner: Account
  readonly id: string
  readonly secrets: Readonly<Record<string, string>>
}

async function setSecrets(target: Target, { owner, id, secrets }: Secrets): Promise<void> {
  for (const [name, value] of Object.entries(secrets)) {
    const json = {
      ...{ owner_type: 'algorithm', owner_id: id, description: ' ' },
      ...{ short_name: name, secret_key: name, secret_value: value },
    }
    await curlJson('POST', `${target.url}/v1/algorithms/${id}/secrets`, { key: owner.key, json })
  }
}

/** Replaces everything that the template brought by a folder; answers the commit. */
async function pushFolder(shop: Workshop, folder: string): Promise<string> {
  return withClone(shop, async (work) => {
    for (const name of await readdir(work)) if (name !== '.git') await rm(join(work, name), { recursive: true })
    await copyNamed(folder, work, shop.owner)
    await gitOrFail(work, 'add', '-A', '-f')
    await gitOrFail(work, 'commit', '-q', '-m', 'Adding files')
    const sha = await headOf(work)
    await gitOrFail(work, 'push', '-q')
    return sha
  })
}

async function copyNamed(from: string, to: string, owner: Account): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const source = join(entry.parentPath, entry.name)
    const destination = join(to, source.slice(from.length))
    const bytes = await readFile(source, 'latin1')
    await mkdir(dirname(destination), { recursive: true })
    const { mode } = await stat(source)
    await writeFile(destination, bytes.replaceAll('__USER__', owner.username), { encoding: 'latin1', mode })
  }
}

/** Names of the languages that a server offers: those whose programs its host has. */
export async function offeredLanguages(target: Target): Promise<ReadonlySet<string>> {
  const url = `${target.url}/v1/algorithm-environments/edge/languages`
  const languages: Json[] = await curlJson('GET', url, { key: target.key })
  return new Set(languages.map(({ name }) => name))
}
