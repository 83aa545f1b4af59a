import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type TestEngine, testDatabases } from '../db/testing.ts'
import { secretsOf } from './delivery.ts'
import { createInternalProvider } from './internal-provider.ts'
import { INTERNAL_ID } from './providers.ts'
import { deleteSecretsOf } from './removal.ts'
import { changeSecret, createSecret, listSecrets, removeSecret } from './secrets.ts'
import { isError, openScene } from './testing.ts'

const VALUE = 'q3Zb8TmVx0Lr'
const KIB = 1024

async function start({ open }: TestEngine) {
  const scene = await openScene((await open()).db)
  const { services, as, ids, acme } = scene
  const owner = as('ann', 'session')
  const own = { id: ids.own }
  const wanted = (secret_key: string, more: object = {}) => ({
    ...{ short_name: secret_key.toLowerCase(), description: ' ', secret_key, secret_value: VALUE, owner_id: ids.own },
    ...more,
  })
  const create = (secret_key: string, more: object = {}) => createSecret(services, owner, own, wanted(secret_key, more))
  const createInAcme = (secret_key: string, more: object = {}) =>
    createSecret(services, owner, { organization: 'acme' }, wanted(secret_key, { owner_id: acme, ...more }))
  const told = (algorithmId: string) =>
    secretsOf(services, { key: { accountId: 'any', algorithmId, buildId: 'any', rights: '' } })
  return { ...scene, owner, own, wanted, create, createInAcme, told }
}

async function outcomes(attempts: readonly Promise<unknown>[]): Promise<{ done: number; refused: unknown[] }> {
  const results = await Promise.allSettled(attempts)
  const refused = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  return { done: results.length - refused.length, refused }
}

