import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { type ConnectorAgents, type ConnectorAgentsOptions, createConnectorAgents } from './egress-agents.ts'
import { createEgressGate, EgressError, type EgressGateOptions } from './egress-gate.ts'
import { ALLOWED, SECRET, startTwoServers, type TwoServers } from './testing/two-servers.ts'

let servers: TwoServers
let opened: ConnectorAgents[] = []

before(async () => {
  servers = await startTwoServers()
})

beforeEach(() => {
  servers.answer = (_request, response) => response.end('hello')
})

after(() => {
  for (const agents of opened) agents.close()
  servers.close()
})

const NAMES: { readonly [name: string]: readonly string[] } = { 'good.test': [ALLOWED], 'secret.test': [SECRET] }

function agentsWith(options: ConnectorAgentsOptions & Partial<EgressGateOptions> = {}): ConnectorAgents {
  const { resolve = async (name) => NAMES[name] ?? [], allow = createAddressSet([ALLOWED]), ...limits } = options
  const agents = createConnectorAgents(createEgressGate({ allow, resolve }), limits)
  opened = [...opened, agents]
  return agents
}

/** Resolves with the body. */
async function ask(agents: ConnectorAgents, host: string): Promise<string> {
  const request = get(`http://${host}:${servers.port}/`, { agent: agents.http })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  request.on('error', (error) => response.destroy(error))
  return (await response.toArray()).join('')
}

function isProblem(problem: string, message = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof EgressError, String(error))
    assert.equal(error.problem, problem)
    assert.match(error.message, message)
    return true
  }
}

test('one connection serves request after request', async () => {
  const agents = agentsWith()
  const before = servers.connections.length
  for (let count = 0; count < 5; count++) assert.equal(await ask(agents, 'good.test'), 'hello')
  assert.equal(servers.connections.length, before + 1)
})

test('a connection that nobody uses is ended', async () => {
  const agents = agentsWith({ keptMs: 50 })
  await ask(agents, 'good.test')
  const kept = servers.connections.at(-1)
  assert.ok(kept)
  if (!kept.closed) await once(kept, 'close')
  const before = servers.connections.length
  await ask(agents, 'good.test')
  assert.equal(servers.connections.length, before + 1)
})

test('no more connections than allowed are open to a host, others wait', async () => {
  const agents = agentsWith({ maxSockets: 2 })
  const before = servers.connections.length
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(agents, 'good.test')))
  assert.deepEqual(new Set(answers), new Set(['hello']))
  assert.equal(servers.connections.length, before + 2)
})

test('addresses that are not public are refused, as names and written out', async () => {
  const agents = agentsWith()
  for (const host of ['secret.test', SECRET, '127.0.0.1', '[::1]', '[::ffff:127.0.0.82]', '169.254.169.254']) {
    await assert.rejects(ask(agents, host), isProblem('AddressRefused'))
  }
})

test('a name that turns to a private address is refused as soon as a new connection is needed', async () => {
  let turn = 0
  const agents = agentsWith({ keptMs: 100, resolve: async () => [turn++ === 0 ? ALLOWED : SECRET] })
  assert.equal(await ask(agents, 'rebinding.test'), 'hello')
  assert.equal(await ask(agents, 'rebinding.test'), 'hello', 'by the connection that was checked')
  assert.equal(turn, 1)
  const kept = servers.connections.at(-1)
  assert.ok(kept)
  if (!kept.closed) await once(kept, 'close')
  await assert.rejects(ask(agents, 'rebinding.test'), isProblem('AddressRefused'))
})

test('a connection on which nothing moves is ended, however often it was used before', async () => {
  const agents = agentsWith({ silenceMs: 100, keptMs: 2000 })
  await ask(agents, 'good.test')
  servers.answer = (_request, response) => response.writeHead(200).write('some')
  await assert.rejects(ask(agents, 'good.test'), isProblem('TimedOut', /silent for 100 ms/))
  servers.answer = () => {}
  await assert.rejects(ask(agents, 'good.test'), isProblem('TimedOut', /silent for 100 ms/))
})

test('a connection in use longer than one may be kept stays open', async () => {
  const agents = agentsWith({ silenceMs: 2000, keptMs: 50 })
  await ask(agents, 'good.test')
  servers.answer = async (_request, response) => {
    await delay(200)
    response.end('late')
  }
  assert.equal(await ask(agents, 'good.test'), 'late')
})

test('a connection that does not open is given up', async () => {
  const agents = agentsWith({ connectMs: 50, resolve: () => new Promise<string[]>(() => {}) })
  await assert.rejects(ask(agents, 'good.test'), isProblem('TimedOut', /good\.test within 50 ms/))
})

test('nothing of all this has reached the server that must not be reached', () => {
  assert.deepEqual(servers.secretRequests, [])
})
