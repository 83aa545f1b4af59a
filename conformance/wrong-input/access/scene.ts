/** Who owns what in the theme of access: a public and a hidden algorithm, and keys with one right less each. */
import { type Account, createKey, FULL_RIGHTS, type KeyRights } from '../../lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop, waitForBuild } from '../../lib/algorithms.ts'
import { curlJson } from '../../lib/curl.ts'
import { type Ground, request, startGround } from '../lib/ground.ts'
import type { Answer } from '../lib/rows.ts'

export const FORBIDDEN = { status: 403, code: 2001, message: 'Caller is not authorized to perform the operation' }
/** With the reason, for those who may know it. */
export const REFUSED = { ...FORBIDDEN, message: /^Caller is not authorized to perform the operation: \w/ }
export const NO_CREDENTIALS = { status: 401, code: 2002, message: 'Credentials are missing or not known' }
export const ZEROS = '0'.repeat(40)

export interface Scene {
  readonly ground: Ground
  readonly owner: Account
  readonly stranger: Account
  /** Public as 0.1.0, private as 0.2.0. */
  readonly probe: Workshop
  readonly probeSha: string
  /** Nothing of it is public; private as 0.1.0. */
  readonly hidden: Workshop
  readonly hiddenId: string
  readonly hiddenSha: string
  readonly hiddenBuild: string
  /** Keys of the owner, each with one right less, or with a narrower one. */
  readonly keys: Readonly<Record<KeyName, string>>
}

const KEYS = {
  noCalls: { allow_algo: false },
  emptyAcl: { algo_acl: [] },
  otherAcl: { algo_acl: ['algo://demo/*', 'algo://opencv/SmartThumbnail/*'] },
  noBrowser: { allow_web_algo: false },
  oneHost: { referer_host: 'www.example.com' },
  noManagement: { allow_algo_management: false },
  nothing: {
    allow_data: false,
    allow_data_write: false,
    allow_algo: false,
    allow_web_algo: false,
    allow_algo_management: false,
    algo_acl: [],
  },
} as const satisfies Record<string, Partial<KeyRights & { referer_host: string }>>
export type KeyName = keyof typeof KEYS

export let scene: Scene

export async function openScene(): Promise<Ground> {
  const ground = await startGround()
  const { target, probe } = ground
  const { owner, stranger, shop } = probe
  const { created, shop: hidden } = await createAlgorithm(target, owner, { name: 'Hidden', language: 'python3' })
  const hiddenSha = await pushGreen(hidden, { 'requirements.txt': '', 'README.md': 'private' })
  await publish(hidden)
  const hiddenBuild = await waitForBuild(hidden, hiddenSha)
  // One that is not published yet, so that publishing fails for what the rows say.
  await curlJson('POST', `${hidden.url}/compile`, { key: owner.key, json: {} })
  const probeSha = await pushGreen(shop, { 'README.md': 'second' })
  await publish(shop, { settings: { algorithm_callability: 'private' } })
  const names = Object.keys(KEYS) as KeyName[]
  const made = await Promise.all(
    names.map((name) => createKey(target, owner.username, { ...FULL_RIGHTS, ...KEYS[name] })),
  )
  const keys = Object.fromEntries(names.map((name, index) => [name, made[index]])) as Record<KeyName, string>
  scene = {
    ground,
    owner,
    stranger,
    probe: shop,
    probeSha,
    hidden,
    hiddenId: created.id,
    hiddenSha,
    hiddenBuild: hiddenBuild.build_id,
    keys,
  }
  return ground
}

interface Call {
  readonly key?: string | undefined
  readonly path?: string
  readonly web?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

export function call({ key = scene.owner.key, path = '', web = false, headers = {} }: Call): Promise<Answer> {
  const url = scene.probe.callUrl + path
  return request('POST', web ? url.replace('/v1/algo/', '/v1/web/algo/') : url, {
    key,
    contentType: 'text/plain',
    headers,
    body: 'x',
  })
}

export const probePath = () => `${scene.owner.username}/Probe`
export const hiddenPath = () => `${scene.owner.username}/Hidden`
