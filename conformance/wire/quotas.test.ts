/** What accounts may use: set by administrators, looked at before every call and every file. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Account, createAccount } from '../lib/accounts.ts'
import { covers } from '../lib/covers.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers } from '../lib/shape.ts'
import { jsonOf, send, sendAsAdministrator, type WireReply } from '../lib/wire.ts'

covers('getQuotas', 'setQuotas')

let target: Target
let probe: Probe
before(async () => {
  target = await startTarget()
  probe = await installProbe(target)
})
after(() => target?.close())

const asAdmin = sendAsAdministrator(() => target)
const pathOf = ({ username }: Account) => `/v1/users/${username}/quotas`
const limit = async (account: Account, json: object) => jsonOf(await asAdmin(`PUT ${pathOf(account)}`, { json }))
const call = ({ key }: Account, json: unknown, query = '') =>
  send(target.url, `POST /v1/algo/${probe.owner.username}/Probe${query}`, { key, json })

/** With the time until midnight, UTC. */
function assertUsedUp(reply: WireReply, words: RegExp): void {
  assertError(reply, { status: 429, message: words })
  const seconds = Number(reply.header('Retry-After'))
  const left = 86_400 - ((Date.now() / 1000) % 86_400)
  assert.ok(Math.abs(seconds - left) < 30, `${seconds} s, and ${left} s are left`)
}

describe('quotas', () => {
  test('there is none until it is set, and the account itself sees it', async () => {
    const account = await createAccount(target, 'free')
    const none = { calls_per_day: null, cpu_seconds_per_day: null, data_bytes: null }
    const shown = jsonOf(await send(target.url, `GET ${pathOf(account)}`, { key: account.key }))
    assertMembers(shown, 'username limits own_limits used resets_at')
    assert.deepEqual([shown.limits, shown.own_limits], [none, none])
    const set = await limit(account, { calls_per_day: 7, data_bytes: 100 })
    assert.deepEqual(set.limits, { ...none, calls_per_day: 7, data_bytes: 100 })
    assert.deepEqual((await limit(account, {})).limits, none)
    const own = await send(target.url, `PUT ${pathOf(account)}`, { key: account.key, json: {} })
    assertError(own, { status: 403, code: 2001 })
    for (const calls_per_day of [-1, 1.5, '5', 1e300]) {
      assertError(await asAdmin(`PUT ${pathOf(account)}`, { json: { calls_per_day } }), { status: 400, code: 6001 })
    }
    assertError(await asAdmin('GET /v1/users/nobody_here/quotas'), { status: 404, code: 3000 })
  })

  test('calls beyond the limit of the day are refused until midnight, 32 at a time as one by one', async () => {
    const account = await createAccount(target, 'few')
    await limit(account, { calls_per_day: 5 })
    const replies = await Promise.all(Array.from({ length: 32 }, () => call(account, 1)))
    const refused = replies.filter(({ status }) => status === 429)
    assert.equal(refused.length, 27)
    for (const reply of refused.slice(0, 3)) assertUsedUp(reply, /5 calls a day and has used 5; the next day begins at/)
    assert.equal(jsonOf(await asAdmin(`GET ${pathOf(account)}`)).used.calls_today, 5)
    await limit(account, { calls_per_day: 6 })
    assert.equal(jsonOf(await call(account, 6)).result, 6)
    assertUsedUp(await call(account, 7), /6 calls/)
    await limit(account, {})
    assert.equal(jsonOf(await call(account, 8)).result, 8)
  })

  test('calls that are accepted for later count at once; what is refused does not', async () => {
    const account = await createAccount(target, 'later')
    await limit(account, { calls_per_day: 2 })
    assert.equal((await send(target.url, 'POST /v1/algo/demo/Nothing', { key: account.key, json: 1 })).status, 404)
    assert.equal((await call(account, { do: 'sleep', seconds: 1 }, '?output=void')).status, 200)
    assert.equal((await call(account, { do: 'sleep', seconds: 1 }, '?output=void')).status, 200)
    assertUsedUp(await call(account, 1, '?output=void'), /2 calls/)
    assertUsedUp(await call(account, 1), /2 calls/)
  })

  test('processor time beyond the limit of the day is refused', async (context) => {
    const account = await createAccount(target, 'busy')
    await limit(account, { cpu_seconds_per_day: 0 })
    assertUsedUp(await call(account, 1), /0 seconds of processor time a day/)
    await limit(account, { cpu_seconds_per_day: 1000 })
    jsonOf(await call(account, 1))
    const { cpu_seconds_today } = jsonOf(await asAdmin(`GET ${pathOf(account)}`)).used
    if (cpu_seconds_today === 0) context.diagnostic('this host does not count processor time')
  })

  test('hosted data beyond the limit is refused, and less of it is not', async () => {
    const account = await createAccount(target, 'small')
    await limit(account, { data_bytes: 10 })
    const collection = `/v1/data/${account.username}`
    assert.equal((await send(target.url, `POST ${collection}`, { key: account.key, json: { name: 'c' } })).status, 200)
    const put = (name: string, body: string) =>
      send(target.url, `PUT ${collection}/c/${name}`, { key: account.key, body })
    assert.equal((await put('a', '123456')).status, 200)
    const refused = await put('b', '12345')
    assertError(refused, { status: 413, message: /10 bytes together, and 6 of them are in use/ })
    assert.equal((await put('b', '1234')).status, 200)
    assert.equal(jsonOf(await asAdmin(`GET ${pathOf(account)}`)).used.data_bytes, 10)
  })
})
