/** With real servers on loopback addresses, which stand for the public ones where the test allow-lists them. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { createEgress, type EgressOptions } from './egress.ts'
import { EgressError, type EgressProblem } from './egress-gate.ts'
import { type DnsServer, startDnsServer } from './testing/dns-server.ts'

/** `allowed` may be reached, `secret` is what attackers want; both listen on the same port. */
const ALLOWED = '127.0.0.77'
const SECRET = '127.0.0.78'

let allowed: Server
let secret: Server
let port: number
let dns: DnsServer
let secretRequests = 0
let seen: { method: string; url: string; headers: NodeJS.Dict<string | string[]>; body: string }[] = []
let answer: RequestListener

before(async () => {
  allowed = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
      answer(request, response)
    })
  })
  secret = createServer((_request, response) => {
    secretRequests++
    response.end('the secret')
  })
  allowed.listen(0, ALLOWED)
  await once(allowed, 'listening')
  port = (allowed.address() as AddressInfo).port
  secret.listen(port, SECRET)
  await once(secret, 'listening')
  dns = await startDnsServer({
    'good.test': () => [ALLOWED],
    'other.test': () => [ALLOWED],
    'secret.test': () => [SECRET],
    'mixed.test': () => [ALLOWED, SECRET],
    'metadata.test': () => ['169.254.169.254'],
    'six.test': () => ['fd00:ec2::254'],
    'mapped.test': () => ['::ffff:7f00:4e'],
    'rebinding.test': (nth) => [nth === 0 ? ALLOWED : SECRET],
  })
})

beforeEach(() => {
  seen = []
  answer = (_request, response) => response.end('hello')
})

after(() => {
  for (const server of [allowed, secret]) {
    server.closeAllConnections()
    server.close()
  }
  dns.close()
})

function egress(options: Partial<EgressOptions> = {}) {
  return createEgress({ allow: createAddressSet([ALLOWED]), resolve: dns.resolve, ...options })
}

const at = (host: string, path = '/') => `http://${host}:${port}${path}`

function failsWith(problem: EgressProblem, message = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof EgressError, String(error))
    assert.equal(error.problem, problem, error.message)
    assert.match(error.message, message)
    return true
  }
}

