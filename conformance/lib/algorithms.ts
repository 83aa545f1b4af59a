/** Making algorithms the way a newcomer does: `POST /v1/algorithms/OWNER`, `git clone`, edit, `git push`, wait, publish. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Account } from './accounts.ts'
import { curlJson, type Json } from './curl.ts'
import { type Finished, run } from './processes.ts'
import type { Target } from './server.ts'
import { untilFound } from './until.ts'

const BUILD_TIMEOUT_MS = 600_000

/** Git reads nothing of this machine and never asks. */
const GIT_ENV = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Newcomer',
  GIT_AUTHOR_EMAIL: 'newcomer@example.com',
  GIT_COMMITTER_NAME: 'Newcomer',
  GIT_COMMITTER_EMAIL: 'newcomer@example.com',
}

/** An algorithm as its owner works on it. */
export interface Workshop {
  readonly owner: Account
  readonly name: string
  /** `{server}/v1/algorithms/{owner}/{name}` */
  readonly url: string
  /** `{server}/v1/algo/{owner}/{name}` */
  readonly callUrl: string
  readonly gitUrl: string
}

export function workshop(target: Target, owner: Account, name: string): Workshop {
  const path = `${owner.username}/${name}`
  const gitUrl = new URL(`/git/${path}.git`, target.url)
  gitUrl.username = owner.username
  gitUrl.password = owner.key
  return {
    owner,
    name,
    url: `${target.url}/v1/algorithms/${path}`,
    callUrl: `${target.url}/v1/algo/${path}`,
    gitUrl: gitUrl.href,
  }
}

export async function createAlgorithm(
  target: Target,
  owner: Account,
  options: { name: string; language: string; network?: 'isolated' | 'full' },
): Promise<{ shop: Workshop; created: Json }> {
  const json = {
    name: options.name,
    details: { label: options.name },
    settings: {
      language: options.language,
      source_visibility: 'closed',
      license: 'apl',
      network_access: options.network ?? 'full',
      pipeline_enabled: true,
    },
  }
  const url = `${target.url}/v1/algorithms/${owner.username}`
  const created = await curlJson('POST', url, { key: owner.key, json, status: 201 })
  return { shop: workshop(target, owner, options.name), created }
}

export function git(folder: string, ...args: string[]): Promise<Finished> {
  return run('git', args, { cwd: folder, env: GIT_ENV })
}

/** Runs git and fails with what it printed. */
export async function gitOrFail(folder: string, ...args: string[]): Promise<Finished> {
  const finished = await git(folder, ...args)
  if (finished.code !== 0) throw new Error(`git ${args[0]} ended with ${finished.code}: ${finished.stderr}`)
  return finished
}

/** Clones into a temporary folder, hands it to `use`, and removes it. */
export async function withClone<T>(shop: Workshop, use: (folder: string) => Promise<T>): Promise<T> {
  const parent = await mkdtemp(join(tmpdir(), 'algorist-clone-'))
  try {
    await gitOrFail(parent, 'clone', '-q', shop.gitUrl, 'work')
    return await use(join(parent, 'work'))
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
}

/** Writes files and commits them; answers the commit. */
export async function commit(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await gitOrFail(folder, 'add', '-A')
  await gitOrFail(folder, 'commit', '-q', '-m', 'change')
  return headOf(folder)
}

export async function headOf(folder: string): Promise<string> {
  return (await gitOrFail(folder, 'rev-parse', 'HEAD')).stdout.toString().trim()
}

/** Waits until the newest build of a commit (or of all) has ended. */
export async function waitForBuild(shop: Workshop, commitSha?: string): Promise<Json> {
  const newest = async (): Promise<Json> => {
    const { results } = await curlJson('GET', `${shop.url}/builds`, { key: shop.owner.key })
    const build = results.find((each: Json) => commitSha === undefined || each.commit_sha === commitSha)
    return build?.status === 'in-progress' ? undefined : build
  }
  return untilFound(`the end of a build of ${shop.url}`, newest, { timeoutMs: BUILD_TIMEOUT_MS, everyMs: 100 })
}

/** The build's log, shown when a build that should succeed does not. */
export async function expectGreen(shop: Workshop, build: Json): Promise<Json> {
  if (build.status === 'succeeded') return build
  throw new Error(`Build ${build.build_id} ${build.status}. Its log:\n${await logOf(shop, build)}`)
}

/** What a build has printed so far. */
export async function logOf({ owner, url }: Pick<Workshop, 'owner' | 'url'>, build: Json): Promise<string> {
  return (await curlJson('GET', `${url}/builds/${build.build_id}/logs`, { key: owner.key })).logs
}

/** Replaces files, pushes, and answers the build when it has ended, whichever way. @param without a path that goes first */
export async function push(shop: Workshop, files: Readonly<Record<string, string>>, without?: string): Promise<Json> {
  return withClone(shop, async (folder) => {
    if (without !== undefined) await rm(join(folder, without), { recursive: true, force: true })
    const sha = await commit(folder, files)
    await gitOrFail(folder, 'push', '-q')
    return waitForBuild(shop, sha)
  })
}

/** Replaces files, pushes, and waits for a green build; answers the commit. */
export async function pushGreen(shop: Workshop, files: Readonly<Record<string, string>>): Promise<string> {
  return (await expectGreen(shop, await push(shop, files))).commit_sha
}

export async function publish(shop: Workshop, json: unknown = {}): Promise<Json> {
  return curlJson('POST', `${shop.url}/versions`, { key: shop.owner.key, json })
}
