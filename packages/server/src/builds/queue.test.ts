import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { deleteAlgorithm, getAlgorithm, updateAlgorithm } from '../algorithms/algorithms.ts'
import { createAlgorithm } from '../algorithms/create.ts'
import { createHtmlRenderer } from '../algorithms/html-renderer.ts'
import { renderAlgorithm } from '../algorithms/render.ts'
import { type OpenWorkshop, openWorkshop } from '../algorithms/testing.ts'
import { testDatabases } from '../db/testing.ts'
import { publishVersion } from '../versions/versions.ts'
import { compile, getBuildLogs, listBuilds } from './builds.ts'

const page = { limit: 50, marker: undefined }
const [sqlite] = testDatabases()

describe('builds', { timeout: 240_000 }, () => {
  let shop: OpenWorkshop
  let count = 0

  before(async () => {
    assert.ok(sqlite)
    shop = await openWorkshop((await sqlite.open()).db)
  })
  const html = createHtmlRenderer()
  after(() => html.close())
  after(() => shop?.close())

  async function create(): Promise<string> {
    const request = { name: `B${++count}`, settings: { language: 'javascript' } }
    return (await createAlgorithm(shop.services, shop.callers.ann, 'ann', request)).algorithm.id
  }

  /** Commits to the repository itself, as when a server dies between taking a push and recording its build. */
  async function commitUnseen(id: string, file: string, content: string): Promise<string> {
    const entry = shop.services.catalog.byId(id)
    assert.ok(entry)
    const git = async (args: string[], input?: string) =>
      (
        await shop.services.repositories.run(entry, args, input === undefined ? undefined : Buffer.from(input))
      ).toString()
    const blob = (await git(['hash-object', '-w', '--stdin'], content)).trim()
    const listing = await git(['ls-tree', 'master'])
    const tree = (await git(['mktree'], `${listing}100644 blob ${blob}\t${file}\n`)).trim()
    const author = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
    const sha = (await git([...author, 'commit-tree', tree, '-p', 'master', '-m', 'unseen'])).trim()
    await git(['update-ref', 'refs/heads/master', sha])
    return sha
  }

  const builds = (id: string) => listBuilds(shop.services, shop.callers.ann, { id }, page)

  test('a new algorithm has a build at once, which succeeds and keeps its log', async () => {
    const id = await create()
    const [first] = await builds(id)
    assert.equal(first?.status, 'in-progress')
    await shop.services.builds.waitFor(first?.id ?? '')
    const [done] = await builds(id)
    assert.equal(
      done?.status,
      'succeeded',
      (await getBuildLogs(shop.services, shop.callers.ann, { id, buildId: done?.id ?? '' })).logs,
    )
    const { logs } = await getBuildLogs(shop.services, shop.callers.ann, { id, buildId: done?.id ?? '' })
    assert.match(logs, /^Beginning container customization\n/)
    assert.equal(logs.match(/Beginning container customization/g)?.length, 1)
    assert.ok(shop.services.catalog.byId(id)?.builds.has(done?.commit_sha ?? ''))
  })

  test('compiling waits for the end and makes a further build of the same commit', async () => {
    const id = await create()
    const { build } = await compile(shop.services, shop.callers.ann, { id }, undefined)
    assert.equal(build.status, 'succeeded')
    assert.equal(build.number, 2)
    assert.equal(shop.services.catalog.byId(id)?.builds.get(build.commit_sha)?.buildId, build.id)
    await assert.rejects(compile(shop.services, shop.callers.ann, { id }, 'f'.repeat(40)), /full commit id/)
  })

  test('a build waits while the disk is full, says so, and runs when there is room', async () => {
    shop.disk.isFull = true
    const id = await create()
    const [waiting] = await builds(id)
    const buildId = waiting?.id ?? ''
    assert.equal(shop.services.builds.liveLog(buildId)?.match(/disk is nearly full/g)?.length, 1)
    await delay(1500)
    assert.equal((await builds(id))[0]?.status, 'in-progress')
    shop.disk.isFull = false
    assert.equal((await shop.services.builds.waitFor(buildId))?.status, 'succeeded')
    const { logs } = await getBuildLogs(shop.services, shop.callers.ann, { id, buildId })
    assert.equal(logs.match(/disk is nearly full/g)?.length, 1)
  })

  test('a build that waits for the disk can be cancelled', async () => {
    shop.disk.isFull = true
    const id = await create()
    const [waiting] = await builds(id)
    assert.ok(shop.services.builds.stop(waiting?.id ?? '', 'Never mind.'))
    assert.equal((await shop.services.builds.waitFor(waiting?.id ?? ''))?.status, 'failed')
    shop.disk.isFull = false
  })

  test('a build that a stop interrupted is run again at the next start', async () => {
    const id = await create()
    const [before] = await builds(id)
    const { builds: queue } = await shop.restart()
    assert.equal((await builds(id))[0]?.status, 'in-progress')
    await queue.recover()
    const done = await queue.waitFor(before?.id ?? '')
    assert.equal(done?.status, 'succeeded')
  })

  test('a head that has no build record gets one at the next start, and only one', async () => {
    const id = await create()
    await shop.services.builds.waitFor((await builds(id))[0]?.id ?? '')
    const sha = await commitUnseen(
      id,
      'README.md',
      '# Unseen\n\n<script>alert(1)</script>*hello* ![x](javascript:alert(2))\n',
    )
    assert.equal((await builds(id)).length, 1)
    const { builds: queue } = await shop.restart()
    await queue.recover()
    await queue.recover()
    const [newest, ...others] = await builds(id)
    assert.equal(newest?.commit_sha, sha)
    assert.equal(others.length, 1)
    assert.equal((await queue.waitFor(newest?.id ?? ''))?.status, 'succeeded')
  })

  test('the README of the head is the summary, made safe, unless one was given', async () => {
    const id = await create()
    const sha = await commitUnseen(
      id,
      'README.md',
      '# Title\n\n*hello* <img src=x onerror=alert(2)>\n\n<script>alert(1)</script>\n',
    )
    await compile(shop.services, shop.callers.ann, { id }, sha)
    const summary = async () => {
      const shown = await getAlgorithm(shop.services, shop.callers.ann, { id })
      return (await renderAlgorithm({ ...shown, url: 'http://x' }, { ...shop.services, html })).details?.summary
    }
    assert.equal(await summary(), '<h1>Title</h1>\n<p><em>hello</em> <img src="x" /></p>')
    await updateAlgorithm(
      shop.services,
      shop.callers.ann,
      { id },
      { details: { summary: 'Mine & <b onclick=x>bold</b>' } },
    )
    assert.equal(await summary(), 'Mine &amp; <b>bold</b>')
    await updateAlgorithm(shop.services, shop.callers.ann, { id }, { details: { summary: 'Fish & chips' } })
    assert.equal(await summary(), 'Fish & chips')
  })

  test('the sample input is run after the build, and again when a version brings another', async () => {
    const { ann } = shop.callers
    const request = { settings: { language: 'javascript' }, version_info: { sample_input: '"Jane"' } }
    const { algorithm } = await createAlgorithm(shop.services, ann, 'ann', { name: 'Sampled', ...request })
    const { id } = algorithm
    const { build } = await compile(shop.services, ann, { id }, undefined)
    assert.match(build.sample_output ?? '', /^"[Hh]ello Jane"$/)
    const { release } = await publishVersion(shop.services, ann, { id }, { version_info: { sample_input: '"Bob"' } })
    assert.match(release?.row.sample_output ?? '', /^"[Hh]ello Bob"$/)
  })

  test('an artifact that was finished but not recorded is deleted at the next start, and its build made again', async () => {
    const id = await create()
    const [build] = await builds(id)
    await shop.services.builds.waitFor(build?.id ?? '')
    const unrecorded = { status: 'in-progress' as const, artifact: null, log: null, finished_at: null }
    await shop.services.db
      .updateTable('builds')
      .set(unrecorded)
      .where('id', '=', build?.id ?? '')
      .execute()
    const { builds: queue } = await shop.restart()
    await queue.sweep()
    await queue.recover()
    assert.equal((await queue.waitFor(build?.id ?? ''))?.status, 'succeeded')
  })

  test('deleting an algorithm ends its build and leaves nothing behind', async () => {
    const id = await create()
    const [build] = await builds(id)
    await deleteAlgorithm(shop.services, shop.callers.ann, { id })
    await shop.services.builds.waitFor(build?.id ?? '')
    const rows = await shop.services.db.selectFrom('builds').select('id').where('algorithm_id', '=', id).execute()
    assert.deepEqual(rows, [])
    assert.equal(shop.services.catalog.byId(id), undefined)
  })

  test('32 algorithms of one name at the same time make one algorithm', async () => {
    const { ann } = shop.callers
    const create = () =>
      createAlgorithm(shop.services, ann, 'ann', { name: 'Same', settings: { language: 'javascript' } }).then(
        () => 'made',
        (error: { error?: string }) => error.error,
      )
    const outcomes = await Promise.all(Array.from({ length: 32 }, create))
    assert.equal(outcomes.filter((outcome) => outcome === 'made').length, 1)
    assert.equal(outcomes.filter((outcome) => outcome === 'AlgorithmNameHasBeenTaken').length, 31)
    const all = await shop.services.db.selectFrom('algorithms').select('id').where('name_lower', '=', 'same').execute()
    assert.equal(all.length, 1)
  })
})
