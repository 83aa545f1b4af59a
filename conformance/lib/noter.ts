/** An algorithm that tells of each of its runs by a file and ends when the test says so: for calls that something happens to. */
import { randomUUID } from 'node:crypto'
import { createAccount } from './accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './algorithms.ts'
import { curlJson, type Json } from './curl.ts'
import type { Target } from './server.ts'
import { until } from './until.ts'

/** Says what it is told. A note is told of by a file first, and answered once there is a file of the name in `until`. */
const SOURCE = `import time
import uuid

import Algorithmia

client = Algorithmia.client()


def apply(input):
    if not isinstance(input, dict):
        return input
    client.file("data://%s/%s-%s" % (input["runs"], input["note"], uuid.uuid4().hex)).put("ran")
    while not client.file("data://%s/%s" % (input["runs"], input["until"])).exists():
        time.sleep(0.25)
    return input["note"]
`

/** Of a random id and the hyphen before it. */
const ID_LENGTH = 33

export interface Noter {
  readonly shop: Workshop
  call(input: Json, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Calls it asynchronously. Resolves to the id once it is accepted. */
  accept(input: Json): Promise<string>
  /** An input that is told of under `note` and answered with it after `release(until)`. */
  input(note: string, until: string): Json
  release(until: string): Promise<void>
  /** How often each note that begins like this was told of. */
  runs(prefix: string): Promise<Record<string, number>>
  /** Resolves once one of them was. */
  begun(prefix: string): Promise<void>
  /** The status with which an accepted call has ended. */
  endOf(requestId: string): Promise<string>
}

/** Makes it, with an owner of its own. */
export async function createNoter(target: Target): Promise<Noter> {
  const owner = await createAccount(target, 'noter')
  const { username, key } = owner
  const { shop } = await createAlgorithm(target, owner, { name: 'Noter', language: 'python3' })
  await pushGreen(shop, { 'src/Noter.py': SOURCE, 'requirements.txt': 'algorithmia\n' })
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  await curlJson('POST', `${target.url}/v1/data/${username}`, { key, json: { name: 'runs' } })
  const folder = `${target.url}/v1/data/${username}/runs`

  const call: Noter['call'] = (input, headers = {}) =>
    fetch(shop.callUrl, {
      method: 'POST',
      headers: {
        ...{ Authorization: `Simple ${key}`, 'Content-Type': 'application/json', Connection: 'close' },
        ...headers,
      },
      body: JSON.stringify(input),
    })

  async function runs(prefix: string): Promise<Record<string, number>> {
    const { files = [] } = await curlJson('GET', folder, { key })
    const notes = files.map(({ filename }: Json) => String(filename).slice(0, -ID_LENGTH))
    const counts: Record<string, number> = {}
    for (const note of notes.filter((each: string) => each.startsWith(prefix))) counts[note] = (counts[note] ?? 0) + 1
    return counts
  }

  return {
    shop,
    call,
    runs,
    async accept(input) {
      const reply = await call(input, { Prefer: 'respond-async' })
      if (reply.status !== 202)
        throw new Error(`An asynchronous call was answered ${reply.status}: ${await reply.text()}`)
      return ((await reply.json()) as Json).request_id
    },
    input: (note, until) => ({ note, until, runs: `${username}/runs` }),
    async release(until) {
      const headers = { Authorization: `Simple ${key}`, Connection: 'close' }
      const { status } = await fetch(`${folder}/${until}`, { method: 'PUT', headers, body: randomUUID() })
      if (status !== 200) throw new Error(`${until} was not released: ${status}`)
    },
    begun: (prefix) => until(`a run of ${prefix}`, async () => Object.keys(await runs(prefix)).length > 0),
    async endOf(requestId) {
      let status = ''
      await until(`the end of ${requestId}`, async () => {
        ;({ status } = await curlJson('GET', `${target.url}/v1/calls/${requestId}`, { key }))
        return status !== 'queued' && status !== 'running'
      })
      return status
    },
  }
}
