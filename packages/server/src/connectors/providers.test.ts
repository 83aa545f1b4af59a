/**
 * Connectors of every provider but S3, which the wire tests have: created by their rules, opened from their sealed rows and
 * used as the data API does, against Azurite, fake-gcs-server and a double of Dropbox.
 */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import type { NewConnector } from '@algorist/contract/operations/connectors.ts'
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { pino } from 'pino'
import { createUser } from '../accounts/accounts.ts'
import { createAccountDirectory } from '../accounts/directory.ts'
import { type Caller, FULL_RIGHTS } from '../caller.ts'
import type { DataPlace } from '../data/place.ts'
import { type TestEngine, testDatabases } from '../db/testing.ts'
import { inChunks, MIB, sample } from '../drivers/suite/samples.ts'
import { type Azurite, prepareAzurite, startAzurite } from '../drivers/testing/azurite.ts'
import { type DropboxDouble, startDropboxDouble } from '../drivers/testing/dropbox-double.ts'
import type { Prepared } from '../drivers/testing/emulator.ts'
import { type FakeGcs, prepareFakeGcs, startFakeGcs } from '../drivers/testing/fake-gcs.ts'
import { createEgressGate } from '../http/egress-gate.ts'
import { createSecretBox } from '../secret-box.ts'
import { openConnectorPlace } from './connector-place.ts'
import { createConnector } from './connectors.ts'
import { createOpenConnectors, type OpenConnectors, type OpenConnectorsOptions } from './open-connectors.ts'

const engines = testDatabases()
const log = pino({ level: 'silent' })
const opened: OpenConnectors[] = []
after(() => Promise.all(opened.map((each) => each.close())))

/** One kind of storage, as somebody would connect it. */
interface Provider {
  readonly wanted: NewConnector
  /** The same with something in it that the storage does not accept. */
  readonly wrong: NewConnector
  /** Folder in which there may be files; empty, or with a slash at its end. */
  readonly base: string
  readonly dropbox?: Pick<OpenConnectorsOptions, 'dropboxApp' | 'dropboxUrls'>
}

interface OpenOptions {
  readonly engine?: TestEngine | undefined
  /** Addresses that connectors may reach although they are not public. */
  readonly allowed?: readonly string[]
}

/** An account with one connector, in a database of its own. */
async function connect(
  { wanted, dropbox }: Provider,
  { engine = engines[0], allowed = ['127.0.0.1'] }: OpenOptions = {},
) {
  assert.ok(engine)
  const { db } = await engine.open()
  const directory = await createAccountDirectory(db)
  const secretBox = createSecretBox(Buffer.alloc(32))
  await createUser({ db, directory }, { username: 'ada', email: 'ada@example.com' })
  const account = directory.byName('ada')
  assert.ok(account)
  const caller: Caller = { kind: 'key', login: 'key', account, keyId: 'k', rights: FULL_RIGHTS }
  await createConnector({ db, directory, secretBox }, caller, { username: 'ada' }, { ...wanted, writeable: true })
  /** As after a start of the server: nothing is known but what is in the database. */
  function start(): Promise<DataPlace> {
    const connectors = createOpenConnectors({
      ...{ db, secretBox, log, dropboxApp: { key: null, secret: null }, ...dropbox },
      egress: createEgressGate({ allow: createAddressSet(allowed) }),
    })
    opened.push(connectors)
    return openConnectorPlace({ connectors }, caller, { protocol: wanted.protocol, label: undefined })
  }
  return { db, start, place: await start() }
}

async function put(place: DataPlace, path: string, content: Uint8Array): Promise<void> {
  assert.equal((await place.put(path, inChunks(content))).sizeBytes, content.byteLength)
}

async function get(place: DataPlace, path: string): Promise<Buffer> {
  const found = await place.find(path)
  assert.ok(found.kind === 'file')
  return Buffer.concat(await (await found.read()).toArray())
}

async function list(place: DataPlace, path: string): Promise<string[]> {
  const found = await place.find(path)
  assert.ok(found.kind === 'directory')
  const { folders, files } = await found.list(undefined)
  return [...folders.map((name) => `${name}/`), ...files.map(({ name }) => name)]
}

const isError =
  (name: ErrorName, message = /./) =>
  (error: unknown): boolean =>
    error instanceof ApiError && error.error === name && message.test(error.message)

/** @param secrets that no error may tell */
function testProvider(provider: Provider, secrets: readonly string[]): void {
  const { base, wrong } = provider

  test('files and directories are written, found, listed, read and deleted', async () => {
    const { place } = await connect(provider)
    const content = sample(9 * MIB)
    await put(place, `${base}dir/große Datei.bin`, content)
    await put(place, `${base}dir/sub/b.txt`, Buffer.from('b'))
    await place.createDirectory(`${base}dir`, 'empty', undefined)
    assert.deepEqual(await list(place, `${base}dir`), ['empty/', 'sub/', 'große Datei.bin'])
    assert.ok(content.equals(await get(place, `${base}dir/große Datei.bin`)))
    await assert.rejects(place.delete(`${base}dir`, { force: false }), isError('DirectoryNotEmpty'))
    assert.equal(await place.delete(`${base}dir/sub/b.txt`, { force: false }), 1)
    await assert.rejects(place.find(`${base}dir/sub/b.txt`), isError('DataNotFound'))
    assert.equal(await place.delete(`${base}dir`, { force: true }), 1)
    await assert.rejects(place.find(`${base}dir`), isError('DataNotFound'))
  })

  test('credentials that the storage does not accept are told apart from a missing file, and not shown', async () => {
    const { place } = await connect({ ...provider, wanted: wrong })
    await assert.rejects(place.find(`${base}a.txt`), (error: unknown) => {
      assert.ok(isError('StorageRefused')(error), String(error))
      for (const secret of secrets) assert.ok(!String(error).includes(secret), String(error))
      return true
    })
  })

  test('on this machine it is refused until the operator allows its address', async () => {
    const { place } = await connect(provider, { allowed: [] })
    const refused = isError('StorageFailed', /127\.0\.0\.1: its address is not a public one.* ALGORIST_EGRESS_ALLOW/)
    await assert.rejects(place.find(`${base}a.txt`), refused)
    await assert.rejects(place.put(`${base}a.txt`, inChunks(sample(1))), refused)
  })
}

