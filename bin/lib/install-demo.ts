/**
 * Installs the demo algorithms as any author would: accounts, `POST /v1/algorithms/OWNER`, git push, build, publish. What
 * is there already is left alone, so it may run at every start; an interrupted run is completed by the next.
 *
 * `node install-demo.ts URL BOOTSTRAP_FILE` does the same from the command line.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type Api, createApi } from './demo/api.ts'
import { type DemoAlgorithm, type DemoVersion, folderOf, readManifest } from './demo/manifest.ts'
import { pushFolder } from './demo/repository.ts'

interface Build {
  readonly build_id: string
  readonly status: 'in-progress' | 'succeeded' | 'failed'
  readonly commit_sha: string
}

interface Page<T> {
  readonly results: readonly T[]
}

interface PublishedVersion {
  readonly version_info: { readonly semantic_version: string }
}

interface Options {
  readonly url: string
  /** Path of the server's bootstrap.json. */
  readonly bootstrapFile: string
  onProgress(line: string): void
}

const BUILD_TIMEOUT_MS = 10 * 60_000
const POLL_MS = 250
const KEY = {
  key_label: 'demo installer',
  key_type: 'ManagementKey',
  permissions: {
    allow_data: false,
    allow_data_write: false,
    allow_algo: false,
    allow_web_algo: false,
    allow_algo_management: true,
    algo_acl: [],
  },
}

/** @throws Error that says which step of which algorithm failed */
export async function installDemo({ url, bootstrapFile, onProgress }: Options): Promise<void> {
  const bootstrap = JSON.parse(readFileSync(bootstrapFile, 'utf8'))
  const reader = createApi(url, bootstrap.api_key)
  const admin = createApi(url, bootstrap.admin_api_key)
  const { algorithms, shared_settings: shared } = readManifest()
  await Promise.all(
    algorithms.map(async (algorithm) => {
      const missing = await missingVersions(reader, algorithm)
      if (missing.length === 0) return
      const author = await authorOf(admin, algorithm.owner)
      await createAlgorithm(author, { ...algorithm, settings: { ...shared, ...algorithm.settings } })
      for (const version of missing) {
        await installVersion(author, algorithm, version)
        onProgress(`Installed ${algorithm.owner}/${algorithm.name} ${version.version}`)
      }
    }),
  )
}

function pathOf({ owner, name }: DemoAlgorithm): string {
  return `/v1/algorithms/${owner}/${name}`
}

async function missingVersions(api: Api, algorithm: DemoAlgorithm): Promise<readonly DemoVersion[]> {
  const path = `${pathOf(algorithm)}/versions?published=true`
  // Hidden from us until its first public version: 403 says as much as 404 here.
  const page = await api.send<Page<PublishedVersion>>('GET', path, { allow: [403, 404] })
  const published = page?.results.map((each) => each.version_info.semantic_version) ?? []
  return algorithm.versions.filter(({ version }) => !published.includes(version))
}

interface Author extends Api {
  readonly username: string
  readonly key: string
}

/** The account of an owner, made when it is missing, with a key of its own that may manage and nothing else. */
async function authorOf(admin: Api, username: string): Promise<Author> {
  const user = { username, email: `${username.toLowerCase()}@algorist.local`, fullname: username }
  await admin.send('POST', '/v1/users', { body: user, allow: [409] })
  const key = await admin.send<{ api_key: string }>('POST', `/v1/users/${username}/keys`, { body: KEY })
  if (key === null) throw new Error(`No key for ${username}`)
  return { ...createApi(admin.url, key.api_key), username, key: key.api_key }
}

async function createAlgorithm(author: Author, algorithm: DemoAlgorithm): Promise<void> {
  if (await author.send('GET', pathOf(algorithm), { allow: [404] })) return
  const { name, details, settings } = algorithm
  await author.send('POST', `/v1/algorithms/${algorithm.owner}`, { body: { name, details, settings } })
}

async function installVersion(author: Author, algorithm: DemoAlgorithm, version: DemoVersion): Promise<void> {
  const url = `${author.url}/git/${algorithm.owner}/${algorithm.name}.git`
  const commitSha = await pushFolder({ ...author, url }, folderOf(version))
  await buildGreen(author, algorithm, commitSha)
  await author.send('POST', `${pathOf(algorithm)}/versions`, {
    body: {
      version_info: { semantic_version: version.version, git_hash: commitSha, sample_input: version.sample_input },
      settings: { algorithm_callability: 'public' },
    },
  })
}

/** A build that failed may have failed for want of a network: it is tried once more. @throws Error with its log */
async function buildGreen(author: Author, algorithm: DemoAlgorithm, commitSha: string): Promise<void> {
  const first = await endOfBuild(author, algorithm, commitSha)
  if (first.status === 'succeeded') return
  await author.send('POST', `${pathOf(algorithm)}/compile`)
  const second = await endOfBuild(author, algorithm, commitSha)
  if (second.status !== 'succeeded') throw new Error(await explain(author, algorithm, second))
}

/** Waits for the newest build of a commit. */
async function endOfBuild(author: Author, algorithm: DemoAlgorithm, commitSha: string): Promise<Build> {
  const giveUpAt = Date.now() + BUILD_TIMEOUT_MS
  while (Date.now() < giveUpAt) {
    const page = await author.send<Page<Build>>('GET', `${pathOf(algorithm)}/builds`)
    const build = page?.results.find((each) => each.commit_sha === commitSha)
    if (build && build.status !== 'in-progress') return build
    await delay(POLL_MS)
  }
  throw new Error(`The build of ${algorithm.owner}/${algorithm.name} takes too long`)
}

async function explain(author: Author, algorithm: DemoAlgorithm, { build_id: id }: Build): Promise<string> {
  const log = await author.send<{ logs: string }>('GET', `${pathOf(algorithm)}/builds/${id}/logs`)
  return `The build of ${algorithm.owner}/${algorithm.name} failed:\n${log?.logs ?? ''}`
}

if (import.meta.main) {
  const [url, bootstrapFile] = process.argv.slice(2)
  if (!url || !bootstrapFile) throw new Error('Usage: install-demo.ts URL BOOTSTRAP_FILE')
  await installDemo({ url, bootstrapFile, onProgress: (line) => process.stdout.write(`${line}\n`) })
}