describe('what may be reached', () => {
  test('a name whose address may be reached is, and is told by what name', async () => {
    const reply = await egress().fetch(at('good.test', '/hook?a=1'), { method: 'POST', body: '{}' })
    assert.equal(reply.status, 200)
    assert.equal(await reply.text(), 'hello')
    assert.deepEqual([seen[0]?.method, seen[0]?.url, seen[0]?.body], ['POST', '/hook?a=1', '{}'])
    assert.equal(seen[0]?.headers.host, `good.test:${port}`)
    assert.equal(seen[0]?.headers['content-length'], '2')
  })

  const hosts = [
    ...['127.0.0.1', 'localhost', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0.0.0.0', '[::1]', '[::]'],
    ...['[::ffff:127.0.0.78]', '[::127.0.0.78]', '[64:ff9b::7f00:4e]', '[2002:7f00:4e::1]', '[fe80::1]', '[fc00::1]'],
    ...[
      '10.0.0.1',
      '172.16.0.1',
      '192.168.0.1',
      '100.64.0.1',
      '169.254.169.254',
      '198.18.0.1',
      '224.0.0.1',
      '①②⑦.0.0.1',
    ],
    ...[SECRET, 'LOCALHOST'],
  ]
  for (const host of hosts) {
    test(`${host} is refused by an ordinary server`, async () => {
      const { fetch } = createEgress({ allow: createAddressSet([]) })
      await assert.rejects(fetch(at(host)), failsWith('AddressRefused', /ALGORIST_EGRESS_ALLOW$/))
    })
  }

  for (const name of ['secret.test', 'mixed.test', 'metadata.test', 'six.test', 'mapped.test']) {
    test(`${name} is refused for the address it has, which is not told`, async () => {
      await assert.rejects(egress().fetch(at(name)), (error: EgressError) => {
        failsWith('AddressRefused')(error)
        assert.ok(error.addresses.length > 0)
        for (const address of error.addresses) assert.ok(!error.message.includes(address))
        return true
      })
    })
  }

  test('a name that changes its address is connected to where it was looked at', async () => {
    const before = dns.questions.length
    const reply = await egress().fetch(at('rebinding.test'))
    assert.equal(await reply.text(), 'hello')
    assert.deepEqual(dns.questions.slice(before), ['A rebinding.test', 'AAAA rebinding.test'])
    await assert.rejects(egress().fetch(at('rebinding.test')), failsWith('AddressRefused'))
  })

  test('names that nobody knows', async () => {
    await assert.rejects(egress().fetch(at('nobody.test')), failsWith('NameNotFound', /nobody\.test/))
  })

  const urls = [
    ...[
      'ftp://good.test/',
      'file:///etc/passwd',
      'gopher://good.test/',
      'data:text/plain,x',
      'javascript:1',
      'unix:/x',
    ],
    ...['', '/path', '//good.test/', 'http://', 'http://user@good.test/', 'http://:password@good.test/', 'good.test'],
  ]
  for (const url of urls) {
    test(`'${url}' is no address to go to`, async () => {
      await assert.rejects(egress().fetch(url), failsWith('InvalidUrl'))
    })
  }

  test('line breaks in headers and a Host of its own go nowhere', async () => {
    const broken: Record<string, string>[] = [{ 'X-A': 'b\r\nX-C: d' }, { 'X-A\r\nX-C': 'd' }, { 'X-A': 'b\nHost: c' }]
    for (const headers of broken) {
      await assert.rejects(egress().fetch(at('good.test'), { headers }), TypeError)
    }
    assert.equal(seen.length, 0)
    const headers = {
      Host: 'secret.test',
      'Transfer-Encoding': 'chunked',
      'Content-Length': '9',
      Connection: 'upgrade',
    }
    await egress().fetch(at('good.test'), { headers })
    assert.equal(seen[0]?.headers.host, `good.test:${port}`)
    assert.equal(seen[0]?.headers['transfer-encoding'], undefined)
  })
})

describe('redirects', () => {
  /** The first request is answered with a redirect, the following ones with 200. */
  function redirect(status: number, location: string): void {
    answer = (_request, response) => {
      if (seen.length > 1) return response.end('arrived')
      return response.writeHead(status, { Location: location }).end('moved')
    }
  }

  const refusedTargets: readonly [location: string, problem: EgressProblem][] = [
    ['http://SECRET/', 'AddressRefused'],
    ['http://secret.test:PORT/', 'AddressRefused'],
    ['//secret.test:PORT/', 'AddressRefused'],
    ['http://169.254.169.254/latest/meta-data/', 'AddressRefused'],
    ['http://[::ffff:7f00:4e]:PORT/', 'AddressRefused'],
    ['file:///etc/passwd', 'InvalidUrl'],
    ['ftp://good.test/', 'InvalidUrl'],
    ['http://user:password@good.test:PORT/', 'InvalidUrl'],
    ['http://', 'RedirectRefused'],
  ]
  for (const [location, problem] of refusedTargets) {
    test(`to ${location} is ${problem}`, async () => {
      redirect(302, location.replace('PORT', String(port)).replace('SECRET', `${SECRET}:${port}`))
      await assert.rejects(egress().fetch(at('good.test')), failsWith(problem))
      assert.equal(seen.length, 1)
    })
  }

  test('to a path of the same origin keeps credentials', async () => {
    redirect(307, '/elsewhere')
    const headers = { Authorization: 'Bearer t', 'X-Api-Key': 'k', Cookie: 'a=b', 'Content-Type': 'text/plain' }
    const reply = await egress().fetch(at('good.test'), { method: 'POST', body: 'text', headers })
    assert.equal(await reply.text(), 'arrived')
    const [, second] = seen
    assert.deepEqual([second?.method, second?.url, second?.body], ['POST', '/elsewhere', 'text'])
    assert.equal(second?.headers.authorization, 'Bearer t')
    assert.equal(second?.headers['x-api-key'], 'k')
  })

  test('to another origin drops credentials', async () => {
    redirect(308, at('other.test', '/there'))
    const headers = { Authorization: 'Bearer t', 'X-Api-Key': 'k', Cookie: 'a=b', 'Content-Type': 'text/plain' }
    await egress().fetch(at('good.test'), { method: 'PUT', body: 'text', headers })
    const names = Object.keys(seen[1]?.headers ?? {})
    for (const name of ['authorization', 'x-api-key', 'cookie']) assert.ok(!names.includes(name), name)
    assert.equal(seen[1]?.headers['content-type'], 'text/plain')
    assert.equal(seen[1]?.headers.host, `other.test:${port}`)
  })

  const methods: readonly [status: number, method: 'POST' | 'PUT' | 'HEAD', then: string, body: string][] = [
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'text'],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [307, 'POST', 'POST', 'text'],
    [308, 'PUT', 'PUT', 'text'],
  ]
  for (const [status, method, then, body] of methods) {
    test(`${status} turns ${method} into ${then}`, async () => {
      redirect(status, '/next')
      await egress().fetch(at('good.test'), { method, ...(method === 'HEAD' ? {} : { body: 'text' }) })
      assert.deepEqual([seen[1]?.method, seen[1]?.body], [then, body])
    })
  }

  test('without end are followed five times', async () => {
    answer = (_request, response) => response.writeHead(302, { Location: '/again' }).end()
    await assert.rejects(egress().fetch(at('good.test')), failsWith('TooManyRedirects', /5 times/))
    assert.equal(seen.length, 6)
  })

  test('a name that changes its address between two hops is looked at again', async () => {
    let turn = 0
    const resolve = async () => [turn++ === 0 ? ALLOWED : SECRET]
    redirect(302, '/again')
    await assert.rejects(egress({ resolve }).fetch(at('good.test')), failsWith('AddressRefused'))
  })
})