for (const engine of testDatabases()) {
  describe(`secrets on ${engine.engine}`, { timeout: 120_000 }, () => {
    test('are shown without a value, and lie sealed in the database', async () => {
      const { services, owner, own, create, ids } = await start(engine)
      const { id, default_secret_value_id, created, modified, ...rest } = await create('TOKEN')
      assert.deepEqual(rest, {
        ...{ short_name: 'token', description: ' ', secret_key: 'TOKEN', owner_type: 'algorithm', owner_id: ids.own },
        provider_id: INTERNAL_ID,
      })
      assert.match(created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      assert.equal(modified, created)
      const byNames = await listSecrets(services, owner, { owner: 'ann', algorithm: 'own' })
      assert.deepEqual(
        byNames.map((each) => [each.id, each.default_secret_value_id]),
        [[id, default_secret_value_id]],
      )
      assert.deepEqual(await listSecrets(services, owner, own), byNames)
      const rows = await Promise.all([
        services.db.selectFrom('secrets').selectAll().execute(),
        services.db.selectFrom('secret_values').selectAll().execute(),
      ])
      assert.ok(!JSON.stringify(rows).includes(VALUE))
      assert.equal(rows.flat().length, 2)
    })

    test('a value is changed with the names or left, and the variable stays', async () => {
      const { services, owner, own, create, told, ids } = await start(engine)
      const { id } = await create('TOKEN')
      const params = { ...own, secretId: id }
      const names = { short_name: 'other', description: 'new' }
      await changeSecret(services, owner, params, { ...names, secret_key: 'TOKEN' })
      assert.deepEqual(await told(ids.own), { TOKEN: VALUE })
      const changed = await changeSecret(services, owner, params, { ...names, secret_value: 'new value' })
      assert.deepEqual([changed.short_name, changed.description, changed.secret_key], ['other', 'new', 'TOKEN'])
      assert.deepEqual(await told(ids.own), { TOKEN: 'new value' })
      const refusals = [{ secret_key: 'OTHER' }, { secret_value: '' }, { secret_value: 'a\0b' }]
      for (const wrong of refusals) {
        const change = { short_name: 'wrong', description: 'wrong', ...wrong }
        await assert.rejects(
          changeSecret(services, owner, params, change),
          isError('SecretMetadataConstraintViolation', /^secret_(key|value): /),
        )
      }
      assert.equal((await listSecrets(services, owner, own))[0]?.short_name, 'other')
    })

    test('an algorithm is told its own and its organization’s, its own first; others are told nothing of them', async () => {
      const { services, owner, create, createInAcme, told, ids, wanted } = await start(engine)
      const first = { id: ids.first }
      await createInAcme('SHARED', { secret_value: 'of acme' })
      await createInAcme('BOTH', { secret_value: 'of acme' })
      const mine = wanted('BOTH', { owner_id: ids.first, secret_value: 'of first' })
      const { id } = await createSecret(services, owner, first, mine)
      await create('OWN')
      assert.deepEqual(await told(ids.first), { SHARED: 'of acme', BOTH: 'of first' })
      assert.deepEqual(await told(ids.second), { SHARED: 'of acme', BOTH: 'of acme' })
      assert.deepEqual(await told(ids.own), { OWN: VALUE })
      assert.deepEqual(await told('00000000-0000-4000-8000-000000000000'), {})
      await removeSecret(services, owner, { ...first, secretId: id })
      assert.deepEqual(await told(ids.first), { SHARED: 'of acme', BOTH: 'of acme' })
    })

    test('a change ends the workers that have the old ones, after it is there for the new ones', async () => {
      const { services, owner, own, create, createInAcme, recycled, ids, told } = await start(engine)
      const seen: unknown[] = []
      services.runner.recycle = async (filter) => {
        recycled.push(filter)
        seen.push((await told(filter.algorithmId ?? '')).TOKEN)
      }
      const { id } = await create('TOKEN')
      const change = { short_name: 's', description: 'd', secret_value: 'new' }
      await changeSecret(services, owner, { ...own, secretId: id }, change)
      await removeSecret(services, owner, { ...own, secretId: id })
      assert.deepEqual(seen, [VALUE, 'new', undefined])
      assert.deepEqual(
        recycled.splice(0).map(({ algorithmId }) => algorithmId),
        [ids.own, ids.own, ids.own],
      )
      await createInAcme('TOKEN')
      assert.deepEqual(recycled.map(({ algorithmId }) => algorithmId).sort(), [ids.first, ids.second].sort())
    })

    test('names of the platform are refused for both kinds of owners, and the reason is told', async () => {
      const { create, createInAcme } = await start(engine)
      const names = ['PATH', 'HOME', 'LD_PRELOAD', 'ALGORITHMIA_API', 'ALGORITHMIA_X', 'ALGORIST_ALGORITHM', 'LANG']
      names.push('PYTHONPATH', 'PERL5OPT', 'NODE_OPTIONS', 'TMPDIR', 'BASH_ENV', 'LC_ALL')
      for (const name of names) {
        const isRefused = isError(
          'SecretMetadataConstraintViolation',
          /^secret_key: .*the platform.*choose another name$/,
        )
        await assert.rejects(create(name), isRefused, name)
        await assert.rejects(createInAcme(name), isRefused, name)
      }
      for (const name of ['', 'A-B', 'A=B', 'A B', 'Ä', 'x'.repeat(256)])
        await assert.rejects(create(name), isError('SecretMetadataConstraintViolation', /letters, digits and _/), name)
      const taken = ['path', 'MY_PATH', 'API_KEY', '_x9', 'NODE_ENV', 'PYTHON_KEY']
      taken.push('ALGORITHMIA_API_KEY', 'ALGORITHMIA_BEARER_TOKEN', 'ALGORITHMIA_DEFAULT_API_KEY')
      for (const name of taken) assert.equal((await create(name)).secret_key, name)
    })

    test('what else is wrong with one is told without the value', async () => {
      const { create, acme } = await start(engine)
      const wrong: readonly (readonly [object, RegExp])[] = [
        [{ secret_value: undefined }, /needs a value/],
        [{ secret_value: '' }, /needs a value/],
        [{ secret_key: undefined }, /secret_key: expected the name of a variable/],
        [{ secret_value: `${VALUE}\0` }, /zero byte/],
        [{ secret_value: `${VALUE}\ud800` }, /surrogate/],
        [{ secret_value: VALUE.repeat(6000) }, /at most 65536 bytes, got 72000/],
        [{ owner_id: acme }, /owner_id: expected/],
        [{ provider_id: acme }, /no such secret provider/],
      ]
      for (const [more, message] of wrong) {
        await assert.rejects(
          create('TOKEN', more),
          (error: Error) => message.test(error.message) && !error.message.includes(VALUE),
        )
      }
      await create('TOKEN')
      await assert.rejects(
        create('TOKEN', { short_name: 'n' }),
        isError('SecretMetadataConstraintViolation', /secret_key/),
      )
      await assert.rejects(
        create('X', { short_name: 'token' }),
        isError('SecretMetadataConstraintViolation', /short_name/),
      )
    })

    test('of 32 at once with one variable one is made, and no value is left of the others', async () => {
      const { services, create } = await start(engine)
      const attempts = Array.from({ length: 32 }, (_, at) => create('TOKEN', { short_name: `s${at}` }))
      const { done, refused } = await outcomes(attempts)
      assert.equal(done, 1)
      assert.ok(refused.every(isError('SecretMetadataConstraintViolation', /variable already/)), String(refused[0]))
      assert.equal((await services.db.selectFrom('secret_values').selectAll().execute()).length, 1)
    })

    test('an owner has a hundred at most, also when 32 ask at once', async () => {
      const { services, owner, own, create } = await start(engine)
      for (let at = 0; at < 90; at++) await create(`S${at}`)
      const { done, refused } = await outcomes(Array.from({ length: 32 }, (_, at) => create(`T${at}`)))
      assert.equal(done, 10)
      assert.ok(refused.every(isError('SecretMetadataConstraintViolation', /has 100 secrets/)), String(refused[0]))
      assert.equal((await listSecrets(services, owner, own)).length, 100)
    })

    test('all of an owner have half a mebibyte at most, also when 32 grow at once', async () => {
      const { services, owner, own, create, told, ids } = await start(engine)
      const made = await Promise.all(Array.from({ length: 32 }, (_, at) => create(`S${at}`, { secret_value: 'x' })))
      const grow = { description: '', secret_value: 'y'.repeat(64 * KIB) }
      const changes = made.map(({ id, short_name }) =>
        changeSecret(services, owner, { ...own, secretId: id }, { ...grow, short_name }),
      )
      const { done, refused } = await outcomes(changes)
      assert.equal(done, 7)
      assert.ok(refused.every(isError('SecretMetadataConstraintViolation', /524288 are allowed/)), String(refused[0]))
      assert.equal(Object.values(await told(ids.own)).filter((value) => value.length === 64 * KIB).length, 7)
      await assert.rejects(create('BIG', { secret_value: 'z'.repeat(64 * KIB) }), /524288 are allowed/)
    })

    test('are seen by who manages the algorithm, or belongs to the organization and may manage', async () => {
      const { services, as, admin, own, create, createInAcme, wanted, acme } = await start(engine)
      const { id } = await create('TOKEN')
      await createInAcme('SHARED')
      const inAcme = { organization: 'acme' }
      const denied = isError('NotAuthorized')
      for (const caller of [as('bob'), as('bob', 'session'), as('ann', 'key', { allowAlgoManagement: false })]) {
        await assert.rejects(listSecrets(services, caller, own), denied)
        await assert.rejects(createSecret(services, caller, own, wanted('X')), denied)
        await assert.rejects(removeSecret(services, caller, { ...own, secretId: id }), denied)
      }
      for (const caller of [as('cy'), as('ann')]) assert.equal((await listSecrets(services, caller, inAcme)).length, 1)
      for (const caller of [as('ed'), as('bob'), as('cy', 'key', { allowAlgoManagement: false })])
        await assert.rejects(listSecrets(services, caller, inAcme), denied)
      const more = wanted('X', { owner_id: acme })
      for (const caller of [as('ann'), as('cy', 'session'), as('bob', 'session')])
        await assert.rejects(createSecret(services, caller, inAcme, more), denied)
      await createSecret(services, admin, inAcme, more)
      await createSecret(services, admin, own, wanted('Y'))
      await assert.rejects(listSecrets(services, admin, own), denied)
      await assert.rejects(
        listSecrets(services, as('ann'), { organization: 'nobody' }),
        isError('OrganizationNotFound'),
      )
    })

    test('one is found below its own owner alone', async () => {
      const { services, owner, own, create, createInAcme, ids, wanted } = await start(engine)
      const [mine, shared] = [await create('TOKEN'), await createInAcme('SHARED')]
      const elsewhere = [
        { id: ids.first, secretId: mine.id },
        { organization: 'acme', secretId: mine.id },
        { ...own, secretId: shared.id },
      ]
      for (const params of [...elsewhere, { ...own, secretId: ids.own }]) {
        await assert.rejects(removeSecret(services, owner, params), isError('SecretNotFound'))
        await assert.rejects(changeSecret(services, owner, params, wanted('TOKEN')), isError('SecretNotFound'))
      }
    })

    test('end with their owner, and nobody adds one to what is gone', async () => {
      const { services, own, create, createInAcme, ids, told } = await start(engine)
      await Promise.all(Array.from({ length: 8 }, (_, at) => create(`S${at}`)))
      await createInAcme('SHARED')
      await services.db.transaction().execute(async (transaction) => {
        await deleteSecretsOf(transaction, services, own.id)
        await transaction.deleteFrom('algorithms').where('id', '=', own.id).execute()
      })
      await assert.rejects(create('TOKEN'), isError('AlgorithmIdDoesNotExist'))
      assert.deepEqual(await told(ids.own), {})
      assert.equal((await services.db.selectFrom('secret_values').selectAll().execute()).length, 1)
    })

    test('the built-in provider tells a version, which changes with the value and with nothing else', async () => {
      const { services } = await start(engine)
      const provider = createInternalProvider(services)
      const [one, other] = [await provider.create('one'), await provider.create('other')]
      const version = await provider.version(one)
      await provider.update(other, 'another')
      assert.equal(await provider.version(one), version)
      const updated = await provider.update(one, 'one')
      assert.notEqual(updated, version)
      assert.equal(await provider.version(one), updated)
      assert.deepEqual(
        [...(await provider.get([one, other]))].sort(),
        [
          [one, 'one'],
          [other, 'another'],
        ].sort(),
      )
      assert.deepEqual([await provider.delete(one), await provider.delete(one)], [true, false])
      await assert.rejects(provider.get([other, one]), new RegExp(one))
      await assert.rejects(provider.update(one, VALUE), (error: Error) => !error.message.includes(VALUE))
    })

    test('a sealed value that is copied into another row opens nothing, and no worker starts without it', async () => {
      const { services, create, told, ids } = await start(engine)
      const [one, other] = [await create('ONE'), await create('OTHER')]
      const { db } = services
      const from = db
        .selectFrom('secret_values')
        .select('sealed')
        .where('id', '=', one.default_secret_value_id ?? '')
      const { sealed } = await from.executeTakeFirstOrThrow()
      const to = db
        .updateTable('secret_values')
        .set({ sealed })
        .where('id', '=', other.default_secret_value_id ?? '')
      await to.execute()
      await assert.rejects(told(ids.own))
    })
  })
}
