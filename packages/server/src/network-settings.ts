/** The settings of the networks of workers and builds: a part of the table in settings.ts. */
import { type AllowEntry, parseAllowEntry } from '@algorist/contract/allow-list.ts'
import { oneOf, optional } from './setting-kinds.ts'

const SECURITY = 'Security'
const BUILDS = 'Builds and git'

/** What builds reach besides the public internet. */
export interface BuildAllow {
  /** Whether registries, mirrors and proxies are found out. */
  readonly detects: boolean
  readonly entries: readonly AllowEntry[]
}

export const NETWORK_SETTINGS = {
  fullNetwork: oneOf('contained', ['contained', 'host'], {
    name: 'ALGORIST_FULL_NETWORK',
    section: SECURITY,
    meaning:
      'Network of algorithms with full network access. `contained`: one of its own for each worker, from which only the ' +
      'public internet can be reached; where the machine cannot make one, those workers do not start. `host`: the ' +
      'machine’s own, with its loopback and its private networks.',
  }),
  networkAllow: optional(
    'none',
    'addresses and CIDR ranges separated by commas, each with a port or without, such as 10.1.0.0/16:443',
    parseAllowedRanges,
    {
      name: 'ALGORIST_NETWORK_ALLOW',
      section: SECURITY,
      meaning:
        'What algorithms with full network access, and builds, reach besides the public internet. Addresses of the ' +
        'machine itself only where they are named one by one, its loopback never.',
    },
  ),
  buildNetwork: oneOf('contained', ['contained', 'host', 'none'], {
    name: 'ALGORIST_BUILD_NETWORK',
    section: BUILDS,
    meaning:
      'Network of builds: `contained` and `host` as for ALGORIST_FULL_NETWORK, `none` for none. A build whose contained ' +
      'network the machine cannot make runs without one, and its log says so.',
  }),
  buildNetworkAllow: optional(
    '`detect`',
    'none, or detect, host names, addresses and CIDR ranges separated by commas, each with a port or without',
    parseBuildAllow,
    {
      name: 'ALGORIST_BUILD_NETWORK_ALLOW',
      section: BUILDS,
      meaning:
        'What builds reach besides the public internet and ALGORIST_NETWORK_ALLOW. `detect`: the package registries of ' +
        'the languages, and the mirrors and proxies that builds are told of, where their addresses are not public. The ' +
        'server looks names up, once a minute.',
    },
  ),
} as const

function parseAllowedRanges(given: string): readonly AllowEntry[] | undefined {
  const entries = parseEntries(given.split(','))
  return entries?.every(({ target }) => typeof target !== 'string') ? entries : undefined
}

function parseBuildAllow(given: string): BuildAllow | undefined {
  if (given === 'none') return { detects: false, entries: [] }
  const parts = given.split(',').map((part) => part.trim())
  const entries = parseEntries(parts.filter((part) => part !== 'detect'))
  return entries && { detects: parts.includes('detect'), entries }
}

function parseEntries(parts: readonly string[]): AllowEntry[] | undefined {
  const entries = parts.map((part) => parseAllowEntry(part.trim()))
  return entries.every((entry) => entry !== undefined) ? entries : undefined
}
