/** HTTP by the `curl` program, so that what is tested is what a newcomer's terminal gets. */
import { run } from './processes.ts'

export interface CurlReply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  readonly text: string
}

export interface CurlOptions {
  readonly key?: string
  readonly contentType?: string
  readonly body?: Uint8Array | string
  readonly headers?: readonly string[]
}

/** @throws Error when curl itself fails (no connection, broken reply). */
export async function curl(method: string, url: string, options: CurlOptions = {}): Promise<CurlReply> {
  const { key, contentType, body, headers = [] } = options
  const lines = [...headers]
  if (key !== undefined) lines.push(`Authorization: Simple ${key}`)
  if (contentType !== undefined) lines.push(`Content-Type: ${contentType}`)
  const args = ['-sS', '-i', '--path-as-is', '-g', '-X', method, ...lines.flatMap((line) => ['-H', line])]
  if (body !== undefined) args.push('--data-binary', '@-')
  const finished = await run('curl', [...args, url], body === undefined ? {} : { input: body })
  if (finished.code !== 0) throw new Error(`curl ${method} ${url} ended with ${finished.code}: ${finished.stderr}`)
  return parseReply(finished.stdout)
}

/** Sends JSON and reads JSON; the status must be the expected one. */
export async function curlJson(
  method: string,
  url: string,
  options: CurlOptions & { json?: unknown; status?: number } = {},
): Promise<Json> {
  const { json, status = 200, ...rest } = options
  const body = json === undefined ? rest : { ...rest, body: JSON.stringify(json), contentType: 'application/json' }
  const reply = await curl(method, url, body)
  if (reply.status !== status) throw new Error(`${method} ${url}: ${reply.status} instead of ${status}: ${reply.text}`)
  return reply.text === '' ? null : JSON.parse(reply.text)
}

/** A parsed reply, read member by member by tests that know its shape. */
// biome-ignore lint/suspicious/noExplicitAny: replies are looked at as an outside client does, without our types
export type Json = any

function parseReply(bytes: Buffer): CurlReply {
  let rest = bytes
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) throw new Error(`No header in the reply: ${bytes.subarray(0, 200)}`)
    const [statusLine = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n')
    const status = Number(statusLine.split(' ')[1])
    rest = rest.subarray(end + 4)
    // `100 Continue` comes before the reply proper.
    if (status >= 200) return { status, headers: parseHeaders(lines), body: rest, text: rest.toString() }
  }
}

function parseHeaders(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
}
