/**
 * Which IP addresses are the public internet (design.md 5 and 7). The server's own outbound requests and the sandbox's
 * network use this one list: whatever is not public stays out of reach of names and addresses that authors choose.
 * It owns no sockets and resolves no names.
 */
import { BlockList, isIP } from 'node:net'

/** IPv4 ranges that are not public: IANA's special-purpose registry, multicast, reserved and one cloud's platform address. */
export const NOT_PUBLIC_IPV4: readonly string[] = [
  '0.0.0.0/8', // this host, this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT; some clouds' metadata
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // Azure's platform address: public by number, the host by effect
  '169.254.0.0/16', // link-local; most clouds' metadata
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments; some clouds' metadata
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays, withdrawn
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
]

/**
 * IPv6 ranges that are not public: everything outside the global unicast space 2000::/3, and what is special inside it.
 * The first three hold loopback, unique-local, link-local and multicast addresses, and those that carry an IPv4 address:
 * mapped, compatible and NAT64.
 */
export const NOT_PUBLIC_IPV6: readonly string[] = [
  '::/3',
  '4000::/2',
  '8000::/1',
  '2001::/23', // protocol assignments: Teredo, benchmarking, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: carries an IPv4 address
  '3fff::/20', // documentation
]

/** A set of addresses made of CIDR ranges and single addresses. */
export interface AddressSet {
  /** Whether a literal address belongs to the set. Anything else than a plain literal does not. */
  has(address: string): boolean
}

/** Range or single address as written in a list: `10.0.0.0/8`, `fd00::/8`, `192.0.2.7`. */
export interface AddressRange {
  readonly address: string
  readonly prefixBits: number
  readonly family: 'ipv4' | 'ipv6'
}

/** Reads one range or single address; undefined if the text is neither. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [, address = '', bits] = /^([\da-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = familyOf(address)
  if (family === undefined) return undefined
  const maxBits = family === 'ipv4' ? 32 : 128
  const prefixBits = bits === undefined ? maxBits : Number(bits)
  return prefixBits <= maxBits ? { address, prefixBits, family } : undefined
}

/**
 * Makes a set from CIDR ranges and single addresses.
 *
 * @throws TypeError if one of them is neither.
 */
export function createAddressSet(ranges: readonly string[]): AddressSet {
  // One list for each family: a single one would hold IPv4 addresses against IPv6 ranges in their mapped form.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const text of ranges) {
    const range = parseAddressRange(text)
    if (!range) throw new TypeError(`Expected an address or a CIDR range, got "${text}"`)
    lists[range.family].addSubnet(range.address, range.prefixBits, range.family)
  }
  return {
    has(address) {
      const family = familyOf(address)
      return family !== undefined && lists[family].check(address, family)
    },
  }
}

const notPublic = createAddressSet([...NOT_PUBLIC_IPV4, ...NOT_PUBLIC_IPV6])

/** Whether a literal address is on the public internet; false for anything that is not a plain literal. */
export function isPublicAddress(address: string): boolean {
  return familyOf(address) !== undefined && !notPublic.has(address)
}

/** Zones (`fe80::1%eth0`) name an interface of this machine, so such an address is no plain literal. */
function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  if (address.includes('%')) return undefined
  const version = isIP(address)
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6'
}
