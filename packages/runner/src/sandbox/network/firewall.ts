/**
 * The rules of a contained network, as text for nft(8): the public internet and what is allowed besides, over TCP and UDP.
 * They look at the address of each packet, so that no name, redirect or option of a socket leads around them. Loaded
 * before anything runs in the network; changing them takes rights over it, which author code never has.
 */
import type { AddressRange } from '@algorist/contract/public-addresses.ts'
import { NOT_PUBLIC_IPV4, NOT_PUBLIC_IPV6 } from '@algorist/contract/public-addresses.ts'
import { RESOLVER } from './layout.ts'

/** Addresses that may be reached although they are not public, and on which port; null for all. */
export interface AllowedRange {
  readonly range: AddressRange
  readonly port: number | null
}

/** Never left to an allow list: the way out takes them for the host's own loopback. */
const LOOPBACK = 'ip daddr { 0.0.0.0/8, 127.0.0.0/8 } goto refuse\n    ip6 daddr ::/127 goto refuse'

/**
 * The whole table. The host's own addresses are refused even where they are public or in an allowed range, because of what
 * listens there; only an entry for the single address opens one.
 *
 * @param own addresses and ranges that the host itself answers to
 */
export function firewallRules(own: readonly string[], allowed: readonly AllowedRange[]): string {
  const singles = allowed.filter(isSingle)
  const ranges = allowed.filter((entry) => !isSingle(entry))
  return `
table inet algorist {
  set own4 { type ipv4_addr; flags interval; auto-merge; ${elements(own.filter(isIPv4))} }
  set own6 { type ipv6_addr; flags interval; auto-merge; ${elements(own.filter(isIPv6))} }
  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject with icmpx admin-prohibited
  }
  chain out {
    type filter hook output priority 0; policy drop;
    oifname "lo" accept
    ${LOOPBACK}
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    meta l4proto != { tcp, udp } goto refuse
    ip daddr ${RESOLVER.ipv4} th dport 53 accept
    ip6 daddr ${RESOLVER.ipv6} th dport 53 accept
    ${singles.map(accept).join('\n    ')}
    ip daddr @own4 goto refuse
    ip6 daddr @own6 goto refuse
    ${ranges.map(accept).join('\n    ')}
    ip daddr { ${NOT_PUBLIC_IPV4.join(', ')} } goto refuse
    ip6 daddr { ${NOT_PUBLIC_IPV6.join(', ')} } goto refuse
    accept
  }
}
`
}

/** Replaces the host's own addresses in a network that is in use. */
export function ownAddressesUpdate(own: readonly string[]): string {
  const [ipv4, ipv6] = [own.filter(isIPv4), own.filter(isIPv6)]
  return [
    'flush set inet algorist own4',
    'flush set inet algorist own6',
    ...(ipv4.length > 0 ? [`add element inet algorist own4 { ${ipv4.join(', ')} }`] : []),
    ...(ipv6.length > 0 ? [`add element inet algorist own6 { ${ipv6.join(', ')} }`] : []),
    '',
  ].join('\n')
}

function elements(own: readonly string[]): string {
  return own.length === 0 ? '' : `elements = { ${own.join(', ')} }`
}

function accept({ range: { address, prefixBits, family }, port }: AllowedRange): string {
  const match = `${family === 'ipv4' ? 'ip' : 'ip6'} daddr ${address}/${prefixBits}`
  return port === null ? `${match} accept` : `${match} th dport ${port} accept`
}

function isSingle({ range }: AllowedRange): boolean {
  return range.prefixBits === (range.family === 'ipv4' ? 32 : 128)
}

const isIPv6 = (text: string) => text.includes(':')
const isIPv4 = (text: string) => !isIPv6(text)
