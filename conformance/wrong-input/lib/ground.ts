/** What every theme starts from: a fresh server under watch and the probe algorithm on it, warm. */
import assert from 'node:assert/strict'
import { curl } from '../../lib/curl.ts'
import { installProbe, type Probe } from '../../lib/probe.ts'
import { startTarget, type Target } from '../../lib/server.ts'
import type { Answer } from './rows.ts'
import { createServerWatch, pickUidBase, type ServerWatch } from './watch.ts'

export interface Ground {
  readonly target: Target
  readonly probe: Probe
  readonly watch: ServerWatch
  normalCall(): Promise<void>
}

export async function startGround(settings: Record<string, string> = {}): Promise<Ground> {
  const uidBase = pickUidBase()
  const isRoot = process.getuid?.() === 0
  const target = await startTarget({ ...(isRoot ? { ALGORIST_UID_BASE: String(uidBase) } : {}), ...settings })
  const probe = await installProbe(target)
  const normalCall = async () => {
    const { status, text } = await curl('POST', `${probe.shop.callUrl}?output=raw`, {
      key: probe.owner.key,
      contentType: 'text/plain',
      body: 'still here',
    })
    assert.deepEqual({ status, text }, { status: 200, text: 'still here' })
  }
  await normalCall()
  return { target, probe, watch: createServerWatch(target, uidBase), normalCall }
}

export interface RequestOptions {
  readonly key?: string | undefined
  readonly contentType?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string | undefined
}

/** One request by fetch, for everything that a well-behaved client can send. The path is sent as it is given. */
export async function request(method: string, url: string, options: RequestOptions = {}): Promise<Answer> {
  const { key, contentType, headers = {}, body } = options
  const reply = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(key === undefined ? {} : { Authorization: `Simple ${key}` }),
      ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  })
  return { status: reply.status, text: await reply.text() }
}
