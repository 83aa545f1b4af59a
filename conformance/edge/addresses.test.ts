/**
 * Addresses that callers give the server to connect to: connectors, event listeners, source hosts, registries. None may
 * lead it to itself, its machine or its network (design.md 7). Where an operation is not served yet this shows that
 * nothing is sent; the function that sends is tested beside its code (packages/server/src/http/egress.test.ts).
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, createAccount } from '../lib/accounts.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { send } from '../lib/wire.ts'

let target: Target
let owner: Account
let inside: Server
let port: number
const visits: string[] = []

before(async () => {
  target = await startTarget()
  owner = await createAccount(target, 'owner')
  inside = createServer((request, response) => {
    visits.push(`${request.method} ${request.url}`)
    response.end('{}')
  })
  inside.listen(0, '127.0.0.1')
  await once(inside, 'listening')
  port = (inside.address() as AddressInfo).port
})
after(async () => {
  inside?.close()
  await target?.close()
})

const hosts = ['127.0.0.1', 'localhost', '127.1', '2130706433', '0x7f000001', '[::ffff:127.0.0.1]', '0.0.0.0']

/** Bodies with the address in each member that could hold one. */
const operations = (address: string): readonly (readonly [line: string, json: object])[] => [
  [`POST /v1/users/${owner.username}/connectors`, { name: 'c', type: 's3', endpoint: address, url: address }],
  [`POST /v1/users/${owner.username}/event-listeners`, { sourceType: 'AmazonSQS', sourceURI: address, url: address }],
  ['POST /v1/admin/scms', { provider: 'github', name: 's', api_url: address, web_url: address, url: address }],
  ['POST /v1/admin/secret-provider', { name: 'p', url: address, address }],
  ['POST /v1/registries', { name: 'r', url: address, registry_url: address }],
  ['POST /v1/admin/insights-connection', { broker_url: address, url: address }],
  ['POST /v1/organizations', { org_name: 'o', org_label: 'o', org_url: address, org_email: 'o@example.com' }],
]

test('no address inside is ever visited', async () => {
  for (const host of hosts) {
    for (const [line, json] of operations(`http://${host}:${port}/inside`)) {
      for (const key of [owner.key, target.adminKey]) {
        const reply = await send(target.url, line, { key, json })
        assert.ok(reply.status < 500 || reply.status === 501, `${line} ${reply.status} ${reply.text}`)
        assert.notEqual(reply.status, 404, line)
      }
    }
  }
  await delay(500)
  assert.deepEqual(visits, [])
})
