/**
 * Runs an algorithm's sample input once per build, as its owner; the output is shown with the build and its version
 * (rest-api.md 3.2). A sample that fails never fails a build.
 */

import { randomUUID } from 'node:crypto'
import type { Runner } from '@algorist/runner/types.ts'
import type { AccountDirectory } from '../accounts/directory.ts'
import type { Catalog } from '../algorithms/catalog.ts'
import type { BuildRow } from '../builds/records.ts'
import { FULL_RIGHTS } from '../caller.ts'
import type { Database } from '../db/schema.ts'
import { callRequest } from './invoke.ts'
import { inForce } from './resolve.ts'

const sampleTimeoutMs = 60_000
const maxOutputCharacters = 100_000
const failureText = 'Exception encountered while running sample input'

export interface SampleRunOptions {
  readonly db: Database
  readonly catalog: Catalog
  readonly directory: AccountDirectory
  readonly runner: Runner
}

/** A function that runs the sample of a succeeded build; null when the algorithm has no sample or is gone. */
export function createSampleRun({
  db,
  catalog,
  directory,
  runner,
}: SampleRunOptions): (build: BuildRow) => Promise<string | null> {
  return async (build) => {
    const row = await db
      .selectFrom('algorithms')
      .select('sample_input')
      .where('id', '=', build.algorithm_id)
      .executeTakeFirst()
    const algorithm = catalog.byId(build.algorithm_id)
    const owner = algorithm && directory.byId(algorithm.ownerId)
    const runnable = algorithm?.builds.get(build.commit_sha)
    if (!row?.sample_input || !owner || !runnable) return null
    const outcome = await runner.call(
      callRequest({
        requestId: `req-${randomUUID()}`,
        caller: { kind: 'key', login: 'key', account: owner, keyId: 'sample', rights: FULL_RIGHTS },
        target: { algorithm, owner, isOwn: true, ...inForce(algorithm.settings), ...runnable },
        input: { contentType: isJson(row.sample_input) ? 'json' : 'text', body: Buffer.from(row.sample_input) },
        deadlineMs: performance.now() + sampleTimeoutMs,
        wantsStdout: false,
      }),
    )
    if (outcome.kind !== 'result') return failureText
    const text = outcome.body.toString(outcome.contentType === 'binary' ? 'base64' : 'utf8')
    return (outcome.contentType === 'json' ? text : JSON.stringify(text)).slice(0, maxOutputCharacters)
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
