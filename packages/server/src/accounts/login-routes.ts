/** HTTP of signing up, in and out, of passwords, and of invite codes. */
import { ApiError } from '@algorist/contract/errors.ts'
import { createInvite, deleteInvite, listInvites } from '@algorist/contract/operations/admin.ts'
import {
  changePassword,
  getSession,
  logIn,
  logOut,
  requestPasswordReset,
  resetPassword,
  type Session,
  signUp,
} from '@algorist/contract/operations/sessions.ts'
import type { AccountEntry } from '../caller.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import { type App, type Reply, reply, serve } from '../http/serve.ts'
import { sessionCookie } from '../http/session-cookie.ts'
import type { Services } from '../services.ts'
import { readAccount } from './accounts.ts'
import * as login from './login.ts'
import { showUser } from './show-user.ts'
import * as signingUp from './sign-up.ts'

export function loginRoutes(app: App, services: Services): void {
  const cookie = sessionCookie(services.config.url, services.config.sessionCookie)

  async function showSession(account: AccountEntry, url: string, expiresAtMs?: number): Promise<Session> {
    return {
      user: showUser(await readAccount(services, account), url),
      is_admin: account.isAdmin,
      is_viewer: account.isViewer,
      ...(expiresAtMs === undefined ? {} : { expires_at: new Date(expiresAtMs).toISOString() }),
    }
  }

  serve(app, logIn, async ({ body, url, address, origin }): Promise<Reply> => {
    requireSameOrigin(origin, url)
    const { account, secret, expiresAtMs } = await login.logIn(services, { ...body, address })
    const headers = { 'Set-Cookie': cookie.set(secret, expiresAtMs), 'Cache-Control': 'no-store' }
    return reply(200, await showSession(account, url, expiresAtMs), headers)
  })
  serve(app, getSession, ({ caller, url }) => {
    if (caller.kind !== 'key') throw new ApiError('NotAuthorized')
    const session = caller.login === 'session' ? services.sessions.byId(caller.keyId) : undefined
    return showSession(caller.account, url, session?.expiresAtMs)
  })
  serve(app, logOut, async ({ caller }) => {
    await login.logOut(services, caller)
    return reply(204, undefined, { 'Set-Cookie': cookie.clear() })
  })
  serve(app, changePassword, ({ caller, body, address }) =>
    login.changePassword(services, caller, { ...body, address }),
  )
  serve(app, requestPasswordReset, async ({ body, url, address }) => {
    if (!services.mailer.isReady) {
      const way = 'ask an operator, who can set a password with `algorist user reset-password`'
      throw new ApiError('FeatureNotImplemented', `This server sends no mail; ${way}`)
    }
    // Counted as a try in any case: nobody shall fill a mailbox with links. By address alone, or one could block all.
    const attempt = { account: `password-reset from ${address}`, address }
    services.loginGuard.check(attempt)
    services.loginGuard.failed(attempt)
    const reset = await login.startReset(services, body.username)
    if (reset) services.mailer.send(resetMail(reset, url))
  })
  serve(app, resetPassword, ({ params, body }) => login.finishReset(services, params.code ?? '', body.password))
  serve(app, signUp, async ({ body, url, address }) => showUser(await signingUp.signUp(services, body, address), url))
  inviteRoutes(app, services)
}

function inviteRoutes(app: App, services: Services): void {
  serve(app, listInvites, async () =>
    (await signingUp.listInvites(services)).map((row) => ({
      inviteCode: row.code,
      ...(row.signup_credits === null ? {} : { signupCredits: row.signup_credits }),
      ...(row.comments === null ? {} : { comments: row.comments }),
      ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
      createdAt: row.created_at,
      createdBy: row.created_by,
    })),
  )
  serve(app, createInvite, ({ caller, body }) => signingUp.createInvite(services, caller, body))
  serve(app, deleteInvite, ({ params }) => signingUp.removeInvite(services, params.inviteCode ?? ''))
}

function resetMail({ account, code }: { account: AccountEntry; code: string }, url: string) {
  return {
    to: account.email,
    subject: 'A new password',
    text:
      `Somebody, probably you, asked for a new password for ${account.name} at ${url}.\n\n` +
      `Set it within the hour with this link, which works once:\n${url}/password-reset/${code}\n\n` +
      `or with: PUT ${url}/v1/password-resets/${code} {"password":"…"}\n\n` +
      'If it was not you, nothing has to be done.\n',
  }
}
