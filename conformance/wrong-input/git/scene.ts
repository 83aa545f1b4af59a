/** The repository that is pushed to, and requests that are git but for what a row changes. */
import { type Account, createKey, FULL_RIGHTS } from '../../lib/accounts.ts'
import { createAlgorithm, pushGreen, type Workshop } from '../../lib/algorithms.ts'
import { curlJson } from '../../lib/curl.ts'
import { createForge, type Forge } from '../lib/forge.ts'
import { type Ground, request, startGround } from '../lib/ground.ts'
import type { Answer } from '../lib/rows.ts'

const PUSH_LIMIT_BYTES = 1 << 20

export let ground: Ground
export let shop: Workshop
export let stranger: Account
export let forge: Forge
export let noManagementKey: string

export async function open(): Promise<Ground> {
  ground = await startGround({ ALGORIST_GIT_PUSH_BYTES: String(PUSH_LIMIT_BYTES) })
  const { target, probe } = ground
  stranger = probe.stranger
  ;({ shop } = await createAlgorithm(target, probe.owner, { name: 'Forge', language: 'python3' }))
  await pushGreen(shop, { 'requirements.txt': '' })
  await curlJson('PUT', probe.shop.url, { key: probe.owner.key, json: { settings: { source_visibility: 'open' } } })
  noManagementKey = await createKey(target, probe.owner.username, { ...FULL_RIGHTS, allow_algo_management: false })
  forge = await createForge(shop)
  const close = ground.target.close
  return { ...ground, target: { ...target, close: () => forge.close().then(close) } }
}

export const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
export const owner = () => basic(shop.owner.username, shop.owner.key)

/** The address of the repository of `Forge`, or of another algorithm of the same owner. */
export const repository = (name = 'Forge') => `${ground.target.url}/git/${shop.owner.username}/${name}.git`

export function ask(authorization: string, service: string, name?: string): Promise<Answer> {
  const headers: Record<string, string> = authorization === '' ? {} : { Authorization: authorization }
  return request('GET', `${repository(name)}/info/refs?service=${service}`, { headers })
}

export const post = (service: string, body: Buffer | string, contentType = `application/x-${service}-request`) =>
  request('POST', `${repository()}/${service}`, { headers: { Authorization: owner() }, contentType, body })
