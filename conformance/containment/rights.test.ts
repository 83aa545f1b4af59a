/**
 * What a running algorithm may ask of the platform: as much as the call that runs may, and nothing by other means
 * (design.md 5 and 7). Each test asks from inside, over HTTP, as author code does.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createKey, FULL_RIGHTS } from '../lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from '../lib/algorithms.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { type InsideReply, installSpy, installVictim, privateUrl, SECRET, type Spy, type Victim } from './spy.ts'

const JSON_TYPE = ['Content-Type', 'application/json'] as const
const authorization = (key: string) => [['Authorization', `Simple ${key}`]] as const

let target: Target
let spy: Spy
let victim: Victim
let other: Workshop
before(async () => {
  target = await startTarget()
  ;[spy, victim] = [await installSpy(target), await installVictim(target)]
  const { shop } = await createAlgorithm(target, spy.owner, { name: 'Other', language: 'python3' })
  await pushGreen(shop, { 'src/Other.py': 'def apply(input):\n    return "other"\n', 'requirements.txt': '' })
  await publish(shop, { settings: { algorithm_callability: 'private' } })
  other = shop
})
after(() => target?.close())

const pathOf = (url: string) => new URL(url).pathname
const get = (path: string, key?: string) => spy.request({ method: 'GET', path }, key)
const call = (shop: Workshop, key?: string) =>
  spy.request({ method: 'POST', path: pathOf(privateUrl(shop)), headers: [JSON_TYPE], body: '"x"' }, key)

function assertRefused(reply: InsideReply, statuses: readonly number[]): void {
  assert.ok(statuses.includes(reply.status), `${reply.status}: ${reply.text.slice(0, 300)}`)
  assert.ok(!reply.text.includes(SECRET))
}

describe("another owner's things, from inside a call", () => {
  test('a private algorithm is not there, by any of its addresses', async () => {
    const [path, callPath] = [pathOf(victim.shop.url), pathOf(victim.shop.callUrl)]
    for (const rest of [
      '',
      '/builds',
      `/builds/${victim.buildId}`,
      `/builds/${victim.buildId}/logs`,
      '/versions',
      '/log',
    ]) {
      assertRefused(await get(`${path}${rest}`), [401, 403, 404])
    }
    for (const version of ['', '/0.1.0', '/latestPrivate', `/${victim.commit}`]) {
      const request = { method: 'POST', path: `${callPath}${version}`, headers: [JSON_TYPE], body: '"x"' }
      assertRefused(await spy.request(request), [404])
    }
  })

  test('with a full key of the attacker they are not there either', async () => {
    const headers = authorization(spy.owner.key)
    for (const rest of ['', '/builds', `/builds/${victim.buildId}/logs`, '/versions', '/log']) {
      const path = `${pathOf(victim.shop.url)}${rest}`
      assertRefused(await spy.request({ method: 'GET', path, headers }), [403, 404])
    }
  })

  test('the repository cannot be cloned', async () => {
    const path = `${new URL(victim.shop.gitUrl).pathname}/info/refs?service=git-upload-pack`
    assertRefused(await get(path), [401, 403, 404])
    const basic = Buffer.from(`${spy.owner.username}:${spy.owner.key}`).toString('base64')
    const headers = [['Authorization', `Basic ${basic}`]] as const
    assertRefused(await spy.request({ method: 'GET', path, headers }), [401, 403, 404])
  })

  test('keys and accounts of others cannot be listed', async () => {
    for (const path of [
      `/v1/users/${victim.account.username}/keys`,
      '/v1/users',
      `/v1/users/${target.username}/keys`,
    ]) {
      assertRefused(await get(path), [401, 403, 404])
      assertRefused(await spy.request({ method: 'GET', path, headers: authorization(spy.owner.key) }), [401, 403, 404])
    }
  })

  test('data folders of others show nothing and take nothing', async () => {
    for (const prefix of ['/v1/data', '/v1/connector/data']) {
      const folder = `${prefix}/${victim.account.username}`
      const listing = await get(folder)
      assert.ok(listing.status >= 400 || listing.text === '{"folders":[],"files":[]}', listing.text)
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const reply = await spy.request({ method, path: `${folder}/folder/file`, body: method === 'PUT' ? 'x' : '' })
        assert.ok(reply.status >= 400, `${method}: ${reply.status} ${reply.text}`)
      }
    }
  })

  test("a worker's file system has no trace of the server, its data folder or the other artifact", async () => {
    const found = await spy.run(`
import os, subprocess
home = ${JSON.stringify(target.home ?? '/nonexistent')}
out = [os.path.exists(home), subprocess.run(
    ["grep", "-rslF", "--exclude-dir=proc", "--exclude-dir=sys", "--exclude-dir=dev", "SECRET-OF" + "-THE-VICTIM", "/opt", "/tmp", "/home", "/run", "/var", "/etc"],
    capture_output=True, text=True).stdout]`)
    assert.deepEqual(found, [false, ''])
  })
})

describe('rights of the running call', () => {
  test('with full rights the own algorithms can be called', async () => {
    const reply = await call(other)
    assert.equal(reply.status, 200, reply.text)
    assert.equal(JSON.parse(reply.text).result, 'other')
  })

  test('a limited key stays limited in the calls that the algorithm makes', async () => {
    const own = `algo://${spy.owner.username}/Spy`
    const limited = await createKey(target, spy.owner.username, { ...FULL_RIGHTS, algo_acl: [own, `${own}/*`] })
    const refused = await call(other, limited)
    assertRefused(refused, [401, 403, 404])
    // The same worker or another: what was refused to one key is still given to the other.
    assert.equal((await call(other)).status, 200)
    assertRefused(await call(other, limited), [401, 403, 404])
  })

  test('management without a key is refused, whatever the rights of the call', async () => {
    const path = `/v1/algorithms/${spy.owner.username}`
    const body = JSON.stringify({ name: 'Made', details: { label: 'Made' }, settings: { language: 'python3' } })
    assertRefused(await spy.request({ method: 'POST', path, headers: [JSON_TYPE], body }), [401, 403])
    assertRefused(await spy.request({ method: 'DELETE', path: pathOf(other.url) }), [401, 403])
    const put = { method: 'PUT', path: pathOf(other.url), headers: [JSON_TYPE], body: '{"details":{"label":"x"}}' }
    assertRefused(await spy.request(put), [401, 403])
    assertRefused(await get(`/v1/users/${spy.owner.username}/keys`), [401, 403, 404])
    const key = { method: 'POST', path: `/v1/users/${spy.owner.username}/keys`, headers: [JSON_TYPE], body: '{}' }
    assertRefused(await spy.request(key), [401, 403, 404])
    assert.equal((await call(other)).status, 200)
  })

  test('management with an explicit key is the right of that key', async () => {
    const reply = await spy.request({
      method: 'GET',
      path: `${pathOf(other.url)}/builds`,
      headers: authorization(spy.owner.key),
    })
    assert.equal(reply.status, 200, reply.text)
  })

  test('an admin key is refused from inside', async () => {
    for (const path of ['/v1/users', `/v1/users/${spy.owner.username}`, pathOf(other.url)]) {
      assertRefused(await spy.request({ method: 'GET', path, headers: authorization(target.adminKey) }), [403])
    }
    const request = {
      method: 'POST',
      path: pathOf(privateUrl(other)),
      headers: [...authorization(target.adminKey), JSON_TYPE],
      body: '"x"',
    }
    assertRefused(await spy.request(request), [401, 403])
  })

  test('headers that name somebody else change nothing', async () => {
    const forged = [
      ['Cookie', 'session=forged; algorist_session=forged'],
      ['X-Forwarded-For', '127.0.0.1'],
      ['X-Forwarded-User', victim.account.username],
      ['X-Forwarded-Host', 'attack.example'],
      ['X-Forwarded-Proto', 'https'],
      ['Forwarded', 'for=127.0.0.1'],
      ['X-Algorist-Caller', victim.account.username],
      ['X-Request-Id', 'req-00000000-0000-0000-0000-000000000000'],
      ['X-Algorithm-Owner', victim.account.username],
    ] as const
    const own = await spy.request({
      method: 'POST',
      path: pathOf(privateUrl(other)),
      headers: [...forged, JSON_TYPE],
      body: '"x"',
    })
    assert.equal(own.status, 200, own.text)
    const path = pathOf(privateUrl(victim.shop))
    assertRefused(await spy.request({ method: 'POST', path, headers: [...forged, JSON_TYPE], body: '"x"' }), [404])
    assertRefused(await spy.request({ method: 'GET', path: '/v1/users', headers: forged }), [401, 403])
  })

  test('between calls there are no rights at all', async () => {
    await spy.run(`
import os, threading, time, urllib.error, urllib.request
def later():
    time.sleep(0.5)
    request = urllib.request.Request(os.environ["ALGORITHMIA_API"] + ${JSON.stringify(pathOf(privateUrl(other)))}, b'"x"', {"Content-Type": "application/json"})
    try:
        status = urllib.request.urlopen(request, timeout=10).status
    except urllib.error.HTTPError as error:
        status = error.code
    open("/tmp/later", "w").write(str(status))
threading.Thread(target=later).start()
out = 0`)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    assert.equal(await spy.run('out = open("/tmp/later").read()'), '401')
  })
})
