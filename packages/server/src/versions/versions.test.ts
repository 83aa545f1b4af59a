import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import { decodeMarker, encodeMarker } from '@algorist/contract/page.ts'
import { deleteAlgorithm } from '../algorithms/algorithms.ts'
import { createCatalog } from '../algorithms/catalog.ts'
import { createAlgorithm } from '../algorithms/create.ts'
import { type OpenWorkshop, openWorkshop } from '../algorithms/testing.ts'
import { recordBuild } from '../builds/records.ts'
import { resolveTarget } from '../calls/resolve.ts'
import { testDatabases } from '../db/testing.ts'
import { getVersion, listVersions, markerOf, publishVersion } from './versions.ts'

function isError(name: ErrorName) {
  return (error: unknown) => error instanceof ApiError && error.error === name
}

for (const { engine, open } of testDatabases()) {
  describe(`versions on ${engine}`, { timeout: 120_000 }, () => {
    let shop: OpenWorkshop
    let count = 0

    before(async () => {
      shop = await openWorkshop((await open()).db)
    })
    after(() => shop?.close())

    /** An algorithm with `builds` successful builds, each of a commit of its own. */
    async function algorithm(builds: number, owner = 'ann'): Promise<{ id: string; commits: string[] }> {
      const settings = { language: 'python3' }
      const { algorithm } = await createAlgorithm(shop.services, shop.callers.ann, owner, {
        name: `A${++count}`,
        settings,
      })
      const { db, catalog } = shop.services
      await finishAll(algorithm.id)
      await db.updateTable('builds').set({ status: 'failed' }).where('algorithm_id', '=', algorithm.id).execute()
      const commits = Array.from({ length: builds }, (_, index) => String(index + 1).padStart(40, 'a'))
      for (const commitSha of commits) await addBuild(algorithm.id, commitSha)
      await catalog.refresh(algorithm.id)
      return { id: algorithm.id, commits }
    }

    async function finishAll(algorithmId: string): Promise<void> {
      const { db, builds } = shop.services
      const rows = await db.selectFrom('builds').select('id').where('algorithm_id', '=', algorithmId).execute()
      for (const { id } of rows) await builds.waitFor(id)
    }

    /** Recorded as done, since these tests are about numbers and not about building. */
    async function addBuild(algorithmId: string, commitSha: string): Promise<string> {
      const { db, catalog } = shop.services
      const build = await recordBuild(db, { algorithmId, commitSha, language: 'python3', requestedBy: 'x' })
      const end = {
        status: 'succeeded',
        artifact: `none-${build.id}`,
        finished_at: build.started_at,
        log: 'log',
      } as const
      await db.updateTable('builds').set(end).where('id', '=', build.id).execute()
      await catalog.refresh(algorithmId)
      return build.id
    }

    const publish = async (id: string, request: Parameters<typeof publishVersion>[3] = {}) => {
      const { release } = await publishVersion(shop.services, shop.callers.ann, { id }, request)
      return release && `${release.row.major}.${release.row.minor}.${release.row.revision}`
    }

    test('32 publications of one build at the same time make one version', async () => {
      const { id } = await algorithm(1)
      const outcomes = await Promise.allSettled(Array.from({ length: 32 }, () => publish(id)))
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
      assert.equal(outcomes.length - refused.length, 1)
      for (const reason of refused) assert.ok(isError('VersionAlreadyPublished')(reason), String(reason))
    })

    test('32 publications of 32 builds at the same time get 32 numbers without a gap', async () => {
      const { id, commits } = await algorithm(32)
      const numbers = await Promise.all(commits.map((git_hash) => publish(id, { version_info: { git_hash } })))
      const expected = commits.map((_, index) => `0.${index + 1}.0`)
      assert.deepEqual(numbers.sort(), expected.sort())
      const known = (catalog: typeof shop.services.catalog) => catalog.byId(id)?.versions.map(({ minor }) => minor)
      assert.deepEqual(
        known(shop.services.catalog),
        commits.map((_, index) => index + 1),
      )
      assert.deepEqual(known(await createCatalog(shop.services.db)), known(shop.services.catalog))
    })

    test('the newest build is published, an older one by git_hash, a commit built again once more', async () => {
      const { id, commits } = await algorithm(2)
      assert.equal(await publish(id), '0.1.0')
      await assert.rejects(publish(id), isError('VersionAlreadyPublished'))
      assert.equal(await publish(id, { version_info: { git_hash: commits[0] ?? '', version_type: 'major' } }), '1.0.0')
      await addBuild(id, commits[1] ?? '')
      assert.equal(await publish(id, { version_info: { version_type: 'revision' } }), '1.0.1')
      const unknown = { version_info: { git_hash: 'f'.repeat(40) } }
      await assert.rejects(publish(id, unknown), isError('AlgorithmBuildNotFound'))
    })

    test('nothing can be published without a successful build', async () => {
      const { id } = await algorithm(0)
      await assert.rejects(publish(id), isError('VersionAlreadyPublished'))
    })

    test('callability changes with a minor version, permissions with a major one', async () => {
      const { id, commits } = await algorithm(4)
      const [first = '', second = '', third = ''] = commits
      const request = (git_hash: string, version_type: 'major' | 'minor' | 'revision', settings = {}) => ({
        settings,
        version_info: { git_hash, version_type },
      })
      await publish(id, request(first, 'minor'))
      const makePublic = { algorithm_callability: 'public' as const }
      const isolate = { network_access: 'isolated' as const }
      await assert.rejects(publish(id, request(second, 'revision', makePublic)), isError('InputValidationError'))
      await assert.rejects(publish(id, request(second, 'minor', isolate)), isError('InputValidationError'))
      assert.equal(shop.services.catalog.byId(id)?.settings.networkAccess, 'full', 'a refused request changes nothing')
      assert.equal(await publish(id, request(second, 'minor', makePublic)), '0.2.0')
      assert.equal(await publish(id, request(third, 'major', isolate)), '1.0.0')
      const versions = shop.services.catalog.byId(id)?.versions ?? []
      assert.deepEqual(
        versions.map(({ networkAccess }) => networkAccess),
        ['full', 'full', 'isolated'],
      )
      assert.deepEqual(
        versions.map(({ callability }) => callability),
        ['private', 'public', 'public'],
        'inherited',
      )
    })

    test('a plain member of an organization publishes privately only', async () => {
      const { id } = await algorithm(1, 'acme')
      const makePublic = { settings: { algorithm_callability: 'public' as const } }
      const asMember = (request: object) => publishVersion(shop.services, shop.callers.cy, { id }, request)
      await assert.rejects(asMember(makePublic), isError('NotAuthorized'))
      await asMember({})
      await addBuild(id, 'b'.repeat(40))
      assert.equal(await publish(id, makePublic), '0.2.0', 'an owner may')
    })

    test('a stranger, and a key without the management right, may not publish', async () => {
      const { id } = await algorithm(1)
      const { ann, bob } = shop.callers
      await assert.rejects(publishVersion(shop.services, bob, { id }, {}), isError('NotAuthorized'))
      assert.equal(ann.kind, 'key')
      const weak = ann.kind === 'key' ? { ...ann, rights: { ...ann.rights, allowAlgoManagement: false } } : ann
      await assert.rejects(publishVersion(shop.services, weak, { id }, {}), isError('NotAuthorized'))
    })

    test('the list is newest first, pages, filters, and shows strangers public versions only', async () => {
      const { id, commits } = await algorithm(3)
      const [first = '', second = ''] = commits
      await publish(id, { version_info: { git_hash: second } })
      await publish(id, { version_info: { git_hash: first }, settings: { algorithm_callability: 'public' } })
      const list = async (
        filters: { published?: boolean; callable?: boolean; limit?: number },
        caller = shop.callers.ann,
      ) => {
        const { published, callable, limit = 50 } = filters
        const { rows } = await listVersions(
          shop.services,
          caller,
          { id },
          { published, callable, limit, marker: undefined },
        )
        return rows.map((row) => row.minor ?? 'build')
      }
      assert.deepEqual(await list({ published: true }), [2, 1])
      assert.deepEqual(await list({ published: false }), ['build'])
      assert.deepEqual((await list({})).length, 3)
      assert.deepEqual(await list({ callable: true }), [2])
      assert.deepEqual(await list({ published: true, callable: false }), [1])
      assert.deepEqual(await list({}, shop.callers.bob), [2])
      assert.deepEqual(await list({ callable: false }, shop.callers.bob), [])
      assert.deepEqual(await list({ published: false }, shop.callers.bob), [])

      const seen: unknown[] = []
      let marker: ReturnType<typeof markerOf> | undefined
      for (;;) {
        const page = { limit: 1, marker, published: undefined, callable: undefined }
        const { rows } = await listVersions(shop.services, shop.callers.ann, { id }, page)
        const [row] = rows
        if (row) seen.push(row.minor ?? 'build')
        if (!row || rows.length === 1) break
        marker = decodeMarker(encodeMarker(markerOf(row)))
      }
      assert.deepEqual(seen, await list({}))
    })

    test('one version is found by commit, number and id, by strangers only when it is public', async () => {
      const { id, commits } = await algorithm(3)
      const [first = '', second = '', third = ''] = commits
      await publish(id, { version_info: { git_hash: first } })
      await publish(id, { version_info: { git_hash: second }, settings: { algorithm_callability: 'public' } })
      const get = async (hash: string, caller = shop.callers.ann) =>
        (await getVersion(shop.services, caller, { id, hash })).release?.row.commit_sha
      const uuid = shop.services.catalog.byId(id)?.versions[0]?.versionId ?? ''
      assert.equal(await get(first.toUpperCase()), first)
      assert.equal(await get(third), third)
      assert.equal(await get('0.1.0'), first)
      assert.equal(await get(uuid.toUpperCase()), first)
      for (const hash of ['9.9.9', 'e'.repeat(40), 'latest', first.slice(0, 10), '']) {
        await assert.rejects(get(hash), isError('VersionDoesNotExists'), hash)
      }
      assert.equal(await get('0.2.0', shop.callers.bob), second)
      assert.equal(await get(second, shop.callers.bob), second)
      for (const hash of [first, third, '0.1.0', uuid]) {
        await assert.rejects(get(hash, shop.callers.bob), isError('VersionDoesNotExists'), hash)
      }
    })

    test('a version without a build that runs, as imports leave, is shown from inside alone, and calls say so', async () => {
      const { id, commits } = await algorithm(1)
      await publish(id, { settings: { algorithm_callability: 'public' } })
      const { db, catalog, directory } = shop.services
      const failed = { status: 'failed', artifact: null } as const
      await db.updateTable('builds').set(failed).where('algorithm_id', '=', id).execute()
      await catalog.refresh(id)
      const get = async (hash: string, caller = shop.callers.ann) =>
        (await getVersion(shop.services, caller, { id, hash })).release
      const release = await get('0.1.0')
      assert.deepEqual([release?.row.status, release?.row.commit_sha, release?.log], ['failed', commits[0], 'log'])
      assert.equal((await get(release?.row.version_id ?? ''))?.row.id, release?.row.id)
      for (const hash of ['0.1.1', '9.9.9', id]) await assert.rejects(get(hash), isError('VersionDoesNotExists'), hash)
      await assert.rejects(get('0.1.0', shop.callers.bob), isError('NotAuthorized'))
      const page = { limit: 9, marker: undefined, published: undefined, callable: undefined }
      const { rows } = await listVersions(shop.services, shop.callers.ann, { id }, page)
      assert.deepEqual(
        rows.map(({ minor }) => minor),
        [1],
      )
      const { ann } = shop.callers
      assert.ok(ann.kind === 'key')
      assert.throws(
        () => resolveTarget({ catalog, directory }, ann, `${id}/0.1.0`),
        /not built here.*versions\/0\.1\.0/,
      )
    })

    test('publishing and deleting at the same time leave either a version or nothing', async () => {
      const { id } = await algorithm(1)
      const makePublic = { settings: { algorithm_callability: 'public' as const } }
      const [published, deleted] = await Promise.allSettled([
        publish(id, makePublic),
        deleteAlgorithm(shop.services, shop.callers.ann, { id }),
      ])
      assert.notEqual(published.status, deleted.status)
      assert.equal(shop.services.catalog.byId(id) !== undefined, published.status === 'fulfilled')
    })
  })
}
