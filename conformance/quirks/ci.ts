/** The CI action, the mlflow plugin and the package generated from the original specification (rest-api.md 6.2). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commit, gitOrFail, waitForBuild, withClone, workshop } from '../lib/algorithms.ts'
import type { Json } from '../lib/curl.ts'
import { ORIGINAL_LANGUAGES } from '../lib/shape.ts'
import { jsonOf, send } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

export function ciQuirks(world: AskWorld): void {
  test('ci: authorization in lower case, limit=10, and marker among the members', async () => {
    const { url, owner, algorithm } = world()
    const headers = { authorization: `Simple ${owner.key}` }
    const page = jsonOf(await send(url, `GET ${algorithm}/builds?limit=10`, { headers }))
    assert.ok('marker' in page && page.marker === null)
    jsonOf(await send(url, `GET ${algorithm}/builds?limit=10&marker=`, { headers }))
  })

  test('ci: a build is in the list as soon as its push is over, and its log is kept when it fails', async () => {
    const { url, owner, simple, created } = world()
    const path = await created('Ci')
    const shop = workshop({ url } as Parameters<typeof workshop>[0], owner, path.split('/').at(-1) ?? '')
    const sha = await withClone(shop, async (folder) => {
      const pushed = await commit(folder, { 'requirements.txt': 'this is no requirement !!\n' })
      await gitOrFail(folder, 'push', '-q')
      return pushed
    })
    const { results } = jsonOf(await simple(`GET ${path}/builds?limit=10`))
    const build = results.find(({ commit_sha }: Json) => commit_sha.includes(sha))
    assert.ok(['in-progress', 'failed'].includes(build?.status))
    assert.equal((await waitForBuild(shop, sha)).status, 'failed')
    assert.ok(jsonOf(await simple(`GET ${path}/builds/${build.build_id}/logs`)).logs.length > 0)
  })

  test('ci: every listed version has version_info, the newest first', async () => {
    const { bare, algorithm } = world()
    const { results } = jsonOf(await bare(`GET ${algorithm}/versions?published=True`))
    assert.equal(results[0].version_info.semantic_version, '0.1.0')
  })

  test('mlf: an environment is found by the name Python 3.8, the newest build first in the list', async () => {
    const { simple, algorithm } = world()
    const path = '/v1/algorithm-environments/edge/languages/python3/environments'
    const { environments } = jsonOf(await simple(`GET ${path}`))
    assert.ok(environments.find(({ display_name }: Json) => display_name === 'Python 3.8').id)
    assert.match(jsonOf(await simple(`GET ${algorithm}/builds`)).results[0].commit_sha, /^[0-9a-f]{40}$/)
  })

  test('mlf: a deletion that fails has a JSON body', async () => {
    const { bare, algorithm } = world()
    const reply = await bare(`DELETE ${algorithm}Missing`)
    assert.deepEqual([reply.status, reply.json().error.message], [404, 'No such algorithm'])
  })

  test('generated: no value outside the lists of the original specification', async () => {
    const { bare, algorithm } = world()
    const { settings, build, source } = jsonOf(await bare(`GET ${algorithm}`))
    assert.ok(ORIGINAL_LANGUAGES.includes(settings.language), settings.language)
    assert.ok(['apl', 'apache2', 'gpl3', 'mit'].includes(settings.license))
    assert.ok(['cpu', 'gpu'].includes(settings.environment))
    assert.ok(['isolated', 'full'].includes(settings.network_access))
    assert.ok(['in-progress', 'succeeded', 'failed'].includes(build.status))
    assert.equal(source.scm.provider, 'internal')
  })
}