describe('limits', () => {
  test('a reply that does not come', async () => {
    answer = () => {}
    await assert.rejects(egress({ timeoutMs: 100 }).fetch(at('good.test')), failsWith('TimedOut', /100 ms/))
  })

  test('a body that stops half way', async () => {
    answer = (_request, response) => response.writeHead(200).write('some')
    const reply = await egress({ timeoutMs: 200 }).fetch(at('good.test'))
    await assert.rejects(reply.text(), failsWith('TimedOut'))
  })

  test('a name server that does not answer', async () => {
    const resolve = () => new Promise<string[]>(() => {})
    await assert.rejects(egress({ resolve, timeoutMs: 100 }).fetch(at('good.test')), failsWith('TimedOut'))
  })

  test('a body without end is cut off, and so is the connection', async () => {
    let closed = false
    answer = (request, response) => {
      request.socket.once('close', () => {
        closed = true
      })
      const write = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16 * 1024)));
        response.once('drain', write)
      }
      write()
    }
    const reply = await egress({ maxReplyBytes: 100_000 }).fetch(at('good.test'))
    await assert.rejects(reply.arrayBuffer(), failsWith('TooLarge', /100000 bytes/))
    for (let tries = 0; !closed && tries < 1000; tries++) await delay(20)
    assert.ok(closed)
  })

  test('a packed reply is not unpacked', async () => {
    answer = (_request, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('not gzip at all')
    const reply = await egress().fetch(at('good.test'), { headers: { 'Accept-Encoding': 'gzip' } })
    assert.equal(await reply.text(), 'not gzip at all')
    assert.equal(seen[0]?.headers['accept-encoding'], 'identity')
  })

  test('the caller can stop it, before and while the body comes', async () => {
    answer = () => {}
    const waiting = AbortSignal.timeout(50)
    await assert.rejects(egress().fetch(at('good.test'), { signal: waiting }), { name: 'TimeoutError' })
    answer = (_request, response) => response.writeHead(200).write('some')
    const controller = new AbortController()
    const reply = await egress().fetch(at('good.test'), { signal: controller.signal })
    const reading = reply.text()
    controller.abort(new Error('enough'))
    await assert.rejects(reading, /enough/)
    const done = AbortSignal.abort(new Error('never'))
    await assert.rejects(egress().fetch(at('good.test'), { signal: done }), /never/)
  })
})

