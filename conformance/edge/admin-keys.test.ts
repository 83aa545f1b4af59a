/** Where admin keys are not accepted: git, calls, data, from inside a worker, and in the open (design.md 7). */
import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { createAlgorithm, git, pushGreen, workshop } from '../lib/algorithms.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError } from '../lib/shape.ts'
import { jsonOf, send } from '../lib/wire.ts'

/** An address of this machine that is not its loopback: from it, everything is another machine. */
const OUTSIDE = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

const FORGED: readonly Record<string, string>[] = [
  {},
  { Host: 'localhost' },
  { Host: '127.0.0.1' },
  { 'X-Forwarded-For': '127.0.0.1' },
  { 'X-Forwarded-For': '::1', 'X-Real-IP': '127.0.0.1', Via: '1.1 localhost' },
  { 'X-Forwarded-Proto': 'https' },
  { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '127.0.0.1', 'X-Forwarded-Host': 'localhost', Host: 'localhost' },
  { Forwarded: 'for=127.0.0.1;proto=https;host=localhost' },
  { 'X-Forwarded-Ssl': 'on', 'Front-End-Https': 'on', 'X-Url-Scheme': 'https' },
  { 'Client-IP': '127.0.0.1', 'True-Client-IP': '127.0.0.1', 'CF-Connecting-IP': '127.0.0.1' },
]

const IN_THE_OPEN = /^Admin keys are accepted over TLS or from the server itself only/

for (const host of ['0.0.0.0', '::']) {
  const skip = OUTSIDE === undefined ? 'this machine has no address but the loopback' : false
  describe(`plain HTTP on ${host}`, { timeout: 120_000, skip }, () => {
    let target: Target
    let outside: string
    let local: string

    before(async () => {
      target = await startTarget({ ALGORIST_HOST: host })
      const { port } = new URL(target.url)
      outside = `http://${OUTSIDE}:${port}`
      local = `http://127.0.0.1:${port}`
    })
    after(() => target?.close())

    for (const headers of FORGED) {
      test(`from another address, with ${JSON.stringify(headers)}`, async () => {
        for (const line of ['GET /v1/users', 'POST /v1/users', 'GET /v1/scms', 'GET /v1/organizations/x']) {
          assertError(await send(outside, line, { key: target.adminKey, headers, body: '{}' }), {
            status: 403,
            code: 2001,
            message: IN_THE_OPEN,
          })
        }
        assertError(await send(outside, 'GET /metrics', { key: target.adminKey, headers }), { status: 403 })
      })
    }

    test('a standard key may come from there, and an admin key from the loopback', async () => {
      jsonOf(await send(outside, `GET /v1/users/${target.username}/algorithms`, { key: target.key }))
      jsonOf(await send(local, 'GET /v1/users', { key: target.adminKey }))
    })

    test('a proxy on this machine that took it in the open is as bad as none, whatever it claims besides', async () => {
      const open: Record<string, string>[] = [
        { 'X-Forwarded-Proto': 'http' },
        { 'X-Forwarded-For': '198.51.100.7' },
        { 'X-Forwarded-Proto': 'https, http' },
        { Forwarded: 'for=198.51.100.7;proto=http', 'X-Forwarded-Proto': 'https' },
      ]
      for (const headers of open) {
        const reply = await send(local, 'GET /v1/users', { key: target.adminKey, headers })
        assertError(reply, { status: 403, message: IN_THE_OPEN })
      }
      const headers = { 'X-Forwarded-For': '198.51.100.7', 'X-Forwarded-Proto': 'https' }
      jsonOf(await send(local, 'GET /v1/users', { key: target.adminKey, headers }))
    })
  })
}

/** Sends what it is told to the platform, from inside its sandbox. */
const ASKER = `import os
import urllib.error
import urllib.request


def apply(input):
    replies = []
    for method, path, headers in input:
        body = b"{}" if method != "GET" else None
        request = urllib.request.Request(os.environ["ALGORITHMIA_API"] + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request) as reply:
                replies.append([reply.status, reply.read().decode()])
        except urllib.error.HTTPError as error:
            replies.append([error.code, error.read().decode()])
    return replies
`

describe('where admin keys are for nothing', { timeout: 240_000 }, () => {
  let target: Target
  let probe: Probe

  before(async () => {
    target = await startTarget()
    probe = await installProbe(target)
  })
  after(() => target?.close())

  test('git: neither as password nor as name, to read or to write', async () => {
    const shop = workshop(target, probe.owner, 'Probe')
    for (const name of [target.username, probe.owner.username]) {
      const url = new URL(shop.gitUrl)
      url.username = name
      url.password = target.adminKey
      const listed = await git('/', 'ls-remote', url.href)
      assert.notEqual(listed.code, 0)
      assert.match(listed.stderr, /403|401|Authentication failed/)
      const basic = Buffer.from(`${name}:${target.adminKey}`).toString('base64')
      for (const service of ['git-upload-pack', 'git-receive-pack']) {
        const line = `GET /git/${probe.owner.username}/Probe.git/info/refs?service=${service}`
        const reply = await send(target.url, line, { headers: { Authorization: `Basic ${basic}` } })
        assert.ok([401, 403].includes(reply.status), reply.statusLine)
      }
    }
    const basic = Buffer.from(`${target.adminKey}:`).toString('base64')
    const line = `GET /git/${probe.owner.username}/Probe.git/info/refs?service=git-upload-pack`
    assert.equal((await send(target.url, line, { headers: { Authorization: `Basic ${basic}` } })).status, 401)
  })

  test('calls and data: 403, whatever the path', async () => {
    const { username } = probe.owner
    const calls = ['', '/0.1.0', '/latestPrivate'].flatMap((version) => [
      `POST /v1/algo/${username}/Probe${version}`,
      `POST /v1/web/algo/${username}/Probe${version}`,
    ])
    for (const line of calls) {
      assertError(await send(target.url, line, { key: target.adminKey, json: 1 }), { status: 403 })
    }
    for (const path of ['/v1/data/', '/v1/data/.my', `/v1/data/${username}`, '/v1/connector/data/']) {
      for (const method of ['GET', 'HEAD']) {
        const reply = await send(target.url, `${method} ${path}`, { key: target.adminKey })
        assert.equal(reply.status, 403, `${method} ${path}`)
      }
    }
    for (const line of ['PUT /v1/data/.my/a/b', 'POST /v1/data/.my', 'DELETE /v1/data/.my/a']) {
      const reply = await send(target.url, line, { key: target.adminKey, body: '{}' })
      assert.ok([403, 501].includes(reply.status), `${line} ${reply.status}`)
    }
  })

  test('from inside a worker: 403, whatever it says about where it comes from', async () => {
    const { shop } = await createAlgorithm(target, probe.owner, { name: 'Asker', language: 'python3' })
    const sha = await pushGreen(shop, { 'src/Asker.py': ASKER, 'requirements.txt': '' })
    const requests = FORGED.flatMap((headers) =>
      ['GET /v1/users', 'POST /v1/users', 'GET /v1/data/'].map((line) => {
        return [...line.split(' '), { ...headers, Authorization: `Simple ${target.adminKey}` }]
      }),
    )
    const line = `POST /v1/algo/${probe.owner.username}/Asker/${sha}`
    const { result } = jsonOf(await send(target.url, line, { key: probe.owner.key, json: requests }))
    assert.equal(result.length, requests.length)
    for (const [index, [status, text]] of result.entries()) {
      assert.equal(status, 403, `${JSON.stringify(requests[index])} ${text}`)
      assert.match(text, /Admin keys are not accepted from inside an algorithm/)
    }
  })
})
