/** Requests for hosted data whose bodies are bytes. */
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { sendJson } from './api.ts'
import { WrongAnswer } from './uptime.ts'

export interface DataAccess {
  /** `{server}/v1/data/{owner}` */
  readonly url: string
  readonly key: string
}

/** All at once, or in parts of which the server does not know how many come. */
export type Body = Buffer | ReadableStream<Uint8Array>

export const MISSING = 'nothing'

const PARTS = 5
const PAUSE_MS = 15
const TIMEOUT_MS = 60_000

export const digestOf = (content: Uint8Array): string =>
  `${content.length} ${createHash('sha1').update(content).digest('hex')}`

/** @param path COLLECTION/FILE, not encoded */
export const fileUrl = ({ url }: DataAccess, path: string): string =>
  `${url}/${path.split('/').map(encodeURIComponent).join('/')}`

/** @throws WrongAnswer when the status is not 200, TypeError when there is no answer */
export async function put(access: DataAccess, path: string, body: Body): Promise<void> {
  const { status, text } = await sendBody(access, path, body, AbortSignal.timeout(TIMEOUT_MS))
  if (status !== 200) throw new WrongAnswer(`put ${path}: ${status} ${text}`)
}

async function sendBody(
  access: DataAccess,
  path: string,
  body: Body,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const headers = { Authorization: `Simple ${access.key}` }
  const reply = await fetch(fileUrl(access, path), { method: 'PUT', headers, body, duplex: 'half', signal })
  return { status: reply.status, text: await reply.text() }
}

/** Hangs up before the last part. @throws WrongAnswer when it is acknowledged all the same */
export async function breakOffPut(access: DataAccess, path: string, content: Buffer): Promise<void> {
  const given = new AbortController()
  const body = trickle(content, () => given.abort())
  const outcome = await sendBody(access, path, body, given.signal).catch(() => null)
  if (outcome?.status === 200) throw new WrongAnswer(`put ${path}: a body without its end was taken`)
}

/** A body in parts with pauses between them. @param beforeLast called instead of sending the last part */
export function trickle(content: Buffer, beforeLast?: () => void): ReadableStream<Uint8Array> {
  const partBytes = Math.ceil(content.length / PARTS)
  let sent = 0
  return new ReadableStream({
    async pull(controller) {
      await delay(PAUSE_MS)
      if (sent === PARTS - 1 && beforeLast) return beforeLast()
      if (sent === PARTS) return controller.close()
      controller.enqueue(content.subarray(sent * partBytes, ++sent * partBytes))
    },
  })
}

/**
 * What a file holds now, as {@link digestOf} tells it, or {@link MISSING}.
 *
 * @throws WrongAnswer for another answer, TypeError when it breaks off
 */
export async function contentOf(access: DataAccess, path: string): Promise<string> {
  const headers = { Authorization: `Simple ${access.key}` }
  const reply = await fetch(fileUrl(access, path), { headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
  const content = new Uint8Array(await reply.arrayBuffer())
  if (reply.status === 200) return digestOf(content)
  if (reply.status === 404) return MISSING
  throw new WrongAnswer(`read ${path}: ${reply.status} ${Buffer.from(content)}`)
}

/** Facts about all collections and files of an owner, every file read to its end. */
export async function observeData(access: DataAccess, owner: string): Promise<Map<string, string>> {
  const facts = new Map<string, string>()
  const look = (path: string) => sendJson({ method: 'GET', url: `${access.url}${path}`, key: access.key })
  for (const { name } of (await look('')).folders) {
    const { acl, files } = await look(`/${name}?acl=true`)
    facts.set(`collection/${owner}/${name}`, String(acl.read))
    for (const { filename, size } of files) {
      const content = await contentOf(access, `${name}/${filename}`).catch((error: Error) => `broken: ${error.message}`)
      const isTold = content.startsWith(`${size} `)
      facts.set(`file/${owner}/${name}/${filename}`, isTold ? content : `${content}, of which the listing says ${size}`)
    }
  }
  return facts
}
