/** What the exchanges with the server are made of, and the scene that they happen in. */
import { uniqueName } from '../../lib/accounts.ts'
import { installProbe, type Probe } from '../../lib/probe.ts'
import type { Target } from '../../lib/server.ts'
import { send, type WireOptions, type WireReply } from '../../lib/wire.ts'

export interface Scene {
  readonly target: Target
  readonly probe: Probe
  readonly user: string
  readonly organization: string
  readonly algorithm: string
  readonly organizationType: { readonly id: string; readonly name: string }
  /** Of what exists or was made; `note` of an exchange adds to it. */
  readonly ids: Record<string, string>
  /** A path below the algorithms of the probe's owner. */
  own(rest: string): string
}

/** A request: who asks, what, with which body, and what must come back. */
export interface Exchange {
  readonly operation: string
  readonly status: number
  readonly line: (scene: Scene) => string
  /** The owner of the probe when left out. */
  readonly as?: 'admin' | 'stranger' | 'nobody'
  readonly json?: (scene: Scene) => unknown
  /** A body that is no JSON. */
  readonly form?: WireOptions
  /** Keeps ids of the reply for later exchanges. */
  readonly note?: (reply: WireReply, scene: Scene) => void
}

type Line = (scene: Scene) => string
type More = Pick<Exchange, 'as' | 'json' | 'form' | 'note'>

/** An exchange of the administrator. */
export const byAdmin = (operation: string, status: number, line: Line, more: More = {}): Exchange => ({
  ...{ operation, status, line, as: 'admin' as const },
  ...more,
})

export async function createScene(target: Target): Promise<Scene> {
  const probe = await installProbe(target)
  const own = (rest: string): string => `/v1/algorithms/${probe.owner.username}${rest}`
  const read = async (line: string) => (await send(target.url, line, { key: probe.owner.key })).json()
  const algorithm = await read(`GET ${own('/Probe')}`)
  const [build] = (await read(`GET ${own('/Probe/builds')}`)).results
  return {
    target,
    probe,
    own,
    user: uniqueName('user'),
    organization: uniqueName('org'),
    algorithm: uniqueName('Algo'),
    organizationType: { id: crypto.randomUUID(), name: uniqueName('type') },
    ids: { algorithm: algorithm.id, build: build.build_id, sha: build.commit_sha },
  }
}

/** Sends the request of an exchange. */
export function ask(scene: Scene, { as, line, json, form }: Exchange): Promise<WireReply> {
  const { target, probe } = scene
  const keys = { admin: target.adminKey, stranger: probe.stranger.key, nobody: undefined, owner: probe.owner.key }
  const key = keys[as ?? 'owner']
  const body: WireOptions = json ? { json: json(scene) } : (form ?? {})
  return send(target.url, line(scene), { ...(key === undefined ? {} : { key }), ...body })
}
