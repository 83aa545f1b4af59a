/** Reads from a server, through its API and git, everything that the model has facts about. */
import { setTimeout as delay } from 'node:timers/promises'
import { gitOrFail } from '../lib/algorithms.ts'
import { type Json, send, sendForAll, sendJson } from './api.ts'
import type { Author } from './author.ts'
import { countPendingCalls } from './data-folder.ts'
import { observeData } from './data-requests.ts'
import { FULL, NONE } from './registrar.ts'
import type { Server } from './server.ts'

const SETTLE_TIMEOUT_MS = 60_000

export interface Observer {
  readonly server: Server
  readonly home: string
  readonly authors: readonly Author[]
  /** Path under `/v1/algo/` of an algorithm that is cheap to call with any key. */
  readonly callable: string
}

/**
 * Waits until no call is pending, every head has a build and every build has ended: what a crash has left undone is
 * taken up while the server serves already. @returns violations: what does not come to rest
 */
export async function waitUntilSettled({ server, home, authors }: Observer): Promise<string[]> {
  const giveUpAt = Date.now() + SETTLE_TIMEOUT_MS
  for (;;) {
    const pending = countPendingCalls(home)
    const builds = pending > 0 ? [] : await unfinishedBuilds(server, authors)
    if (pending === 0 && builds.length === 0) return []
    if (Date.now() > giveUpAt) return [`after ${SETTLE_TIMEOUT_MS} ms: ${pending} calls pending`, ...builds]
    await delay(50)
  }
}

async function unfinishedBuilds(server: Server, authors: readonly Author[]): Promise<string[]> {
  // Heads cost a process each, so they are looked at when the rest is done.
  for (const withHeads of [false, true]) {
    const all = await Promise.all(authors.map((author) => observeAuthor(server, author, { withHeads })))
    const unfinished = all.flatMap((facts) => [...facts].flatMap((fact) => unfinishedBuild(fact, facts)))
    if (unfinished.length > 0) return unfinished
  }
  return []
}

function unfinishedBuild([fact, value]: [string, string], facts: ReadonlyMap<string, string>): string[] {
  if (fact.startsWith('build/') && value.startsWith('in-progress')) return [`${fact} is in progress`]
  const isBuilt = !fact.startsWith('head/') || facts.has(`${fact.replace('head/', 'built/')}/${value}`)
  return isBuilt ? [] : [`${fact} has no build of ${value}`]
}

/** The facts that hold; `names` are those that may hold and can't be listed. */
export async function observe(
  { server, authors, callable }: Observer,
  names: readonly string[],
): Promise<Map<string, string>> {
  const [users, organizations, keys, ...theirs] = await Promise.all([
    observeUsers(server),
    observeOrganizations(server, names),
    observeKeys(server, callable, names),
    ...authors.map((author) => observeAuthor(server, author, { withHeads: true })),
    ...authors.map(({ username, key }) => observeData({ url: `${server.url}/v1/data/${username}`, key }, username)),
  ])
  return new Map([...users, ...organizations, ...keys, ...theirs.flatMap((facts) => [...facts])])
}

async function observeUsers({ url, admin }: Server): Promise<Map<string, string>> {
  const users = await sendForAll({ method: 'GET', url: `${url}/v1/users`, key: admin.adminKey })
  const guests = users.filter(({ username }) => username.startsWith('guest'))
  return new Map(guests.map(({ username, fullname }) => [`user/${username}`, fullname]))
}

async function observeOrganizations({ url, admin }: Server, names: readonly string[]): Promise<Map<string, string>> {
  const facts = new Map<string, string>()
  for (const fact of names.filter((each) => each.startsWith('organization/'))) {
    const name = fact.slice('organization/'.length)
    const { status, text } = await send({ method: 'GET', url: `${url}/v1/organizations/${name}`, key: admin.adminKey })
    if (status !== 404) facts.set(fact, status === 200 ? JSON.parse(text).org_label : text)
  }
  return facts
}

/** A key is what it can do. */
async function observeKeys({ url }: Server, callable: string, names: readonly string[]): Promise<Map<string, string>> {
  const facts = new Map<string, string>()
  for (const name of names.filter((each) => each.startsWith('key/'))) {
    const { status } = await send({
      method: 'POST',
      url: `${url}/v1/algo/${callable}`,
      key: name.slice('key/'.length),
      body: 'x',
    })
    if (status !== 401) facts.set(name, status === 200 ? FULL : status === 403 ? NONE : `a call answers ${status}`)
  }
  return facts
}

async function observeAuthor(
  server: Server,
  author: Author,
  options: { withHeads: boolean },
): Promise<Map<string, string>> {
  const { username, key } = author
  const base = `${server.url}/v1/algorithms/${username}`
  const rows: Json[] = await sendJson({ method: 'GET', url: `${server.url}/v1/users/${username}/algorithms`, key })
  const facts = new Map<string, string>()
  for (const { algoname: name } of rows) {
    const builds = await sendForAll({ method: 'GET', url: `${base}/${name}/builds`, key })
    for (const { build_id, status, commit_sha } of builds.toReversed()) {
      facts.set(`build/${username}/${name}/${build_id}`, `${status} ${commit_sha}`)
      facts.set(`built/${username}/${name}/${commit_sha}`, status)
    }
    if (!options.withHeads) continue
    const { details } = await sendJson({ method: 'GET', url: `${base}/${name}`, key })
    facts.set(`algorithm/${username}/${name}`, details.tagline ?? '')
    const versions = await sendForAll({ method: 'GET', url: `${base}/${name}/versions?published=true`, key })
    for (const { version_info } of versions) {
      facts.set(`version/${username}/${name}/${version_info.git_hash}`, version_info.semantic_version)
    }
    await observeRefs(server, author, { name, facts })
  }
  return facts
}

async function observeRefs(
  { url }: Server,
  { username, key }: Author,
  { name, facts }: { name: string; facts: Map<string, string> },
): Promise<void> {
  const address = `${url.replace('//', `//${username}:${key}@`)}/git/${username}/${name}.git`
  const { stdout } = await gitOrFail('/', 'ls-remote', '--heads', '--tags', address)
  for (const line of stdout.toString().trimEnd().split('\n')) {
    const [commitSha = '', ref = ''] = line.split('\t')
    const fact = ref === 'refs/heads/master' ? `head/${username}/${name}` : `ref/${username}/${name}/${ref}`
    facts.set(fact, commitSha)
  }
}

/** Calls versions and compares with what their commits answer. @returns the violations */
export async function callVersions(
  { server, authors }: Observer,
  facts: ReadonlyMap<string, string>,
): Promise<string[]> {
  const violations: string[] = []
  for (const [fact, number] of facts) {
    const [, owner, name, commitSha = ''] = fact.split('/')
    const author = authors.find(({ username }) => username === owner)
    const text = author?.textOf(commitSha)
    if (!author || !text) continue
    const url = `${server.url}/v1/algo/${owner}/${name}/${number}`
    const reply = await send({ method: 'POST', url, key: author.key, body: 'x' })
    const isRight = reply.status === 200 && JSON.parse(reply.text).result === text
    if (!isRight) violations.push(`${fact} ${number}: expected "${text}", answered ${reply.status} ${reply.text}`)
  }
  return violations
}
