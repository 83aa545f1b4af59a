/** What builds reach besides the public internet: what was found out and looked up, and what cannot be reached all the same. */
import { formatAllowEntry } from '@algorist/contract/allow-list.ts'
import { createAddressSet, isPublicAddress } from '@algorist/contract/public-addresses.ts'
import { type Resolved, resolveAllow } from '../network/build-allow.ts'
import { allowedForBuilds } from '../network/choose.ts'
import { DEFAULT_NETWORK, type NetworkOptions } from '../network/networks.ts'
import { type Check, ok, warning } from './check.ts'

const NAME = 'allow list of builds'
const loopback = createAddressSet(['127.0.0.0/8', '::1'])

/** What builds install from and through. */
export interface BuildSources {
  readonly registries: () => Promise<readonly string[]>
  /** Variables of builds, mirrors and proxies among them. */
  readonly environment: Readonly<Record<string, string>>
}

/** Looks names up, which can take seconds. */
export async function checkBuildAllow(
  network: Partial<NetworkOptions> | undefined,
  { registries, environment }: BuildSources,
): Promise<Check> {
  const { build } = { ...DEFAULT_NETWORK, ...network }
  if (build !== 'contained') return ok(NAME, 'None is used.')
  const resolved = await resolveAllow(await allowedForBuilds({ network, registries, buildEnvironment: environment }))
  const onLoopback = resolved.filter((one) => one.ranges.length > 0 && addressesOf(one).every(loopback.has))
  if (onLoopback.length > 0) {
    const detail = `${list(onLoopback)} is on this machine's loopback, which builds with a contained network do not reach.`
    return warning(NAME, detail, 'Let it listen on another address of the machine, or set ALGORIST_BUILD_NETWORK=host.')
  }
  const nameless = resolved.filter(({ ranges }) => ranges.length === 0)
  if (nameless.length > 0) {
    return warning(NAME, `${list(nameless)} has no address at present, so that builds cannot use it.`)
  }
  const opened = resolved.filter((one) => !addressesOf(one).every(isPublicAddress))
  return ok(NAME, opened.length === 0 ? 'Nothing besides the public internet.' : `${list(opened)}.`)
}

const addressesOf = ({ ranges }: Resolved) => ranges.map(({ range }) => range.address)

function list(all: readonly Resolved[]): string {
  return all
    .map((one) => {
      const addresses = typeof one.entry.target === 'string' ? addressesOf(one) : []
      const entry = formatAllowEntry(one.entry)
      return addresses.length === 0 ? entry : `${entry} (${addresses.join(' ')})`
    })
    .join(', ')
}
