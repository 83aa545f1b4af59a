/**
 * What every client's test program finds: a server, an owner with the public algorithm `Probe` (lib/probe.ts), a
 * stranger, perhaps a collection of many files, and all of it in environment variables. Names beginning with ALGORITHMIA are the clients' own (rest-api.md 1.1).
 */
import { join } from 'node:path'
import type { Account } from '../../lib/accounts.ts'
import { fillCollection } from '../../lib/collections.ts'
import { curlJson } from '../../lib/curl.ts'
import { installDemo } from '../../lib/demo.ts'
import { installProbe } from '../../lib/probe.ts'
import { startTarget, type Target } from '../../lib/server.ts'

export interface Platform {
  readonly target: Target
  readonly owner: Account
  /** Without a trailing slash; another name of the server than `target.url` where the suite asked for one. */
  readonly url: string
  /** What a test program is told. */
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

interface Options {
  /** Of the server; `ALGORIST_URL` among them is also the address that the programs are told. */
  readonly settings?: Record<string, string>
  /** Whether the programs call the demo algorithms as well. */
  readonly hasDemo?: boolean
  /** Whether the owner has a collection with more files than fit on a page, named in `CASES_CROWD`. */
  readonly hasCrowd?: boolean
}

/** One page more than full (rest-api.md 5.5). */
const CROWD = { name: 'Crowd', size: 1003 }
/** What the document's example of binary input sends. */
const PICTURE = join(import.meta.dirname, '../../fixtures/robot.jpg')

export async function startPlatform({
  settings = {},
  hasDemo = false,
  hasCrowd = false,
}: Options = {}): Promise<Platform> {
  const target = await startTarget(settings)
  try {
    if (hasDemo) await installDemo(target)
    const platform = await furnish(target, settings.ALGORIST_URL ?? target.url)
    if (hasCrowd) await fillCollection(target, platform.owner, CROWD)
    return platform
  } catch (error) {
    await target.close()
    throw error
  }
}

async function furnish(target: Target, url: string): Promise<Platform> {
  const { owner, stranger, shop } = await installProbe(target)
  const { results } = await curlJson('GET', `${shop.url}/versions?published=true`, { key: owner.key })
  return {
    target,
    owner,
    url,
    environment: {
      ALGORITHMIA_API: url,
      ALGORITHMIA_API_KEY: owner.key,
      CASES_OWNER: owner.username,
      CASES_PROBE: `${owner.username}/Probe`,
      CASES_PROBE_COMMIT: results[0].version_info.git_hash,
      CASES_PICTURE: PICTURE,
      CASES_CROWD: CROWD.name,
      CASES_CROWD_SIZE: String(CROWD.size),
      CASES_STRANGER_KEY: stranger.key,
      CASES_ADMIN_KEY: target.adminKey,
    },
    close: () => target.close(),
  }
}
