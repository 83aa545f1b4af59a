/**
 * The platform API from inside an algorithm: whoever speaks on a worker's connection has the rights of the call that runs
 * there at that moment, whatever the connection was opened for and whatever its headers say.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, createAccount } from './lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import type { Json } from './lib/curl.ts'
import { startTarget, type Target } from './lib/server.ts'
import { jsonOf, send } from './lib/wire.ts'

const SOURCE = `import os
import re
import socket
import threading
import time

HOST, PORT = re.match("http://([^:]+):([0-9]+)", os.environ["ALGORITHMIA_API"]).groups()
kept = {}
seen = []


def connect():
    connection = socket.create_connection((HOST, int(PORT)))
    connection.settimeout(10)
    return connection


def head(line, more=""):
    return (line + " HTTP/1.1\\r\\nHost: localhost\\r\\n" + more + "\\r\\n").encode()


def read_reply(stream):
    status = int(stream.readline().split()[1])
    length = 0
    while True:
        name, _, value = stream.readline().decode().partition(":")
        if name.strip() == "":
            return [status, stream.read(length).decode()]
        if name.lower() == "content-length":
            length = int(value)


def ask(connection, *requests):
    connection.sendall(b"".join(requests))
    with connection.makefile("rb") as stream:
        return [read_reply(stream) for _ in requests]


def keep_asking(seconds):
    connection = connect()
    end = time.time() + seconds
    while time.time() < end:
        seen.append([time.time(), ask(connection, head("GET /v1/data"))[0][0]])
        time.sleep(0.02)


def apply(input):
    action = input["do"]
    if action == "open":
        kept["connection"] = connect()
        return ask(kept["connection"], head("GET /v1/data"))
    if action == "reuse":
        return ask(kept["connection"], head("GET /v1/data"))
    if action == "pipeline":
        return ask(connect(), head("GET /v1/data"), head("GET /v1/data"))
    if action == "begin":
        kept["slow"] = connect()
        kept["slow"].sendall(head("POST " + input["path"], "Content-Type: application/json\\r\\nContent-Length: 17\\r\\n") + b'{"do":')
        time.sleep(0.3)
        return "begun"
    if action == "finish":
        return ask(kept["slow"], b'"whoami"  }')
    if action == "background":
        threading.Thread(target=keep_asking, args=[input["seconds"]]).start()
        return time.time()
    if action == "sleep":
        begun = time.time()
        time.sleep(input["seconds"])
        return [begun, time.time()]
    if action == "seen":
        return seen
    if action == "ask":
        return ask(connect(), head(input["line"], input.get("headers", "")))
    if action == "connect":
        connection = connect()
        connection.sendall(head("CONNECT 127.0.0.1:22"))
        return connection.recv(1000).decode()
    return os.getpid()
`

let target: Target
let owner: Account
let stranger: Account
let shop: Workshop
before(async () => {
  target = await startTarget()
  owner = await createAccount(target, 'owner')
  stranger = await createAccount(target, 'stranger')
  shop = (await createAlgorithm(target, owner, { name: 'Relay', language: 'python3' })).shop
  await pushGreen(shop, { 'src/Relay.py': SOURCE, 'requirements.txt': '' })
  await publish(shop, { settings: { algorithm_callability: 'public', network_access: 'isolated' } })
})
after(() => target?.close())

const path = (): string => `/v1/algo/${owner.username}/Relay`
const call = async (json: object, account = stranger): Promise<Json> =>
  jsonOf(await send(target.url, `POST ${path()}`, { key: account.key, json })).result
const firstFolder = ([status, body]: [number, string]): string => {
  assert.equal(status, 200, body)
  return JSON.parse(body).folders[0].name
}

describe('a connection of a worker', () => {
  test('acts as the caller of the running call, also when an earlier call opened it', async () => {
    const [opened] = await call({ do: 'open' })
    assert.equal(firstFolder(opened), stranger.username)
    const [reused] = await call({ do: 'reuse' })
    assert.equal(firstFolder(reused), stranger.username)
    assert.equal(firstFolder((await call({ do: 'open' }, owner))[0]), owner.username)
    assert.equal(firstFolder((await call({ do: 'reuse' }))[0]), stranger.username)
  })

  test('answers pipelined requests, each as the caller', async () => {
    const answers: [number, string][] = await call({ do: 'pipeline' })
    assert.deepEqual(answers.map(firstFolder), [stranger.username, stranger.username])
  })

  test('is nobody between calls', async () => {
    await call({ do: 'background', seconds: 1.2 })
    await delay(400)
    const [begun, ended] = await call({ do: 'sleep', seconds: 0.3 })
    await delay(700)
    const seen: [number, number][] = await call({ do: 'seen' })
    const during = seen.filter(([at]) => at > begun + 0.05 && at < ended - 0.05).map(([, status]) => status)
    const between = seen.filter(([at]) => at < begun - 0.1 || at > ended + 0.1).map(([, status]) => status)
    assert.ok(during.length >= 3 && between.length >= 10, `${during.length} during a call, ${between.length} between`)
    assert.deepEqual([...new Set(during)], [200])
    // The first may still be of the call that started the thread.
    assert.deepEqual([...new Set(between.slice(3))], [401])
  })

  test('does not carry a request that one call began into another', async () => {
    await call({ do: 'begin', path: path() })
    const [[status, body]] = await call({ do: 'finish' })
    assert.equal(status, 401, body)
    assert.match(body, /has ended/)
  })

  const forged = [
    'X-Forwarded-For: 127.0.0.1',
    'X-Forwarded-User: admin',
    'Cookie: session=admin; algorist=admin',
    'X-Request-ID: req-00000000-0000-4000-8000-000000000000',
    'X-Algorist-Caller: admin',
  ].join('\r\n')

  test('is not believed what its headers say', async () => {
    const [answer] = await call({ do: 'ask', line: 'GET /v1/data', headers: `${forged}\r\n` })
    assert.equal(firstFolder(answer), stranger.username)
  })

  const refused: readonly (readonly [line: string, headers: string, statuses: readonly number[]])[] = [
    ['GET /metrics', '', [403]],
    ['GET /metrics', `${forged}\r\n`, [403]],
    ['GET /v1/users', '', [403]],
    ['GET /v1/users/NAME/keys', '', [403]],
    ['POST /v1/users/NAME/keys', 'Content-Length: 0\r\n', [403]],
    ['POST /v1/algorithms/NAME', 'Content-Length: 0\r\n', [403]],
    ['GET /git/NAME/Relay.git/info/refs?service=git-receive-pack', '', [401]],
  ]
  for (const [line, headers, statuses] of refused) {
    test(`has no right to ${line}${headers.includes('Forwarded') ? ' with forged headers' : ''}`, async () => {
      const [[status, body]] = await call({ do: 'ask', line: line.replace('NAME', stranger.username), headers })
      assert.ok(statuses.includes(status), `${status}: ${body}`)
    })
  }

  test('does not become another protocol', async () => {
    const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n'
    const [answer] = await call({ do: 'ask', line: 'GET /v1/data', headers: upgrade })
    assert.equal(firstFolder(answer), stranger.username)
    assert.equal(await call({ do: 'connect' }), '')
  })
})
