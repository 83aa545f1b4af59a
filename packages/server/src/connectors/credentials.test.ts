import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { createSecretBox } from '../secret-box.ts'
import {
  type GivenCredentials,
  openCredentials,
  parseCredentials,
  publicMembers,
  sealCredentials,
} from './credentials.ts'

const iam = (data: unknown) => parseCredentials({ protocol: 's3', type: 'iam', data })
const sas = (data: unknown) => parseCredentials({ protocol: 'azureblob', type: 'sas', data })
const account = (data: unknown) => parseCredentials({ protocol: 'gs', type: 'serviceaccount', data })
const oauth = (data: unknown) => parseCredentials({ protocol: 'dropbox', type: 'oauth', data })

function messageOf(parse: () => unknown): string {
  try {
    parse()
  } catch (error) {
    assert.ok(error instanceof ApiError && error.error === 'InputValidationError')
    return error.message
  }
  throw new assert.AssertionError({ message: 'nothing was refused' })
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

describe('parseCredentials()', () => {
  test('takes an object or its JSON text, and leaves out what it does not know', () => {
    const data = { access_key_id: 'A', secret_access_key: 'S' }
    assert.deepEqual(iam({ ...data, more: 1 }), { type: 'iam', data })
    assert.deepEqual(iam(JSON.stringify(data)), { type: 'iam', data })
    assert.deepEqual(oauth({ access_token: 'T', refresh_token: null }).data, { access_token: 'T' })
  })

  test('takes the one kind of credentials that fits the protocol', () => {
    const kinds: readonly (readonly [GivenCredentials['protocol'], GivenCredentials['type']])[] = [
      ['s3', 'oauth'],
      ['azureblob', 'iam'],
      ['gs', 'sas'],
      ['dropbox', 'serviceaccount'],
    ]
    for (const [protocol, type] of kinds) {
      const message = messageOf(() => parseCredentials({ protocol, type, data: {} }))
      assert.match(
        message,
        new RegExp(`^cred_type: expected '\\w+' for a connector of kind ${protocol}, got '${type}'`),
      )
    }
  })

  test('names what is missing or wrong, and repeats no secret', () => {
    assert.match(
      messageOf(() => iam({ access_key_id: 'A' })),
      /member 'cred_data.secret_access_key', got none/,
    )
    assert.match(
      messageOf(() => iam('{')),
      /^cred_data: expected an object or its JSON text/,
    )
    for (const data of ['"text"', null, undefined, 7])
      assert.match(
        messageOf(() => iam(data)),
        /cred_data/,
      )
    for (const wrong of [12_345_678, ['12345678'], { x: '12345678' }]) {
      const message = messageOf(() => iam({ access_key_id: 'A', secret_access_key: wrong }))
      assert.match(message, /'cred_data.secret_access_key' to be of type string/)
      assert.ok(!message.includes('12345678'), message)
    }
  })

  test('an endpoint is an address without query, name and password', () => {
    const data = { access_key_id: 'A', secret_access_key: 'S' }
    assert.deepEqual(iam({ ...data, endpoint: 'http://minio:9000/' }).data, { ...data, endpoint: 'http://minio:9000' })
    for (const endpoint of ['minio:9000', 'ftp://minio', 'https://user:word@minio', '/x']) {
      const message = messageOf(() => iam({ ...data, endpoint }))
      assert.match(message, /^cred_data.endpoint: expected an address/)
      assert.ok(!message.includes('word'))
    }
  })

  test('of a shared access signature takes three members, or the address of a container', () => {
    const wanted = { storage_uri: 'https://a.blob.core.windows.net', sas_token: 'sv=1&sig=x%2By', container_name: 'c' }
    const uri = `${wanted.storage_uri}/c?${wanted.sas_token}`
    const same = [
      wanted,
      { ...wanted, storage_uri: `${wanted.storage_uri}/`, sas_token: `?${wanted.sas_token}` },
      { storage_uri: uri },
      { storage_uri: `${wanted.storage_uri}/?${wanted.sas_token}`, container_name: 'c' },
    ]
    for (const data of same) assert.deepEqual(sas(data).data, wanted)
    const emulator = sas({ storage_uri: 'http://127.0.0.1:10000/devstoreaccount1/c?sig=x' })
    assert.deepEqual(emulator.data, {
      ...{ storage_uri: 'http://127.0.0.1:10000/devstoreaccount1', sas_token: 'sig=x', container_name: 'c' },
    })
    assert.match(
      messageOf(() => sas({ storage_uri: wanted.storage_uri })),
      /^cred_data.sas_token: expected a shared/,
    )
    assert.match(
      messageOf(() => sas({ storage_uri: `${wanted.storage_uri}/?sig=x` })),
      /^cred_data.container_name: expected the container/,
    )
  })

  test('of a service account takes the key as PEM, with escaped line ends too', () => {
    const data = { email: 'e@p.iam.gserviceaccount.com', private_key_id: '1', private_key: pem }
    assert.deepEqual(account(data).data, data)
    assert.deepEqual(account({ ...data, private_key: pem.replaceAll('\n', '\\n') }).data, data)
    const message = messageOf(() => account({ ...data, private_key: 'geheim' }))
    assert.match(message, /^cred_data.private_key: expected a private key as PEM/)
    assert.ok(!message.includes('geheim'))
  })
})

test('sealed credentials come back for their own row alone', () => {
  const box = createSecretBox(Buffer.alloc(32))
  const credentials = iam({ access_key_id: 'A', secret_access_key: 'S' })
  const sealed = sealCredentials(box, 'id', credentials)
  assert.deepEqual(openCredentials(box, { id: 'id', sealed }), credentials)
  assert.throws(() => openCredentials(box, { id: 'other', sealed }))
})

test('publicMembers() leaves out every secret', () => {
  const shown = [
    iam({ access_key_id: 'A', secret_access_key: 'S', session_token: 'T', region: 'r' }),
    sas({ storage_uri: 'https://a/c?sig=S' }),
    account({ email: 'e', private_key_id: '1', private_key: pem }),
    oauth({ access_token: 'S', refresh_token: 'S' }),
  ].map(publicMembers)
  assert.deepEqual(shown, [
    { access_key_id: 'A', region: 'r' },
    { storage_uri: 'https://a', container_name: 'c' },
    { email: 'e', private_key_id: '1' },
    {},
  ])
})
