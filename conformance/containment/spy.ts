/** An algorithm that makes the requests that it is told to, from inside, and a program that does anything at all. */
import { type Account, createAccount } from '../lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from '../lib/algorithms.ts'
import { curl, curlJson, type Json } from '../lib/curl.ts'
import type { Target } from '../lib/server.ts'

const SOURCE = `import http.client
import json
import os
from urllib.parse import urlsplit


def apply(input):
    if "code" in input:
        scope = {}
        exec(input["code"], scope)
        return scope["out"]
    address = urlsplit(os.environ["ALGORITHMIA_API"])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    connection.putrequest(input["method"], input["path"])
    body = input.get("body", "").encode()
    headers = input.get("headers", []) + ([["Content-Length", str(len(body))]] if body else [])
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders(body or None)
    reply = connection.getresponse()
    return {"status": reply.status, "text": reply.read().decode("utf-8", "replace")}
`

export interface InsideRequest {
  readonly method: string
  readonly path: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string
}

export interface InsideReply {
  readonly status: number
  readonly text: string
}

export interface Spy {
  readonly owner: Account
  readonly shop: Workshop
  /** Makes a request from inside a call by `key`, the owner's when left out. */
  request(request: InsideRequest, key?: string): Promise<InsideReply>
  /** Runs Python in a call; answers its `out`. */
  run(code: string): Promise<Json>
}

/** Where a version that was published for its owner alone is called. */
export const privateUrl = ({ callUrl }: Workshop) => `${callUrl}/latestPrivate`

export async function installSpy(target: Target): Promise<Spy> {
  const owner = await createAccount(target, 'spy')
  const { shop } = await createAlgorithm(target, owner, { name: 'Spy', language: 'python3' })
  await pushGreen(shop, { 'src/Spy.py': SOURCE, 'requirements.txt': '' })
  await publish(shop, { settings: { algorithm_callability: 'private' } })
  const call = async (json: unknown, key = owner.key): Promise<Json> => {
    const { result, error } = await curlJson('POST', privateUrl(shop), { key, json })
    if (error !== undefined) throw new Error(error.message)
    return result
  }
  return { owner, shop, request: (request, key) => call(request, key), run: (code) => call({ code }) }
}

export interface Victim {
  readonly account: Account
  readonly shop: Workshop
  readonly commit: string
  readonly buildId: string
}

export const SECRET = 'SECRET-OF-THE-VICTIM'

/** A closed-source, private algorithm that answers its input. */
export async function installVictim(target: Target): Promise<Victim> {
  const account = await createAccount(target, 'victim')
  const { shop } = await createAlgorithm(target, account, { name: 'Secret', language: 'python3' })
  const source = `# ${SECRET}\ndef apply(input):\n    return input\n`
  const commit = await pushGreen(shop, { 'src/Secret.py': source, 'requirements.txt': '' })
  await publish(shop, { settings: { algorithm_callability: 'private' } })
  const { results } = await curlJson('GET', `${shop.url}/builds`, { key: account.key })
  const called = await curl('POST', privateUrl(shop), {
    key: account.key,
    body: '"x"',
    contentType: 'application/json',
  })
  if (called.status !== 200) throw new Error(`The victim does not answer: ${called.text}`)
  return { account, shop, commit, buildId: results[0].build_id }
}
