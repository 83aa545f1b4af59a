import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { hostAddresses, localIPv4, localIPv6, reachesFurtherByIPv6 } from './host-addresses.ts'
import { resolvConf } from './layout.ts'

test('all addresses of all interfaces are among those of the host', async () => {
  const found = await hostAddresses()
  assert.ok(found.includes('127.0.0.1') && found.includes('127.0.0.0/8'))
  for (const { address } of Object.values(networkInterfaces()).flatMap((list = []) => list)) {
    assert.ok(found.includes(address), address)
  }
})

test('the tables of the kernel are read: single addresses, ranges and broadcast, and no routes', () => {
  const trie = `Local:
  +-- 0.0.0.0/0 2 0 2
     |-- 0.0.0.0
        /0 universe UNICAST
     |-- 127.0.0.0
        /8 host LOCAL
     |-- 203.0.113.0
        /24 link UNICAST
        /28 host LOCAL
     |-- 203.0.113.255
        /32 link BROADCAST`
  assert.deepEqual(localIPv4(trie), ['127.0.0.0/8', '203.0.113.0/28', '203.0.113.255'])
  const rest = '00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000004 00000000'
  const routes = [
    `20010db8000000000000000000000002 80 ${rest} 80200001     eth0`,
    `20010db8000100000000000000000000 40 ${rest} 80200001       lo`,
    `20010db8000000000000000000000000 40 ${rest} 00000001     eth0`,
    `00000000000000000000000000000000 00 ${rest} 80200001       lo`,
  ]
  assert.deepEqual(localIPv6(routes.join('\n')), [
    '2001:0db8:0000:0000:0000:0000:0000:0002',
    '2001:0db8:0001:0000:0000:0000:0000:0000/64',
  ])
})

test('IPv6 is given where the host has an address that leads further than its own links', () => {
  assert.equal(reachesFurtherByIPv6(['127.0.0.1', '::1', 'fe80::1', '0000:0000:0000:0000:0000:0000:0000:0001']), false)
  assert.equal(reachesFurtherByIPv6(['fe80::1', '2001:db8::2']), true)
})

test("a sandbox's resolv.conf has one resolver and keeps how the host completes names", () => {
  const hosts = 'nameserver 10.0.0.1\nnameserver fd00::1\n# no\nsearch corp.example\noptions ndots:2\n'
  assert.equal(resolvConf(hosts), 'nameserver 198.51.100.3\nsearch corp.example\noptions ndots:2\n')
  assert.equal(resolvConf('nameserver fd00::1\n'), 'nameserver fd00::3\n')
  assert.equal(resolvConf(''), 'nameserver 198.51.100.3\n')
})