function testAzure({ storageUri, containerName, sasToken }: Azurite): void {
  const token = sasToken()
  const cred_data = { storage_uri: storageUri, sas_token: token, container_name: containerName }
  const wanted = { protocol: 'azureblob', cred_type: 'sas', cred_data } as const
  const signature = new URLSearchParams(token).get('sig') ?? ''
  const expired = sasToken({ expiresAt: new Date(Date.now() - 1000) })
  const wrong = { ...wanted, cred_data: { ...cred_data, sas_token: expired } }
  const provider = { wanted, wrong, base: '' }
  testProvider(provider, [signature, new URLSearchParams(expired).get('sig') ?? ''])

  test('the address of a container with its signature, as portals show it, is enough', async () => {
    const whole = { storage_uri: `${storageUri}/${containerName}?${token}` }
    const { place } = await connect({ ...provider, wanted: { ...wanted, cred_data: whole } })
    await put(place, 'portal.txt', Buffer.from('text'))
    assert.equal((await get(place, 'portal.txt')).toString(), 'text')
  })
}

function testGoogle({ account, apiEndpoint, tokenUri, bucket }: FakeGcs): void {
  const { email, privateKeyId, privateKey } = account
  const cred_data = {
    ...{ email, private_key_id: privateKeyId, private_key: privateKey },
    ...{ endpoint: apiEndpoint, token_uri: tokenUri },
  }
  const wanted = { protocol: 'gs', cred_type: 'serviceaccount', cred_data } as const
  const wrong = { ...wanted, cred_data: { ...cred_data, private_key_id: 'of-another-key' } }
  testProvider({ wanted, wrong, base: `${bucket}/` }, [privateKey])
}

function dropboxOf({ url, clientId, clientSecret, refreshToken }: DropboxDouble, accessToken: string): Provider {
  const cred_data = { access_token: accessToken, refresh_token: refreshToken }
  const wanted = { protocol: 'dropbox', cred_type: 'oauth', cred_data } as const
  return {
    wanted,
    wrong: { ...wanted, cred_data: { access_token: 'sl.access-of-nobody' } },
    base: '',
    dropbox: {
      dropboxApp: { key: clientId, secret: clientSecret },
      dropboxUrls: { api: url, content: url },
    },
  }
}

function testDropbox(double: DropboxDouble): void {
  const provider = () => dropboxOf(double, double.issueAccessToken())
  const renewals = () => double.requests.filter((path) => path === '/oauth2/token').length
  testProvider(provider(), ['sl.access-of-nobody', double.refreshToken, double.clientSecret])

  for (const engine of engines) {
    test(`a token that was renewed, once for all requests, is kept sealed for the next start, on ${engine.engine}`, async () => {
      const { db, start, place } = await connect(provider(), { engine })
      const sealed = async () => (await db.selectFrom('connectors').selectAll().executeTakeFirstOrThrow()).sealed
      await put(place, 'kept.txt', Buffer.from('kept'))
      const [before, sealedBefore] = [renewals(), await sealed()]
      double.expireAccessTokens()
      const found = await Promise.all(Array.from({ length: 12 }, () => get(place, 'kept.txt')))
      assert.ok(found.every((content) => content.toString() === 'kept'))
      assert.equal(renewals(), before + 1)
      const sealedAfter = await sealed()
      assert.notEqual(sealedAfter, sealedBefore)
      assert.doesNotMatch(sealedAfter, /sl\.access/)
      const again = await start()
      assert.equal((await get(again, 'kept.txt')).toString(), 'kept')
      assert.equal(renewals(), before + 1)
      double.expireAccessTokens()
      assert.equal((await get(again, 'kept.txt')).toString(), 'kept', 'the refresh token is kept with it')
    })
  }
}

/** Started, or why it cannot be. */
type Emulator<Started> = Started | Extract<Prepared, { readonly unavailable: string }>

async function emulatorOf<Started>(
  prepared: Prepared,
  start: (folder: string) => Promise<Started>,
): Promise<Emulator<Started>> {
  return 'unavailable' in prepared ? prepared : start(prepared.folder)
}

/** Skips the tests with the reason where there is no emulator. */
function testEmulator<Started extends { stop(): Promise<void> }>(
  name: string,
  emulator: Emulator<Started>,
  tests: (emulator: Started) => void,
): void {
  if ('unavailable' in emulator) return void test(name, { skip: emulator.unavailable }, () => {})
  describe(name, { timeout: 60_000 }, () => {
    after(() => emulator.stop())
    tests(emulator)
  })
}

// All of them before the first test: what the tests share is put away as soon as those that are known have ended.
const azurite = await emulatorOf(await prepareAzurite(), startAzurite)
const fakeGcs = await emulatorOf(await prepareFakeGcs(), startFakeGcs)
const double = await startDropboxDouble()

testEmulator('a connector for Azure', azurite, testAzure)
testEmulator('a connector for Google', fakeGcs, testGoogle)
describe('a connector for Dropbox', { timeout: 60_000 }, () => {
  after(() => double.close())
  testDropbox(double)
})
