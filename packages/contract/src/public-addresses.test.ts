import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createAddressSet,
  isPublicAddress,
  NOT_PUBLIC_IPV4,
  NOT_PUBLIC_IPV6,
  parseAddressRange,
} from './public-addresses.ts'

const special = {
  'this network': ['0.0.0.0', '0.1.2.3'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  'carrier-grade NAT': ['100.64.0.1', '100.100.100.200', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1'],
  'link-local': ['169.254.169.254', 'fe80::1', 'febf::1', 'fe80::1%eth0', 'fe80::1%1'],
  "clouds' metadata": ['168.63.129.16', '192.0.0.192', 'fd00:ec2::254'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  benchmarking: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  multicast: ['224.0.0.1', '239.255.255.250', 'ff02::1', 'ff0e::1'],
  reserved: ['240.0.0.1', '255.255.255.255', '4000::1', '8000::1', '1000::1'],
  'unspecified IPv6': ['::'],
  'unique-local and site-local': ['fc00::1', 'fd12:3456::1', 'fec0::1'],
  'IPv4 inside IPv6': [
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1', '::ffff:0:10.0.0.1'],
    ...['64:ff9b::7f00:1', '64:ff9b::169.254.169.254', '64:ff9b:1::a00:1'],
    ...['2002:7f00:1::1', '2002:a9fe:a9fe::', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ],
  'no plain literals': [
    '',
    'localhost',
    '2130706433',
    '0177.0.0.1',
    '0x7f.1',
    '127.1',
    '[::1]',
    '8.8.8.8 ',
    '08.8.8.8',
  ],
}

for (const [kind, addresses] of Object.entries(special)) {
  test(`${kind}: no public address`, () => {
    assert.deepEqual(addresses.filter(isPublicAddress), [])
  })
}

test('public addresses, those just beside the special ranges among them', () => {
  const addresses = [
    ...['1.0.0.0', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
    ...['128.0.0.0', '169.253.255.255', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0'],
    ...['198.17.255.255', '198.20.0.0', '223.255.255.255', '2000::1', '2001:4860:4860::8888', '2606:4700::1111'],
    ...['2001:200::1', '2003::1', '3ffe::1'],
  ]
  assert.deepEqual(addresses.filter(isPublicAddress), addresses)
})

test('every range of the lists is a CIDR range of its family', () => {
  for (const range of NOT_PUBLIC_IPV4) assert.equal(parseAddressRange(range)?.family, 'ipv4', range)
  for (const range of NOT_PUBLIC_IPV6) assert.equal(parseAddressRange(range)?.family, 'ipv6', range)
})

test('ranges are CIDR ranges or single addresses, nothing else', () => {
  assert.deepEqual(parseAddressRange('10.0.0.0/8'), { address: '10.0.0.0', prefixBits: 8, family: 'ipv4' })
  assert.deepEqual(parseAddressRange('fd00::7'), { address: 'fd00::7', prefixBits: 128, family: 'ipv6' })
  for (const text of [
    '',
    '10.0.0.0/33',
    '::/129',
    '10.0.0/8',
    'localhost',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
  ])
    assert.equal(parseAddressRange(text), undefined, text)
})

test('a set of IPv4 ranges holds no IPv6 address, and the reverse', () => {
  const ipv4 = createAddressSet(['10.0.0.0/8'])
  assert.equal(ipv4.has('10.1.2.3'), true)
  assert.equal(ipv4.has('::ffff:10.1.2.3'), false)
  const ipv6 = createAddressSet(['::/0'])
  assert.equal(ipv6.has('::1'), true)
  assert.equal(ipv6.has('10.1.2.3'), false)
  assert.throws(() => createAddressSet(['ten']), /got "ten"/)
})
