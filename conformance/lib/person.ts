/** Somebody who signed in in a browser. */
import { uniqueName } from './accounts.ts'
import type { Target } from './server.ts'
import { jsonOf, send, type WireOptions, type WireReply } from './wire.ts'

export interface Person {
  readonly username: string
  readonly email: string
  /** `NAME=SECRET` of the session. */
  readonly cookie: string
  /** Sends as a page of the server would. */
  send(line: string, options?: WireOptions): Promise<WireReply>
}

export const PASSWORD = 'correct horse battery'

/** Makes a user, by the administrator, and signs it in. @throws AssertionError when the server does not let it in */
export async function createPerson(target: Target): Promise<Person> {
  const username = uniqueName('user')
  const email = `${username}@example.com`
  const json = { username, email, password: PASSWORD }
  jsonOf(await send(target.url, 'POST /v1/users', { key: target.adminKey, json }))
  const login = await send(target.url, 'POST /v1/session', { json: { username, password: PASSWORD } })
  jsonOf(login)
  const cookie = login.header('Set-Cookie')?.split(';')[0] ?? ''
  return {
    username,
    email,
    cookie,
    send: (line, options = {}) =>
      send(target.url, line, { ...options, headers: { Cookie: cookie, Origin: target.url, ...options.headers } }),
  }
}
