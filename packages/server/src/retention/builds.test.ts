import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAlgorithm } from '../algorithms/create.ts'
import { type OpenWorkshop, openWorkshop } from '../algorithms/testing.ts'
import { compile } from '../builds/builds.ts'
import { insertAccepted } from '../calls/queries.ts'
import { testDatabases } from '../db/testing.ts'
import { publishVersion } from '../versions/versions.ts'
import { createArtifactFiles } from './artifact-files.ts'
import { artifactKind, type BuildKindOptions, buildLogKind, buildRecordKind } from './builds.ts'
import { type Amount, type Cut, NOTHING, sum } from './kind.ts'

const limits = { maxAgeMs: 0, quota: null, floorMs: null }
const later = new Date(Date.now() + 86_400_000).toISOString()
const KEPT = 20

async function total(turns: AsyncIterable<Amount>): Promise<Amount> {
  let all = NOTHING
  for await (const amount of turns) all = sum(all, amount)
  return all
}

for (const { engine, open } of testDatabases()) {
  describe(`builds that nothing needs, on ${engine}`, { timeout: 240_000 }, () => {
    let shop: OpenWorkshop
    let count = 0

    before(async () => {
      shop = await openWorkshop((await open()).db)
    })
    after(() => shop?.close())

    function options(): BuildKindOptions {
      const { db, catalog, runner, repositories } = shop.services
      const headOf = async (id: string) => {
        const algorithm = catalog.byId(id)
        return algorithm ? repositories.head(algorithm) : null
      }
      return { db, catalog, headOf, files: createArtifactFiles({ db, runner, graceMs: 0 }), kept: KEPT }
    }

    async function create(): Promise<string> {
      const request = { name: `K${++count}`, settings: { language: 'javascript' } }
      const { algorithm, release } = await createAlgorithm(shop.services, shop.callers.ann, 'ann', request)
      await shop.services.builds.waitFor(release?.row.id ?? '')
      return algorithm.id
    }

    /** Records of builds that once ran. */
    async function record(algorithmId: string, builds: readonly { number: number; commit: string }[]): Promise<void> {
      const common = {
        algorithm_id: algorithmId,
        status: 'succeeded' as const,
        language: 'javascript',
        requested_by: '',
      }
      const times = { started_at: '2026-01-01T00:00:00.000Z', finished_at: '2026-01-01T00:00:01.000Z' }
      const rows = builds.map(({ number, commit }) => ({
        ...{ ...common, ...times, log: 'log', sample_output: null, number, commit_sha: commit },
        ...{ id: `${algorithmId}-${number}`, artifact: `${algorithmId}-${number}` },
      }))
      await shop.services.db.insertInto('builds').values(rows).execute()
      await shop.services.catalog.refresh(algorithmId)
    }

    const rowsOf = (id: string) =>
      shop.services.db
        .selectFrom('builds')
        .select(['number', 'artifact', 'log'])
        .where('algorithm_id', '=', id)
        .orderBy('number')
        .execute()

    test('files of versions, of the newest build and of the head stay, on the disk as well; all others go', async () => {
      const id = await create()
      const build = async () => (await compile(shop.services, shop.callers.ann, { id }, undefined)).build
      const published = await build()
      await publishVersion(shop.services, shop.callers.ann, { id }, {})
      const [old, newest] = [await build(), await build()]
      const { files, ...rest } = options()
      assert.equal((await total(artifactKind({ files, ...rest }, limits).remove({ before: later }))).rows, 2)
      const numbers = (await rowsOf(id)).filter(({ artifact }) => artifact !== null).map(({ number }) => number)
      assert.deepEqual(numbers, [published.number, newest.number])

      const sizeOf = (artifact: string | null) => shop.services.runner.measureArtifact(artifact ?? '')
      assert.ok((await sizeOf(old.artifact)) > 0, 'files go after the record, not with it')
      assert.ok((await total(files.run({ isUrgent: false, signal: new AbortController().signal }))).bytes > 0)
      assert.equal(await sizeOf(old.artifact), 0)
      assert.ok((await sizeOf(published.artifact)) > 0)
      assert.ok((await sizeOf(newest.artifact)) > 0)
    })

    test('spare files of an owner beyond the quota go, the oldest first', async () => {
      const id = await create()
      const build = async () => (await compile(shop.services, shop.callers.ann, { id }, undefined)).build
      const [, , newest] = [await build(), await build(), await build()]
      const bytes = await shop.services.runner.measureArtifact(newest.artifact ?? '')
      // Of three that nothing needs, two have room.
      const kind = artifactKind(options(), { ...limits, quota: { bytes: 2.5 * bytes, per: 'owner' } })
      const cuts: Cut[] = []
      for await (const cut of kind.survey()) if (cut) cuts.push(cut)
      assert.equal(cuts.length, 1)
      for (const cut of cuts) await total(kind.remove(cut))
      assert.deepEqual(
        (await rowsOf(id)).map(({ artifact }) => artifact !== null),
        [false, true, true, true],
      )
    })

    test('files that an accepted call waits for stay until it has run, also over a start', async () => {
      const id = await create()
      const { build } = await compile(shop.services, shop.callers.ann, { id }, undefined)
      await compile(shop.services, shop.callers.ann, { id }, undefined)
      const worker = {
        key: { accountId: 'a', algorithmId: id, buildId: build.id, rights: '' },
        artifact: build.artifact,
      }
      await insertAccepted(shop.services.db, [
        {
          ...{ request_id: 'req-1', account_id: 'a', algorithm_id: id, build_id: build.id, timeout_ms: 1000 },
          ...{ identity: JSON.stringify({ worker, identity: {} }), content_type: 'json', body: Buffer.from('1') },
          ...{ state: 'accepted', accepted_at: '2026-01-01T00:00:00.000Z', started_at: null, reply_options: null },
          ...{ idempotency_key: null, request_digest: null, instance: null },
        },
      ])
      const { files, ...rest } = options()
      await total(artifactKind({ files, ...rest }, limits).remove({ before: later }))
      const run = () => total(files.run({ isUrgent: true, signal: new AbortController().signal }))
      const size = () => shop.services.runner.measureArtifact(build.id)
      await run()
      assert.ok((await size()) > 0)
      await shop.services.builds.sweep()
      assert.ok((await size()) > 0)
      await shop.services.db.deleteFrom('pending_calls').execute()
      await run()
      assert.equal(await size(), 0)
    })

    test('logs and records of old builds go, but for the newest, the published and the head', async () => {
      const id = await create()
      const { build } = await compile(shop.services, shop.callers.ann, { id }, undefined)
      await publishVersion(shop.services, shop.callers.ann, { id }, {})
      const others = Array.from({ length: 30 }, (_, index) => ({
        number: 3 + index,
        commit: `${index}`.padStart(40, 'c'),
      }))
      await record(id, others)
      await total(artifactKind(options(), limits).remove({ before: later }))
      assert.equal((await total(buildLogKind(options(), limits).remove({ before: later }))).rows, 11)
      await total(buildRecordKind(options(), limits).remove({ before: later }))
      const left = await rowsOf(id)
      // The first build is of the head, too, but not its newest.
      assert.deepEqual(
        left.map(({ number }) => number),
        [build.number, ...Array.from({ length: KEPT }, (_, at) => 13 + at)],
      )
      assert.ok(left.every(({ log }) => log !== null))
      assert.equal(left.filter(({ artifact }) => artifact !== null).length, 2)
    })

    test('32 builds published while they are collected: a version has its files, or there is no version', async () => {
      const id = await create()
      const commits = Array.from({ length: 32 }, (_, index) => `${index}`.padStart(40, 'd'))
      await record(
        id,
        [...commits, 'e'.repeat(40)].map((commit, index) => ({ number: index + 2, commit })),
      )
      const publish = (git_hash: string) =>
        publishVersion(shop.services, shop.callers.ann, { id }, { version_info: { git_hash } }).then(
          () => 'published',
          (error: { error?: string }) => error.error ?? String(error),
        )
      const [outcomes] = await Promise.all([
        Promise.all(commits.map(publish)),
        total(artifactKind(options(), limits).remove({ before: later })),
      ])
      const { db } = shop.services
      const versions = await db
        .selectFrom('versions')
        .innerJoin('builds', 'builds.id', 'versions.build_id')
        .select('builds.artifact')
        .where('versions.algorithm_id', '=', id)
        .execute()
      assert.ok(versions.every(({ artifact }) => artifact !== null))
      assert.equal(versions.length, outcomes.filter((outcome) => outcome === 'published').length)
      assert.deepEqual(
        [...new Set(outcomes)].filter((each) => !['published', 'AlgorithmBuildNotFound'].includes(each)),
        [],
      )
      const rest = (await rowsOf(id)).filter(({ artifact }) => artifact !== null).length
      assert.ok(rest >= versions.length + 1)
    })
  })
}
