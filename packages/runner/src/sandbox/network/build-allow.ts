/**
 * What builds may reach beyond the public internet: what the operator lists, and, where that is asked for, the package
 * registries, mirrors and proxies that builds are told to use, if those have addresses that are not public (design.md 5).
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { AllowEntry } from '@algorist/contract/allow-list.ts'
import { parseAddressRange } from '@algorist/contract/public-addresses.ts'
import type { AllowedRange } from './firewall.ts'

/** Names are resolved again after this time. */
const FRESH_MS = 60_000
const DEFAULT_PORTS = new Map([
  ['http:', 80],
  ['https:', 443],
])
/** Variables with addresses of mirrors and proxies, which may be given in small letters. */
const URL_VARIABLES =
  /^(?:pip_index_url|pip_extra_index_url|pip_find_links|npm_config_registry|crates_io_mirror|cran_mirror|maven_mirror|https?_proxy|all_proxy)$/i

/** Hosts and ports of the registries' and the environment's URLs, each once. */
export function detectBuildAllow(
  registries: readonly string[],
  environment: Readonly<Record<string, string>>,
): AllowEntry[] {
  const urls = Object.entries(environment)
    .filter(([name]) => URL_VARIABLES.test(name))
    .flatMap(([, value]) => value.split(/\s+/))
  const found = new Map<string, AllowEntry>()
  for (const entry of [...registries, ...urls].map(entryOfUrl)) {
    if (entry !== null) found.set(JSON.stringify(entry), entry)
  }
  return [...found.values()]
}

/** A proxy may be written without a scheme. Other kinds of addresses, such as files and folders, lead to no host. */
function entryOfUrl(text: string): AllowEntry | null {
  const url = URL.parse(/^[\w.@:-]+(?:\/|$)/.test(text) && !text.includes('//') ? `http://${text}` : text)
  const port = url === null ? undefined : DEFAULT_PORTS.get(url.protocol)
  if (url === null || port === undefined || url.hostname === '') return null
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { target: parseAddressRange(host) ?? host, port: url.port === '' ? port : Number(url.port) }
}

export interface Resolved {
  readonly entry: AllowEntry
  /** Empty when the name has no address at present. */
  readonly ranges: readonly AllowedRange[]
}

/** Looks up the names among the entries, all addresses of each. */
export function resolveAllow(entries: readonly AllowEntry[]): Promise<Resolved[]> {
  return Promise.all(entries.map(async (entry) => ({ entry, ranges: await rangesOf(entry) })))
}

async function rangesOf({ target, port }: AllowEntry): Promise<AllowedRange[]> {
  if (typeof target !== 'string') return [{ range: target, port }]
  const addresses = await lookup(target, { all: true }).catch(() => [])
  return addresses.flatMap(({ address }) => {
    const range = isIP(address) === 0 ? undefined : parseAddressRange(address)
    return range === undefined ? [] : [{ range, port }]
  })
}

/** The ranges of the entries at present; names are asked for at most once a minute. */
export function createAllowedRanges(
  entries: () => Promise<readonly AllowEntry[]>,
): () => Promise<readonly AllowedRange[]> {
  let resolved: Promise<readonly AllowedRange[]> | null = null
  let untilMs = 0
  return () => {
    const nowMs = performance.now()
    if (resolved === null || nowMs >= untilMs) {
      untilMs = nowMs + FRESH_MS
      resolved = entries()
        .then(resolveAllow)
        .then((all) => all.flatMap(({ ranges }) => ranges))
    }
    return resolved
  }
}
