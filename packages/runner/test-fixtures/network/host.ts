/**
 * A host of the test's internet: says its role to whoever connects, to a port or the next, or sends a datagram. The private one answers questions for
 * names on port 53, and `rebind.test` with a public address first and a private one from then on. Ends with its input.
 */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { ADDRESSES } from './internet.ts'

const [, , role = '', port = ''] = process.argv
const [INTERNET, INTERNET_IPV6] = ADDRESSES.internet
const [PRIVATE] = ADDRESSES.private
let rebinds = 0

/** Addresses of a name, by type of the question: 1 is IPv4, 28 IPv6. */
function addressesOf(name: string, type: number): string[] {
  if (name === 'internet.test') return type === 1 ? [INTERNET] : [INTERNET_IPV6]
  if (type !== 1) return []
  if (name === 'private.test' || name === 'mirror.test') return [PRIVATE]
  if (name === 'rebind.test') return [rebinds++ === 0 ? INTERNET : PRIVATE]
  return []
}

/** One question, answered with records that nobody may keep. */
function answer(query: Buffer): Buffer {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const type = query.readUInt16BE(at + 1)
  const addresses = addressesOf(labels.join('.').toLowerCase(), type)
  const header = Buffer.from(query.subarray(0, 12))
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(addresses.length, 6)
  header.writeUInt32BE(0, 8)
  const records = addresses.map((address) => {
    const data = type === 1 ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address)
    const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length])
    return Buffer.concat([record, data])
  })
  return Buffer.concat([header, query.subarray(12, at + 5), ...records])
}

function ipv6Bytes(address: string): Buffer {
  const [left = '', right = ''] = address.split('::').map((half) => half)
  const words = (half: string) => (half === '' ? [] : half.split(':').map((word) => Number.parseInt(word, 16)))
  const [first, last] = [words(left), words(right)]
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]))
}

for (const listening of [Number(port), Number(port) + 1]) {
  createServer((socket) => socket.on('error', () => {}).end(role)).listen(listening, '::')
}
const datagrams = createSocket('udp6')
datagrams.on('message', (_, from) => datagrams.send(role, from.port, from.address))
datagrams.bind(Number(port))
if (role === 'private') {
  const names = createSocket('udp4')
  names.on('message', (query, from) => names.send(answer(query), from.port, from.address))
  names.bind(53)
}
if (role === 'server') createServer((socket) => socket.end(role)).listen('\0algorist-network-test')
process.stdin.resume().on('end', () => process.exit())
process.stdout.write('ready\n')
