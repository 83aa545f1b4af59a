/** What the quirks of every client are replayed against: one server with one algorithm, its owner and a stranger. */

import { type Account, uniqueName } from '../lib/accounts.ts'
import { createAlgorithm } from '../lib/algorithms.ts'
import { curlJson } from '../lib/curl.ts'
import { installProbe } from '../lib/probe.ts'
import { startTarget } from '../lib/server.ts'
import { send, type WireOptions, type WireReply } from '../lib/wire.ts'

export interface World {
  readonly url: string
  readonly adminKey: string
  readonly owner: Account
  readonly stranger: Account
  /** `/v1/algo/{owner}/Probe`, public, version 0.1.0. */
  readonly call: string
  /** `/v1/algorithms/{owner}/Probe` */
  readonly algorithm: string
  /** With the owner's key as the whole header, as half of the clients send it. */
  bare(line: string, options?: WireOptions): Promise<WireReply>
  /** With `Simple` before the owner's key, as the other half does. */
  simple(line: string, options?: WireOptions): Promise<WireReply>
  admin(line: string, options?: WireOptions): Promise<WireReply>
  /** A new algorithm from the template; its management path. */
  created(prefix: string): Promise<string>
  /** A new collection of the owner with the file `a.txt`, which holds `x`; the collection's name. */
  shelf(acl?: readonly string[]): Promise<string>
  close(): Promise<void>
}

export async function createWorld(): Promise<World> {
  const target = await startTarget()
  const { owner, stranger } = await installProbe(target)
  const { url, adminKey } = target
  const withKey =
    (authorization: string) =>
    (line: string, options: WireOptions = {}) =>
      send(url, line, { ...options, headers: { Authorization: authorization, ...options.headers } })
  return {
    url,
    adminKey,
    owner,
    stranger,
    call: `/v1/algo/${owner.username}/Probe`,
    algorithm: `/v1/algorithms/${owner.username}/Probe`,
    bare: withKey(owner.key),
    simple: withKey(`Simple ${owner.key}`),
    admin: withKey(adminKey),
    async created(prefix) {
      const { shop } = await createAlgorithm(target, owner, { name: uniqueName(prefix), language: 'python3' })
      return new URL(shop.url).pathname
    },
    async shelf(acl) {
      const name = uniqueName('Shelf')
      const json = acl === undefined ? { name } : { name, acl: { read: acl } }
      const { key } = owner
      await curlJson('POST', `${url}/v1/data/.my`, { key, json })
      await curlJson('PUT', `${url}/v1/data/.my/${name}/a.txt`, { key, body: 'x' })
      return name
    },
    close: target.close,
  }
}

/** The world exists once the suite runs; cases ask for it then. */
export type AskWorld = () => World
