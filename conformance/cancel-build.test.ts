/** Ending a build in progress: an addition to the API. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Account, createAccount, createKey, FULL_RIGHTS } from './lib/accounts.ts'
import { commit, createAlgorithm, gitOrFail, type Workshop, waitForBuild, withClone } from './lib/algorithms.ts'
import { curl, curlJson, type Json } from './lib/curl.ts'
import { PATIENCE } from './lib/patience.ts'
import { startTarget, type Target } from './lib/server.ts'
import { untilFound } from './lib/until.ts'

/** A dependency in the repository whose build never ends, and needs no network. */
const ENDLESS = {
  'requirements.txt': './endless\n',
  'endless/pyproject.toml':
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "endless"\nversion = "1"\n',
  'endless/backend.py': 'import time\n\n\ndef prepare_metadata_for_build_wheel(*args):\n    time.sleep(3600)\n',
}

describe('cancelling a build', { timeout: 180_000 }, () => {
  let target: Target
  let owner: Account

  before(async () => {
    target = await startTarget({ ALGORIST_PARALLEL_BUILDS: '1' })
    owner = await createAccount(target, 'owner')
  })
  after(() => target?.close())

  const builds = async (shop: Workshop): Promise<Json[]> =>
    (await curlJson('GET', `${shop.url}/builds`, { key: owner.key })).results

  async function expectInLog(shop: Workshop, buildId: string, pattern: RegExp): Promise<void> {
    const { logs } = await curlJson('GET', `${shop.url}/builds/${buildId}/logs`, { key: owner.key })
    assert.match(logs, pattern)
  }

  test('ends one that runs and one that waits; both have failed, and their logs say who did it', async () => {
    const { shop, created } = await createAlgorithm(target, owner, { name: 'Endless', language: 'python3' })
    const first = await waitForBuild(shop)
    const other = await createAlgorithm(target, owner, { name: 'Other', language: 'python3' })
    await waitForBuild(other.shop)
    await withClone(shop, async (folder) => {
      const sha = await commit(folder, ENDLESS)
      const pushed = gitOrFail(folder, 'push', '-q')
      const running = await untilFound('the build', async () =>
        (await builds(shop)).find((build: Json) => build.commit_sha === sha),
      )
      const compiled = curlJson('POST', `${other.shop.url}/compile`, { key: owner.key, json: {} })
      const waiting = await untilFound('the build that waits', async () =>
        (await builds(other.shop)).find(({ status }: Json) => status === 'in-progress'),
      )

      const readOnly = await createKey(target, owner.username, { ...FULL_RIGHTS, allow_algo_management: false })
      const stranger = await createAccount(target, 'stranger')
      for (const key of [readOnly, stranger.key]) {
        assert.equal((await curl('DELETE', `${shop.url}/builds/${running.build_id}`, { key })).status, 403)
      }
      const ended = await curlJson('DELETE', `${other.shop.url}/builds/${waiting.build_id}`, { key: owner.key })
      assert.deepEqual([ended.build_id, ended.status], [waiting.build_id, 'failed'])
      assert.equal((await compiled).build.status, 'failed')

      const byId = `${target.url}/v1/algorithms/${created.id}/builds/${running.build_id}`
      const startedAtMs = performance.now()
      const stopped = await curlJson('DELETE', byId, { key: owner.key })
      assert.ok(performance.now() - startedAtMs < PATIENCE * 5000)
      assert.deepEqual([stopped.status, typeof stopped.finished_at], ['failed', 'string'])
      const line = new RegExp(`\nThe build was cancelled by ${owner.username}\\.\n`)
      await expectInLog(shop, running.build_id, line)
      await expectInLog(other.shop, waiting.build_id, line)
      await pushed
    })
    const again = await curl('DELETE', `${shop.url}/builds/${first.build_id}`, { key: owner.key })
    assert.deepEqual([again.status, JSON.parse(again.text).error.message], [409, 'The build has ended already'])
    const unknown = await curl('DELETE', `${shop.url}/builds/${crypto.randomUUID()}`, { key: owner.key })
    assert.deepEqual([unknown.status, JSON.parse(unknown.text).error.code], [404, 1010])
  })
})
