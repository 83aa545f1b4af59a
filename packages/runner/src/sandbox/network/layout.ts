/**
 * Addresses inside a contained network; they are the same in each and mean nothing outside. The IPv4 range is one that
 * documentation alone uses, so that no network an operator allows is hidden behind it; that of IPv6 is slirp4netns's own.
 */

export const DEVICE = 'tap0'
/** As `--cidr` takes it; slirp4netns puts the router at .2 and the resolver at .3. */
export const NETWORK_IPV4 = '198.51.100.0/24'
const SANDBOX = { ipv4: '198.51.100.100/24', ipv6: 'fd00::100/64' }
const ROUTER = { ipv4: '198.51.100.2', ipv6: 'fd00::2' }
/** Passes questions on to the resolver of the host, which cannot be reached otherwise. */
export const RESOLVER = { ipv4: '198.51.100.3', ipv6: 'fd00::3' }
/** The largest that slirp4netns takes: nothing here is a wire, and large packets are cheap. */
export const MTU_BYTES = 65_520

/** Commands for `ip -batch` that set the network up. */
export function interfaceCommands(hasIPv6: boolean): string {
  return [
    'link set lo up',
    `tuntap add dev ${DEVICE} mode tap`,
    // No address but ours: those that the kernel makes up take seconds to become usable.
    `link set ${DEVICE} mtu ${MTU_BYTES} addrgenmode none`,
    `link set ${DEVICE} up`,
    `addr add ${SANDBOX.ipv4} dev ${DEVICE}`,
    `route add default via ${ROUTER.ipv4}`,
    ...(hasIPv6 ? [`addr add ${SANDBOX.ipv6} dev ${DEVICE} nodad`, `route add default via ${ROUTER.ipv6}`] : []),
    '',
  ].join('\n')
}

/**
 * The sandbox's resolv.conf: one resolver, and what the host's own says about how names are completed. slirp4netns asks the
 * host's first IPv4 resolver, or its first IPv6 one for questions that come by IPv6.
 */
export function resolvConf(hostsOwn: string): string {
  const lines = hostsOwn.split('\n').map((line) => line.trim())
  const resolvers = lines.filter((line) => /^nameserver\s/.test(line))
  const isIPv6Only = resolvers.length > 0 && resolvers.every((line) => line.includes(':'))
  const kept = lines.filter((line) => /^(?:search|domain|options)\s/.test(line))
  return `${[`nameserver ${isIPv6Only ? RESOLVER.ipv6 : RESOLVER.ipv4}`, ...kept].join('\n')}\n`
}
