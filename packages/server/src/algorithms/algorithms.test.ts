import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import type { NewAlgorithm } from '@algorist/contract/operations/algorithms.ts'
import { authorizeGit } from '../builds/push.ts'
import { testDatabases } from '../db/testing.ts'
import { publishVersion } from '../versions/versions.ts'
import { deleteAlgorithm, getAlgorithm, getCommitLog, listOwnedAlgorithms, updateAlgorithm } from './algorithms.ts'
import { createAlgorithm } from './create.ts'
import { createHtmlRenderer } from './html-renderer.ts'
import { renderAlgorithm, type Shown } from './render.ts'
import { type OpenWorkshop, openWorkshop } from './testing.ts'

function isError(name: ErrorName) {
  return (error: unknown) => error instanceof ApiError && error.error === name
}

const url = 'http://algorist.test'
const [sqlite] = testDatabases()
const html = createHtmlRenderer()
after(() => html.close())

describe('algorithms', { timeout: 240_000 }, () => {
  let shop: OpenWorkshop
  const show = (shown: Shown) => renderAlgorithm({ ...shown, url }, { ...shop.services, html })

  before(async () => {
    assert.ok(sqlite)
    shop = await openWorkshop((await sqlite.open()).db)
  })
  after(() => shop?.close())

  const create = (name: string, request: Partial<NewAlgorithm> = {}, owner = 'ann', caller = shop.callers.ann) =>
    createAlgorithm(shop.services, caller, owner, { name, settings: { language: 'javascript' }, ...request })

  async function built(name: string, settings: NewAlgorithm['settings'] = {}, owner = 'ann'): Promise<string> {
    const { algorithm, release } = await create(name, { settings: { language: 'javascript', ...settings } }, owner)
    const build = await shop.services.builds.waitFor(release?.row.id ?? '')
    assert.equal(build?.status, 'succeeded')
    return algorithm.id
  }

  test('a new algorithm is rendered in the contract order, with its first build', async () => {
    const shown = await show(await create('Fresh', { details: { label: 'L', tagline: 't' } }))
    assert.deepEqual(Object.keys(shown), [
      ...['id', 'name', 'details', 'settings', 'version_info', 'build', 'source', 'self_link', 'resource_type'],
    ])
    assert.deepEqual(shown.details, { label: 'L', tagline: 't' })
    assert.equal(shown.build?.status, 'in-progress')
    assert.equal(shown.self_link, `${url}/v1/algorithms/ann/Fresh/versions/${shown.version_info?.git_hash}`)
    const { algorithm_environment, ...settings } = shown.settings ?? {}
    assert.match(algorithm_environment ?? '', /^[0-9a-f-]{36}$/)
    assert.deepEqual(settings, {
      algorithm_callability: 'private',
      source_visibility: 'closed',
      language: 'javascript',
      environment: 'cpu',
      license: 'apl',
      royalty_microcredits: 0,
      network_access: 'full',
      pipeline_enabled: true,
      insights_enabled: false,
    })
  })

  test('the first commit is by the owner and holds configuration and license', async () => {
    const { algorithm } = await create('Licensed', { settings: { language: 'javascript', license: 'mit' } }, 'acme')
    const entry = shop.services.catalog.byId(algorithm.id)
    assert.ok(entry)
    const [first] = await getCommitLog(shop.services, shop.callers.cy, { id: algorithm.id }, {})
    assert.equal(first?.author, 'acme <ann@example.com>')
    assert.equal(first?.message, 'Algorithmia initial commit')
    const read = async (path: string) =>
      (
        await shop.services.repositories.readFile(entry, { commitSha: first?.id ?? '', path, maxSizeBytes: 1e6 })
      )?.toString()
    assert.match(
      (await read('algorithmia.conf')) ?? '',
      /^\{\n {2}"username" : "acme",\n {2}"algoname" : "Licensed",\n/,
    )
    const configuration = JSON.parse((await read('algorithmia.conf')) ?? '')
    assert.deepEqual(Object.keys(configuration), ['username', 'algoname', 'language', 'submitted_at'])
    assert.equal(configuration.language, 'javascript')
    assert.match((await read('LICENSE.txt')) ?? '', /MIT License[^{]*acme/)
    assert.match((await read('src/Licensed.js')) ?? '', /apply/)
    assert.equal(entry.settings.sourceVisibility, 'open')
  })

  test('what cannot be created is refused with its own error and leaves nothing', async () => {
    const before = shop.services.catalog.ids().size
    const { bob } = shop.callers
    const refused: [ErrorName, () => Promise<unknown>][] = [
      ['InputValidationError', () => create('1st')],
      ['InputValidationError', () => create('has-dash')],
      ['AlgorithmNameHasBeenTaken', () => create('FRESH')],
      ['MissingRequiredFields', () => create('NoLanguage', { settings: {} })],
      ['UnknownAlgorithmLanguage', () => create('Odd', { settings: { language: 'cobol' } })],
      [
        'InputValidationError',
        () => create('Closed', { settings: { language: 'javascript', license: 'mit', source_visibility: 'closed' } }),
      ],
      ['ScmConfigurationNotFound', () => create('Outside', { source: { scm: 'github' } })],
      ['UserNotFound', () => create('X', {}, 'nobody')],
      ['NotAuthorized', () => create('X', {}, 'ann', bob)],
      ['NotAuthorized', () => create('X', {}, 'acme', bob)],
    ]
    for (const [name, attempt] of refused) await assert.rejects(attempt(), isError(name), name)
    assert.equal(shop.services.catalog.ids().size, before)
  })

  test('an admin key creates nothing', async () => {
    const { ann } = shop.callers
    assert.ok(ann.kind === 'key')
    const admin = { kind: 'admin', account: ann.account, keyId: 'k' } as const
    await assert.rejects(create('ByAdmin', {}, 'ann', admin), isError('NotAuthorized'))
  })

  test('an unknown license counts as apl', async () => {
    const { algorithm } = await create('Ruby', { settings: { language: 'javascript', licence: 'ap1' } })
    assert.equal(algorithm.settings.license, 'apl')
  })

  test('it is found by name in any case and by id; a private one is hidden from others', async () => {
    const { ann, bob } = shop.callers
    const byName = await getAlgorithm(shop.services, ann, { owner: 'ANN', algorithm: 'fresh' })
    assert.equal(byName.algorithm.name, 'Fresh')
    await getAlgorithm(shop.services, ann, { id: byName.algorithm.id.toUpperCase() })
    await assert.rejects(
      getAlgorithm(shop.services, ann, { owner: 'ann', algorithm: 'No' }),
      isError('AlgorithmNameDoesNotExist'),
    )
    await assert.rejects(
      getAlgorithm(shop.services, bob, { owner: 'ann', algorithm: 'Fresh' }),
      isError('NotAuthorized'),
    )
    assert.deepEqual(listOwnedAlgorithms(shop.services, bob, 'ann'), [])
    assert.ok(listOwnedAlgorithms(shop.services, ann, 'Ann').some(({ algoname }) => algoname === 'Fresh'))
  })

  test('a change keeps what it does not name', async () => {
    const id = await built('Changing', { pipeline_enabled: false })
    const change = { settings: { network_access: 'isolated' as const }, details: { tagline: 'new' } }
    const { algorithm } = await updateAlgorithm(shop.services, shop.callers.ann, { id }, change)
    assert.deepEqual([algorithm.settings.pipelineEnabled, algorithm.settings.networkAccess], [false, 'isolated'])
    assert.deepEqual(algorithm.details, { label: 'Changing', tagline: 'new' })
    assert.equal(shop.services.catalog.byId(id)?.settings.networkAccess, 'isolated')
    const other = { settings: { language: 'python3' } }
    await assert.rejects(
      updateAlgorithm(shop.services, shop.callers.ann, { id }, other),
      isError('InputValidationError'),
    )
    await assert.rejects(updateAlgorithm(shop.services, shop.callers.bob, { id }, change), isError('NotAuthorized'))
  })

  test('32 changes at the same time lose none', async () => {
    const id = await built('Busy')
    const labels = Array.from({ length: 16 }, (_, index) => `label ${index}`)
    await Promise.all([
      ...labels.map((label) => updateAlgorithm(shop.services, shop.callers.ann, { id }, { details: { label } })),
      ...labels.map((tagline) => updateAlgorithm(shop.services, shop.callers.ann, { id }, { details: { tagline } })),
    ])
    const { algorithm } = await getAlgorithm(shop.services, shop.callers.ann, { id })
    assert.ok(labels.includes(algorithm.details.label))
    assert.ok(labels.includes(algorithm.details.tagline ?? ''))
  })

  test('once a version is public others see it without its log, and the owner cannot delete it', async () => {
    const id = await built('Shared')
    const { ann, bob } = shop.callers
    await publishVersion(shop.services, ann, { id }, { settings: { algorithm_callability: 'public' } })
    const shown = await show(await getAlgorithm(shop.services, bob, { id }))
    assert.equal(shown.version_info?.semantic_version, '0.1.0')
    assert.deepEqual(shown.compilation, { successful: true, output: '' })
    const own = await show(await getAlgorithm(shop.services, ann, { id }))
    assert.match(own.compilation?.output ?? '', /Beginning container customization/)
    await assert.rejects(deleteAlgorithm(shop.services, ann, { id }), isError('NotAuthorized'))
    await assert.rejects(getCommitLog(shop.services, bob, { id }, {}), isError('NotAuthorized'))
  })

  test('deleting removes the record, the repository and the artifacts', async () => {
    const id = await built('Gone')
    const entry = shop.services.catalog.byId(id)
    assert.ok(entry)
    await deleteAlgorithm(shop.services, shop.callers.ann, { id })
    await assert.rejects(getAlgorithm(shop.services, shop.callers.ann, { id }), isError('AlgorithmIdDoesNotExist'))
    await assert.rejects(shop.services.repositories.run(entry, ['rev-parse', 'HEAD']))
    await built('Gone')
  })

  test('git: closed source is for the owner and members, open source for every account, writing never for strangers', async () => {
    await built('Secret', {}, 'acme')
    await built('Open', { source_visibility: 'open' })
    const { ann, bob, cy } = shop.callers
    const authorize = authorizeGit(shop.services)
    const weak = cy.kind === 'key' ? { ...cy, rights: { ...cy.rights, allowAlgoManagement: false } } : cy
    const on = (owner: string, name: string, action: 'read' | 'write') => ({ owner, name, action })
    assert.ok(authorize(cy, on('ACME', 'secret', 'write')))
    assert.ok(authorize(weak, on('acme', 'Secret', 'read')))
    assert.throws(() => authorize(weak, on('acme', 'Secret', 'write')), isError('NotAuthorized'))
    assert.throws(() => authorize(bob, on('acme', 'Secret', 'read')), isError('PathNotFound'))
    assert.throws(() => authorize(bob, on('acme', 'Secret', 'write')), isError('PathNotFound'))
    assert.ok(authorize(bob, on('ann', 'Open', 'read')))
    assert.throws(() => authorize(bob, on('ann', 'Open', 'write')), isError('NotAuthorized'))
    assert.throws(() => authorize(ann, on('ann', 'Nothing', 'read')), isError('PathNotFound'))
  })
})
