/** The server that wrong requests go to, and requests that are right but for what a row changes. */
import { type Ground, request, startGround } from '../lib/ground.ts'
import type { Input, Row } from '../lib/rows.ts'
import { exchangeOne, rawRequest, type Script, type WireOptions } from '../lib/wire.ts'

export const LIMIT_BYTES = 10 * 1024 * 1024
export const TOO_LARGE = `The request body is larger than ${LIMIT_BYTES} bytes; put larger inputs into a data:// file`
export const NOT_HTTP = 'The request is not valid HTTP/1.1'

export let ground: Ground

export async function openScene(): Promise<Ground> {
  ground = await startGround()
  return ground
}

export const path = () => `/v1/algo/${ground.probe.owner.username}/Probe`
export const managed = () => ground.probe.shop.url

export const callWith = (contentType: string | undefined) => (body: Input) =>
  request('POST', ground.probe.shop.callUrl, { key: ground.probe.owner.key, contentType, body })

/** Headers of a call of the probe, without those that say how long its body is. */
export function callHeaders(type = 'application/json'): string[] {
  return ['Host: localhost', `Authorization: Simple ${ground.probe.owner.key}`, `Content-Type: ${type}`]
}

export function callRequest(more: readonly string[], body = '', line = `POST ${path()} HTTP/1.1`): string {
  return rawRequest(line, [...callHeaders(), ...more], body)
}

/** A row of the wire: `script` is made when the server is known. */
export function wire(row: Omit<Row, 'send' | 'inputs'> & { script: () => Script; options?: WireOptions }): Row {
  return { ...row, send: () => exchangeOne(ground.target.url, row.script(), row.options) }
}
