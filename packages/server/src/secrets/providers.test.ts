import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testDatabases } from '../db/testing.ts'
import {
  changeProvider,
  checkPlugin,
  createProvider,
  getProvider,
  INTERNAL_ID,
  listAllProviders,
  listProviders,
  removeProvider,
  setDefaultProvider,
  uploadPlugin,
} from './providers.ts'
import { createSecret } from './secrets.ts'
import { isError, openScene } from './testing.ts'

const PASSWORD = 'p4Ss9wOrd'
const vault = (more: object = {}) => ({
  ...{ name: 'vault', description: 'Vault', moduleName: 'm', factoryClassName: 'com.example.Vault' },
  ...{ interfaceVersion: '1.0', isEnabled: true, isDefault: false, configuration: { vault_token: PASSWORD } },
  ...more,
})

for (const { engine, open } of testDatabases()) {
  describe(`providers of secrets on ${engine}`, { timeout: 120_000 }, () => {
    const start = async () => openScene((await open()).db)

    test('the built-in one is always there, the default until another is, and cannot be changed', async () => {
      const { services } = await start()
      const [internal, ...others] = await listAllProviders(services)
      assert.deepEqual([internal?.id, internal?.isDefault, others.length], [INTERNAL_ID, true, 0])
      const refused = isError('CannotModifyInternalSecretProvider')
      await assert.rejects(changeProvider(services, INTERNAL_ID, vault()), refused)
      await assert.rejects(removeProvider(services, INTERNAL_ID), refused)
      await assert.rejects(uploadPlugin(services, INTERNAL_ID), refused)
      await setDefaultProvider(services, INTERNAL_ID)
    })

    test('others are records: created, changed, made the default, disabled, deleted', async () => {
      const { services } = await start()
      const { id, created, modified, ...shown } = await createProvider(services, vault())
      const { configuration, ...rest } = vault()
      assert.deepEqual(shown, rest)
      assert.ok(configuration && created && modified)
      await setDefaultProvider(services, id)
      assert.deepEqual(
        (await listAllProviders(services)).map((each) => [each.id, each.isDefault]),
        [
          [id, true],
          [INTERNAL_ID, false],
        ],
      )
      await assert.rejects(removeProvider(services, id), isError('UnableToDeleteDefaultSecretProvider', /'vault'/))
      const off = { isEnabled: false, isDefault: true }
      await assert.rejects(changeProvider(services, id, vault(off)), isError('SecretProviderDisabled'))
      await changeProvider(services, id, vault({ isEnabled: false, name: 'old vault' }))
      assert.deepEqual(
        (await listProviders(services)).map((each) => [each.id, each.isDefault]),
        [[INTERNAL_ID, true]],
      )
      assert.equal((await getProvider(services, id.toUpperCase())).name, 'old vault')
      await assert.rejects(setDefaultProvider(services, id), isError('SecretProviderDisabled', /'old vault'/))
      await removeProvider(services, id)
      await assert.rejects(getProvider(services, id), isError('SecretProviderNotFound'))
    })

    test('a configuration lies sealed, stays when left out, and is repeated by no message', async () => {
      const { services } = await start()
      const stored = async () => (await services.db.selectFrom('secret_providers').selectAll().execute())[0]
      const { id } = await createProvider(services, vault())
      const before = (await stored())?.sealed_configuration ?? ''
      assert.equal(services.secretBox.open(before, id), JSON.stringify({ vault_token: PASSWORD }))
      await changeProvider(services, id, vault({ configuration: undefined }))
      assert.equal((await stored())?.sealed_configuration, before)
      assert.ok(!JSON.stringify([await stored(), await listAllProviders(services)]).includes(PASSWORD))
      for (const configuration of [PASSWORD, [PASSWORD], { vault_token: [PASSWORD] }, { big: PASSWORD.repeat(9000) }]) {
        await assert.rejects(
          changeProvider(services, id, vault({ configuration })),
          (error: Error) =>
            isError('InputValidationError', /^configuration: /)(error) && !error.message.includes(PASSWORD),
        )
      }
    })

    test('what would need a plug-in is refused, and says so', async () => {
      const { services, as, ids } = await start()
      const { id } = await createProvider(services, vault({ isDefault: true }))
      await assert.rejects(uploadPlugin(services, id), isError('InvalidFileUpload', /no Java plug-ins/))
      await assert.rejects(checkPlugin(services, id), isError('InvalidRequest', /no Java plug-ins/))
      const secret = { short_name: 's', description: '', secret_key: 'TOKEN', secret_value: 'v', owner_id: ids.own }
      const create = (provider_id?: string) =>
        createSecret(services, as('ann'), { id: ids.own }, { ...secret, ...(provider_id && { provider_id }) })
      await assert.rejects(create(), isError('CreateSecretNotSupported', /'vault'.*no Java plug-ins/))
      await assert.rejects(create(id), isError('CreateSecretNotSupported', new RegExp(INTERNAL_ID)))
      await create(INTERNAL_ID)
      await changeProvider(services, id, vault({ isEnabled: false }))
      await assert.rejects(create(id), isError('SecretProviderDisabled', /'vault'/))
    })

    test('32 that become the default at once leave one', async () => {
      const { services } = await start()
      const made = await Promise.all(Array.from({ length: 16 }, () => createProvider(services, vault())))
      const more = Array.from({ length: 16 }, () => createProvider(services, vault({ isDefault: true })))
      await Promise.all([...made.map(({ id }) => setDefaultProvider(services, id)), ...more])
      const all = await listAllProviders(services)
      assert.deepEqual([all.length, all.filter(({ isDefault }) => isDefault).length, all[0]?.isDefault], [33, 1, true])
      await setDefaultProvider(services, INTERNAL_ID)
      const [first, second] = await listAllProviders(services)
      assert.deepEqual([first?.id, first?.isDefault, second?.isDefault], [INTERNAL_ID, true, false])
    })
  })
}
