/** Clients that write to a server all the time, each in its own way, and tell a ledger. They fail only with the server. */
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, createAccount, createKey, FULL_RIGHTS } from '../lib/accounts.ts'
import { commit, createAlgorithm, expectGreen, gitOrFail, publish, waitForBuild, withClone } from '../lib/algorithms.ts'
import type { Target } from '../lib/server.ts'
import { jsonOf, send } from '../lib/wire.ts'
import { type Ledger, NOTHING } from './ledger.ts'

export interface Writers {
  readonly owner: Account
  /** Lets what has begun come to its end. @throws what a writer failed with */
  stop(): Promise<void>
}

const FILES = 40
/** Of those whose facts are never replaced, since each is looked at. */
const PAUSE_MS = 250
const MAX_FILE_BYTES = 300_000
/** Larger than a part of a backup. */
const LARGE_BYTES = 9 * 1024 * 1024

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export async function startWriters(target: Target, ledger: Ledger): Promise<Writers> {
  const owner = await createAccount(target, 'writer')
  const state = { isStopped: false }
  const writers = [files(target, owner, ledger), collections(target, owner, ledger), author(target, owner, ledger)]
  const more = [birthsAndDeaths(target, owner, ledger), keys(target, owner, ledger), laterCalls(target, owner, ledger)]
  const running = [...writers, ...more].map(async (step) => {
    const work = await step
    while (!state.isStopped) await work()
  })
  for (const each of running) each.catch(() => {})
  return {
    owner,
    async stop() {
      state.isStopped = true
      await Promise.all(running)
    },
  }
}

type Step = () => Promise<void>

async function expect(url: string, init: RequestInit, key: string): Promise<void> {
  const reply = await fetch(url, { ...init, headers: { Authorization: `Simple ${key}`, ...init.headers } })
  const text = await reply.text()
  if (!reply.ok) throw new Error(`${init.method} ${url}: ${reply.status} ${text}`)
}

/** Puts, replaces and deletes files of one collection. */
async function files(target: Target, { username, key }: Account, ledger: Ledger): Promise<Step> {
  const folder = `${target.url}/v1/data/${username}/box`
  await expect(`${target.url}/v1/data/${username}`, { method: 'POST', body: '{"name":"box"}' }, key)
  const there = new Set<number>()
  return async () => {
    const number = randomInt(FILES)
    const isGone = there.has(number) && randomInt(4) === 0
    const content = randomBytes(number === 0 ? LARGE_BYTES : randomInt(MAX_FILE_BYTES))
    const acknowledge = ledger.begin(`file/box/${number}`, isGone ? NOTHING : digestOf(content))
    if (isGone) await expect(`${folder}/${number}`, { method: 'DELETE' }, key)
    else await expect(`${folder}/${number}`, { method: 'PUT', body: content }, key)
    acknowledge()
    if (isGone) there.delete(number)
    else there.add(number)
  }
}

/** Whole collections come and go. */
async function collections(target: Target, { username, key }: Account, ledger: Ledger): Promise<Step> {
  const home = `${target.url}/v1/data/${username}`
  let count = 0
  return async () => {
    const name = `heap${++count % 3}`
    await expect(home, { method: 'POST', body: JSON.stringify({ name }) }, key)
    for (let file = 0; file < 5; file++) {
      const content = randomBytes(1000)
      const acknowledge = ledger.begin(`file/${name}/${file}`, digestOf(content))
      await expect(`${home}/${name}/${file}`, { method: 'PUT', body: content }, key)
      acknowledge()
    }
    const gone = Array.from({ length: 5 }, (_, file) => ledger.begin(`file/${name}/${file}`, NOTHING))
    await expect(`${home}/${name}?force=true`, { method: 'DELETE' }, key)
    for (const acknowledge of gone) acknowledge()
  }
}

const source = (text: string) => `exports.apply = (input, cb) => cb(null, ${JSON.stringify(text)})\n`

/** Pushes, waits for the build, publishes. */
async function author(target: Target, owner: Account, ledger: Ledger): Promise<Step> {
  const { shop } = await createAlgorithm(target, owner, { name: 'Told', language: 'javascript' })
  return () =>
    withClone(shop, async (folder) => {
      const text = randomBytes(8).toString('hex')
      const sha = await commit(folder, { 'src/Told.js': source(text) })
      const acknowledge = ledger.begin('head/Told', sha)
      await gitOrFail(folder, 'push', '-q')
      acknowledge()
      await expectGreen(shop, await waitForBuild(shop, sha))
      const built = await publish(shop, { version_info: { version_type: 'minor' } })
      ledger.note(`version/Told/${built.version_info.semantic_version}`, text)
    })
}

/** Algorithms are created and deleted with their repositories and artifacts. */
async function birthsAndDeaths(target: Target, owner: Account, ledger: Ledger): Promise<Step> {
  let count = 0
  return async () => {
    const name = `Brief${++count}`
    const born = ledger.begin(`algorithm/${name}`, 'there')
    const { shop } = await createAlgorithm(target, owner, { name, language: 'javascript' })
    born()
    await waitForBuild(shop)
    const gone = ledger.begin(`algorithm/${name}`, NOTHING)
    await expect(shop.url, { method: 'DELETE' }, owner.key)
    gone()
  }
}

/** Keys that may call, one after the other. */
async function keys(target: Target, { username }: Account, ledger: Ledger): Promise<Step> {
  return async () => {
    ledger.note(`key/${await createKey(target, username, FULL_RIGHTS)}`, 'works')
    await delay(PAUSE_MS)
  }
}

/** Calls that are accepted now and run later. */
async function laterCalls(target: Target, owner: Account, ledger: Ledger): Promise<Step> {
  const { shop } = await createAlgorithm(target, owner, { name: 'Later', language: 'javascript' })
  const { commit_sha: sha } = await expectGreen(shop, await waitForBuild(shop))
  return async () => {
    const headers = { Prefer: 'respond-async' }
    const options = { key: owner.key, headers, json: randomBytes(4).toString('hex') }
    const reply = await send(target.url, `POST /v1/algo/${owner.username}/Later/${sha}`, options)
    ledger.note(`call/${jsonOf(reply, 202).request_id}`, 'known')
    await delay(PAUSE_MS)
  }
}
