/** The cookie of a browser session: its name, what it is set with, and how it is read (design.md 7). */

export interface SessionCookie {
  /** A `Set-Cookie` value. */
  set(secret: string, expiresAtMs: number): string
  clear(): string
  /** The secret of a `Cookie` header; undefined when there is none. */
  read(header: string | undefined): string | undefined
}

/**
 * @param url the server's public address; over https the cookie never travels in the open
 * @param name such as `ALGO_SESSION`
 */
export function sessionCookie(url: string, name: string): SessionCookie {
  const rules = `Path=/; HttpOnly; SameSite=Lax${url.startsWith('https:') ? '; Secure' : ''}`
  return {
    set: (secret, expiresAtMs) => `${name}=${secret}; Expires=${new Date(expiresAtMs).toUTCString()}; ${rules}`,
    clear: () => `${name}=; Max-Age=0; ${rules}`,
    read(header) {
      for (const pair of header?.split(';') ?? []) {
        const [key, value] = pair.trim().split('=', 2)
        if (key === name && value) return value
      }
      return undefined
    },
  }
}
