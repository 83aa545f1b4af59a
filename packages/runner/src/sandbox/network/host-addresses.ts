/**
 * The addresses that this host answers to itself, from the kernel's routing tables: also those of interfaces without a
 * cable and of whole ranges that are routed to it, which a list of interfaces lacks.
 */
import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'

/** RTF_LOCAL in /proc/net/ipv6_route. */
const LOCAL_FLAG = 0x8000_0000

/** Single addresses and CIDR ranges, each once and in a fixed order. */
export async function hostAddresses(): Promise<string[]> {
  const read = (path: string) => readFile(path, 'latin1').catch(() => '')
  const [trie, routes] = await Promise.all([read('/proc/net/fib_trie'), read('/proc/net/ipv6_route')])
  const interfaces = Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address))
  return [...new Set([...localIPv4(trie), ...localIPv6(routes), ...interfaces])].sort()
}

/** Whether the host has an IPv6 address that leads further than its own links. */
export function reachesFurtherByIPv6(addresses: readonly string[]): boolean {
  return addresses.some((address) => address.includes(':') && !/^(?:[0:]*1?(?:\/|$)|fe[89ab]|ff)/i.test(address))
}

/** An address line (`|-- 10.0.0.5`) comes before the lines of its routes (`/32 host LOCAL`). */
export function localIPv4(trie: string): string[] {
  const found: string[] = []
  let address = ''
  for (const line of trie.split('\n')) {
    address = /\|-- ([\d.]+)/.exec(line)?.[1] ?? address
    const prefixBits = /\/(\d+) \S+ (?:LOCAL|BROADCAST)/.exec(line)?.[1]
    if (prefixBits !== undefined) found.push(prefixBits === '32' ? address : `${address}/${prefixBits}`)
  }
  return found
}

/** Destination, prefix length, source, its length, next hop, metric, counters, flags, device; numbers in hexadecimal. */
export function localIPv6(routes: string): string[] {
  const found: string[] = []
  for (const line of routes.split('\n')) {
    const [destination = '', bits = '', , , , , , , flags = ''] = line.trim().split(/\s+/)
    // Transparent proxies route everything to the host in a table of their own; that is no address of the host.
    if ((Number.parseInt(flags, 16) & LOCAL_FLAG) === 0 || bits === '00') continue
    const address = destination.match(/.{4}/g)?.join(':') ?? ''
    found.push(bits === '80' ? address : `${address}/${Number.parseInt(bits, 16)}`)
  }
  return found
}
