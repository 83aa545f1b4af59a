/** A name server of the test on a UDP port: real packets, answers that change from question to question. */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { isIP } from 'node:net'

/** Addresses of a name for the nth question (from 0) of its kind; none means that there is no such name. */
export type Zone = { readonly [name: string]: (nth: number) => readonly string[] }

export interface DnsServer {
  /** Questions so far, as `A name` and `AAAA name`. */
  readonly questions: readonly string[]
  /** Asks this server for the IPv4 and IPv6 addresses of a name. */
  resolve(name: string): Promise<string[]>
  close(): void
}

const HEADER_BYTES = 12
const TYPES: { readonly [number: number]: 'A' | 'AAAA' } = { 1: 'A', 28: 'AAAA' }
const NO_SUCH_NAME = 3

export async function startDnsServer(zone: Zone): Promise<DnsServer> {
  const questions: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (packet: Buffer, from: RemoteInfo) => {
    const { name, type, end } = readQuestion(packet)
    const question = `${type} ${name}`
    const nth = questions.filter((each) => each === question).length
    questions.push(question)
    const addresses = zone[name]?.(nth) ?? []
    const fitting = addresses.filter((address) => (isIP(address) === 4) === (type === 'A'))
    const error = addresses.length === 0 ? NO_SUCH_NAME : 0
    socket.send(writeAnswer(packet.subarray(0, end), fitting, error), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const resolver = new Resolver({ timeout: 2000, tries: 1 })
  resolver.setServers([`127.0.0.1:${socket.address().port}`])
  return {
    questions,
    async resolve(name) {
      const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
      return found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    },
    close: () => socket.close(),
  }
}

function readQuestion(packet: Buffer): { name: string; type: string; end: number } {
  const labels: string[] = []
  let at = HEADER_BYTES
  for (let length = packet.readUInt8(at); length > 0; length = packet.readUInt8(at)) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const type = packet.readUInt16BE(at + 1)
  return { name: labels.join('.').toLowerCase(), type: TYPES[type] ?? String(type), end: at + 5 }
}

function writeAnswer(question: Buffer, addresses: readonly string[], error: number): Buffer {
  const header = Buffer.from(question)
  header.writeUInt16BE(0x8180 | error, 2)
  header.writeUInt16BE(addresses.length, 6)
  header.writeUInt32BE(0, 8)
  return Buffer.concat([header, ...addresses.map(writeRecord)])
}

/** With a lifetime of 0 seconds, as those who change their mind send it. */
function writeRecord(address: string): Buffer {
  const data = addressBytes(address)
  const record = Buffer.alloc(12)
  record.writeUInt16BE(0xc000 | HEADER_BYTES, 0)
  record.writeUInt16BE(data.length === 4 ? 1 : 28, 2)
  record.writeUInt16BE(1, 4)
  record.writeUInt16BE(data.length, 10)
  return Buffer.concat([record, data])
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [left = '', right = ''] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const zeros = Array(8 - groups(left).length - groups(right).length).fill('0')
  const all = address.includes('::') ? [...groups(left), ...zeros, ...groups(right)] : address.split(':')
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}
