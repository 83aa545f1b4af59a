/** The few requests that installing the demo takes, through the public API and nothing else. */

export interface Api {
  readonly url: string
  /** Sends JSON, reads JSON. @throws Error for every status that is not a success and not in `allow` */
  send<T>(method: string, path: string, options?: SendOptions): Promise<T | null>
}

export interface SendOptions {
  readonly body?: unknown
  /** Error statuses that are an answer here: the result is null. */
  readonly allow?: readonly number[]
}

/** `compile` answers when the build has ended. */
const TIMEOUT_MS = 10 * 60_000

/** @param key API key that the requests act with */
export function createApi(url: string, key: string): Api {
  return {
    url,
    async send<T>(method: string, path: string, options: SendOptions = {}): Promise<T | null> {
      const reply = await fetch(url + path, {
        method,
        headers: { Authorization: `Simple ${key}`, 'Content-Type': 'application/json' },
        body: options.body === undefined ? null : JSON.stringify(options.body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const text = await reply.text()
      if (options.allow?.includes(reply.status)) return null
      if (!reply.ok) throw new Error(`${method} ${path} was answered ${reply.status}: ${text}`)
      return text === '' ? null : (JSON.parse(text) as T)
    },
  }
}
