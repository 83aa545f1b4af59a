/** The operators' command: users, keys, organizations, the audit log, with the server running and stopped. */
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { uniqueName } from './lib/accounts.ts'
import * as commands from './lib/algorist.ts'
import type { Json } from './lib/curl.ts'
import { startTarget, type Target } from './lib/server.ts'
import { assertError } from './lib/shape.ts'
import { until } from './lib/until.ts'
import { jsonOf, send } from './lib/wire.ts'

const algorist = (home: string, line: string, input?: string) =>
  commands.algorist(home, line.split(' '), input === undefined ? {} : { input })

async function succeed(home: string, line: string, input?: string): Promise<string> {
  const finished = await algorist(home, line, input)
  assert.equal(finished.code, 0, `algorist ${line}: ${finished.stderr}`)
  return finished.stdout
}

const rowsOf = async (home: string, line: string): Promise<Json[]> => JSON.parse(await succeed(home, `${line} --json`))

describe('with a running server', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'needs its data folder',
}, () => {
  let target: Target
  let home: string
  before(async () => {
    target = await startTarget()
    home = target.home ?? ''
  })
  after(() => target?.close())

  const logIn = (username: string, password: string) =>
    send(target.url, 'POST /v1/session', { json: { username, password } })

  test('a user is made, gets another password, and is deleted, which the server knows at once', async () => {
    const name = uniqueName('op')
    const created = await succeed(home, `user create ${name} ${name}@example.com --fullname Op`)
    const [, made = ''] = /^Password: (\S+)$/m.exec(created) ?? []
    assert.equal((await logIn(name, made)).status, 200)
    await succeed(home, `user reset-password ${name} --password-stdin`, 'a better password\n')
    assert.equal((await logIn(name, made)).status, 401)
    assert.equal((await logIn(name, 'a better password')).status, 200)
    assert.ok((await rowsOf(home, 'user list')).some((user) => user.name === name))
    await succeed(home, `user delete ${name}`)
    assert.equal((await logIn(name, 'a better password')).status, 401)
  })

  test('quotas are set and taken back, which the server knows at once', async () => {
    const name = uniqueName('op')
    await succeed(home, `user create ${name} ${name}@example.com --password-stdin`, 'a good password')
    await succeed(home, `quota set ${name} --calls-per-day 0 --data-bytes 10`)
    const [calls] = await rowsOf(home, `quota show ${name}`)
    assert.deepEqual([calls.limit, calls.value, calls.set_for, calls.used], ['calls_per_day', 0, 'this account', 0])
    const key = (await succeed(home, `key create ${name}`)).trim()
    const shown = () => send(target.url, `GET /v1/users/${name}/quotas`, { key })
    assert.deepEqual(jsonOf(await shown()).limits, { calls_per_day: 0, cpu_seconds_per_day: null, data_bytes: 10 })
    await succeed(home, `quota set ${name} --calls-per-day none`)
    assert.deepEqual(jsonOf(await shown()).limits, { calls_per_day: null, cpu_seconds_per_day: null, data_bytes: 10 })
    for (const wrong of ['--calls-per-day many', '']) {
      assert.equal((await algorist(home, `quota set ${name} ${wrong}`.trim())).code, 2)
    }
  })

  test('roles are granted and revoked', async () => {
    const name = uniqueName('op')
    await succeed(home, `user create ${name} ${name}@example.com --password-stdin`, 'a good password')
    const { user: _, ...before } = jsonOf(await logIn(name, 'a good password'))
    assert.equal(before.is_admin, false)
    await succeed(home, `user grant-admin ${name}`)
    await succeed(home, `user grant-viewer ${name}`)
    const session = jsonOf(await logIn(name, 'a good password'))
    assert.deepEqual([session.is_admin, session.is_viewer], [true, true])
    await succeed(home, `user revoke-admin ${name}`)
    const last = await algorist(home, `user revoke-admin ${target.username}`)
    assert.deepEqual([last.code, last.stdout], [1, ''])
    assert.match(last.stderr, /last administrator/)
  })

  test('keys are made, listed without themselves, rotated and deleted', async () => {
    const key = (await succeed(home, `key create ${target.username} --label ops --type AlgorithmKey`)).trim()
    const statusOf = async (each: string) => (await send(target.url, 'GET /v1/scms', { key: each })).status
    assert.equal(await statusOf(key), 200)
    const list = await succeed(home, `key list ${target.username}`)
    assert.ok(list.includes('ops') && !list.includes(key))
    const { id } = (await rowsOf(home, `key list ${target.username}`)).find(({ label }) => label === 'ops') ?? {}
    const next = (await succeed(home, `key rotate ${target.username} ${id} --overlap 0`)).trim()
    assert.deepEqual([await statusOf(key), await statusOf(next)], [401, 200])
    for (const row of await rowsOf(home, `key list ${target.username}`)) {
      if (row.label === 'ops') await succeed(home, `key delete ${target.username} ${row.id}`)
    }
    assert.equal(await statusOf(next), 401)
  })

  test('organizations are made, filled and deleted', async () => {
    const [org, user] = [uniqueName('org'), uniqueName('op')]
    await succeed(home, `user create ${user} ${user}@example.com`)
    await succeed(home, `org create ${org} ${org}@example.com --label Lab`)
    await succeed(home, `org add ${org} ${user} --role owner`)
    assert.ok((await rowsOf(home, `org members ${org}`)).some(({ name, role }) => name === user && role === 'owner'))
    const key = (await succeed(home, `key create ${org} --org`)).trim()
    assert.equal((await send(target.url, `GET /v1/organizations/${org}`, { key })).status, 200)
    await succeed(home, `org remove ${org} ${user}`)
    await succeed(home, `org delete ${org}`)
    assertError(await send(target.url, 'GET /v1/scms', { key }), { status: 401 })
  })

  test('every change is in the audit log as the operator’s, without passwords', async () => {
    const name = uniqueName('op')
    await succeed(home, `user create ${name} ${name}@example.com --password-stdin`, 'a secret of mine')
    const [entry] = await rowsOf(home, 'audit list --limit 1')
    assert.deepEqual([entry?.action, entry?.login, entry?.account], ['user create', 'operator', 'operator'])
    assert.ok(!(await succeed(home, 'audit list')).includes('a secret of mine'))
  })

  test('what cannot be is said, with code 1 for a refusal and 2 for a wrong line', async () => {
    for (const [line, code, reason] of [
      ['user create', 2, /algorist user create NAME EMAIL/],
      ['user make x', 2, /There is no command user make/],
      ['user list --wrong', 2, /wrong/],
      ['user delete nobody_here', 1, /no such user/],
      ['user create a-b x@example.com', 1, /./],
      [`user create ${target.username} x@example.com`, 1, /taken/],
      ['org add none nobody', 1, /no such organization/],
      ['key create nobody_here', 1, /no such user/],
      ['fly', 2, /There is no command fly/],
    ] as const) {
      const finished = await algorist(home, line)
      assert.equal(finished.code, code, `${line}: ${finished.stderr}`)
      assert.match(finished.stderr, reason, line)
      assert.doesNotMatch(finished.stderr, /\n {4}at /)
    }
  })

  test('the socket is the server’s own', async () => {
    assert.equal((await stat(join(home, 'run', 'admin.sock'))).mode & 0o777, 0o600)
    assert.equal((await stat(join(home, 'run'))).mode & 0o777, 0o700)
  })
})

test('with a stopped server the same commands work on the store; one that starts is waited for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-operator-'))
  await chmod(folder, 0o755)
  const home = join(folder, 'home')
  try {
    const early = await algorist(home, 'user list')
    assert.equal(early.code, 2)
    assert.match(early.stderr, /start the server once/)
    const first = await startTarget({ ALGORIST_HOME: home })
    await first.close()
    const name = uniqueName('op')
    await succeed(home, `user create ${name} ${name}@example.com --password-stdin`, 'a good password')
    const key = (await succeed(home, `key create ${name}`)).trim()
    const starting = startTarget({ ALGORIST_HOME: home })
    try {
      await untilHeld(home)
      assert.ok((await rowsOf(home, 'user list')).some((user) => user.name === name))
      const again = await starting
      assert.equal((await send(again.url, 'GET /v1/scms', { key })).status, 200)
      const login = await send(again.url, 'POST /v1/session', { json: { username: name, password: 'a good password' } })
      assert.equal(login.status, 200)
    } finally {
      await (await starting).close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

/** A server has the data folder; it need not listen yet. */
const untilHeld = (home: string): Promise<void> =>
  until('a server', async () => (await readdir(join(home, 'run'))).includes('server.json'), { everyMs: 10 })
