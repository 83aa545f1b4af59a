/**
 * What every client's test program finds: a server, an owner with the public algorithm `Probe` (lib/probe.ts), a
 * stranger, perhaps a collection of many files, and all of it in environment variables. Names beginning with ALGORITHMIA
 * are the clients' own (rest-api.md 1.1).
 */
import { join } from 'node:path'
import type { Account } from '../../lib/accounts.ts'
import { fillCollection } from '../../lib/collections.ts'
import { curlJson } from '../../lib/curl.ts'
import { installProbe } from '../../lib/probe.ts'
import { startTarget, type Target } from '../../lib/server.ts'

export interface Furnished {
  readonly owner: Account
  /** Without a trailing slash; another name of the server than `target.url` where the suite asked for one. */
  readonly url: string
  /** What a test program is told. */
  readonly environment: Readonly<Record<string, string>>
}

export interface Platform extends Furnished {
  readonly target: Target
  close(): Promise<void>
}

interface Options {
  /** What programs are told instead of the server's own address. */
  readonly url?: string
  /** Whether the owner has a collection with more files than fit on a page, named in `CASES_CROWD`. */
  readonly hasCrowd?: boolean
}

/** One page more than full (rest-api.md 5.5). */
const CROWD = { name: 'Crowd', size: 1003 }
/** What the document's example of binary input sends. */
const PICTURE = join(import.meta.dirname, '../../fixtures/robot.jpg')

/** @param settings of the server; `ALGORIST_URL` among them is also the address that the programs are told */
export async function startPlatform(settings: Record<string, string> = {}): Promise<Platform> {
  const target = await startTarget(settings)
  try {
    const furnished = await furnish(target, { url: settings.ALGORIST_URL ?? target.url })
    return { ...furnished, target, close: () => target.close() }
  } catch (error) {
    await target.close()
    throw error
  }
}

/** Makes what one client's program finds. A server may be furnished for several, each with names of its own. */
export async function furnish(target: Target, { url = target.url, hasCrowd = false }: Options): Promise<Furnished> {
  const { owner, stranger, shop } = await installProbe(target)
  if (hasCrowd) await fillCollection(target, owner, CROWD)
  const { results } = await curlJson('GET', `${shop.url}/versions?published=true`, { key: owner.key })
  return {
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
  }
}