describe('replies', () => {
  test('their status, headers and an empty body arrive as they are', async () => {
    answer = (_request, response) => response.writeHead(503, { 'Set-Cookie': ['a=1', 'b=2'], 'X-A': 'b' }).end('no')
    const failed = await egress().fetch(at('good.test'))
    assert.deepEqual([failed.status, failed.headers.get('x-a')], [503, 'b'])
    assert.deepEqual(failed.headers.getSetCookie(), ['a=1', 'b=2'])
    assert.equal(await failed.text(), 'no')
    answer = (_request, response) => response.writeHead(204).end()
    assert.equal((await egress().fetch(at('good.test'))).body, null)
    answer = (_request, response) => response.writeHead(302).end('a redirect to nowhere')
    assert.equal((await egress().fetch(at('good.test'))).status, 302)
  })

  test('what is no HTTP, and a connection that nobody takes', async () => {
    answer = (request) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n')
    await assert.rejects(egress().fetch(at('good.test')), failsWith('ConnectionFailed', /HPE_/))
    answer = (request) =>
      request.socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')
    await assert.rejects(egress().fetch(at('good.test')), failsWith('InvalidReply', /protocol/))
    answer = (request) => request.socket.end('HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n')
    await assert.rejects(egress().fetch(at('good.test')), failsWith('InvalidReply', /999/))
    await assert.rejects(egress().fetch('http://good.test:1/'), failsWith('ConnectionFailed', /ECONNREFUSED/))
  })
})

describe('the parts for SDKs', () => {
  test('an agent refuses what is written out as well as what a name leads to', async () => {
    const { httpAgent } = egress()
    const ask = (host: string) =>
      new Promise<string>((resolve, reject) => {
        get(at(host), { agent: httpAgent }, (response) => {
          response.resume()
          resolve(String(response.statusCode))
        }).on('error', reject)
      })
    assert.equal(await ask('good.test'), '200')
    assert.equal(await ask(ALLOWED), '200')
    await assert.rejects(ask('secret.test'), failsWith('AddressRefused'))
    await assert.rejects(ask(SECRET), failsWith('AddressRefused'))
  })

  test('an agent opens no Unix socket', async () => {
    const { httpAgent } = egress()
    const request = get({ socketPath: '/run/docker.sock', path: '/', agent: httpAgent })
    const error = await new Promise((resolve) => request.once('error', resolve).once('response', resolve))
    failsWith('AddressRefused')(error)
  })

  test('lookup answers one address or all of them, of one family or both', async () => {
    const { lookup } = egress()
    const ask = (name: string, options: object) =>
      new Promise((resolve) => lookup(name, options, (error, ...found) => resolve(error ?? found)))
    assert.deepEqual(await ask('good.test', {}), [ALLOWED, 4])
    assert.deepEqual(await ask('good.test', { all: true }), [[{ address: ALLOWED, family: 4 }]])
    assert.deepEqual(await ask('good.test', { family: 4 }), [ALLOWED, 4])
    failsWith('NameNotFound')(await ask('good.test', { family: 6 }))
    failsWith('AddressRefused')(await ask('secret.test', { all: true }))
  })
})

test('nothing of all this has reached the server that must not be reached', () => {
  assert.equal(secretRequests, 0)
})
