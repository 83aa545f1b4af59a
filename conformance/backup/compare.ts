/** Looks at a restored server fact by fact. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Account } from '../lib/accounts.ts'
import { gitOrFail, withClone, workshop } from '../lib/algorithms.ts'
import type { Target } from '../lib/server.ts'
import { send } from '../lib/wire.ts'
import { type Ledger, NOTHING } from './ledger.ts'
import { digestOf } from './writers.ts'

const RESULT_MS = 60_000
const AT_ONCE = 4

export interface Comparison {
  /** Facts that the copy must have one value of. */
  readonly sure: number
  /** What is wrong; none in a good copy. */
  readonly wrong: readonly string[]
}

export async function compare(
  restored: Target,
  owner: Account,
  ledger: Ledger,
  copied: { readonly fromMs: number; readonly toMs: number },
): Promise<Comparison> {
  const wrong: string[] = []
  let sure = 0
  const left = ledger.facts().values()
  const look = async () => {
    for (const fact of left) {
      const allowed = ledger.allowed(fact, copied)
      if (allowed.length === 1 && allowed[0] !== NOTHING) sure++
      const found = await lookUp(restored, owner, fact)
      if (!allowed.includes(found)) wrong.push(`${fact}: ${found} instead of ${allowed.join(' or ')}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, look))
  return { sure, wrong }
}

async function lookUp(restored: Target, owner: Account, fact: string): Promise<string> {
  const [kind = '', name = '', more = ''] = fact.split('/')
  const { username, key } = owner
  if (kind === 'file') return fileOf(`${restored.url}/v1/data/${username}/${name}/${more}`, key)
  if (kind === 'version') {
    const reply = await send(restored.url, `POST /v1/algo/${username}/${name}/${more}`, { key, json: 'x' })
    const { result, error } = reply.json()
    return reply.status === 200 && error === undefined ? result : reply.status === 404 ? NOTHING : reply.text
  }
  if (kind === 'algorithm') {
    const reply = await send(restored.url, `GET /v1/algorithms/${username}/${name}`, { key })
    if (reply.status === 404) return NOTHING
    return reply.status === 200 ? repositoryOf(restored, owner, name).then(() => 'there') : reply.text
  }
  if (kind === 'head') return repositoryOf(restored, owner, name)
  if (kind === 'key') {
    const { status } = await send(restored.url, 'GET /v1/scms', { key: name })
    return status === 200 ? 'works' : status === 401 ? NOTHING : `${status}`
  }
  return callOf(restored, key, name)
}

async function fileOf(url: string, key: string): Promise<string> {
  const reply = await fetch(url, { headers: { Authorization: `Simple ${key}` } })
  const bytes = new Uint8Array(await reply.arrayBuffer())
  if (reply.status === 404) return NOTHING
  return reply.status === 200 ? digestOf(bytes) : `${reply.status}`
}

/** The head, after git has looked through all objects. */
async function repositoryOf(restored: Target, owner: Account, name: string): Promise<string> {
  return withClone(workshop(restored, owner, name), async (folder) => {
    await gitOrFail(folder, 'fsck', '--full', '--strict')
    return (await gitOrFail(folder, 'rev-parse', 'origin/master')).stdout.toString().trim()
  })
}

/** Accepted is accepted: it runs on the restored server if it had not begun, and has failed there if it had not ended. */
async function callOf(restored: Target, key: string, requestId: string): Promise<string> {
  for (const giveUpAt = Date.now() + RESULT_MS; ; await delay(100)) {
    const reply = await send(restored.url, `GET /v1/calls/${requestId}`, { key })
    if (reply.status === 404) return NOTHING
    const { status } = reply.json()
    if (status === 'succeeded' || status === 'failed') return 'known'
    if (!['queued', 'running'].includes(status) || Date.now() > giveUpAt) return reply.text
  }
}
