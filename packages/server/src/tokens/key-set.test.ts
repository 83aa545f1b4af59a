import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { pino } from 'pino'
import { createKeySet } from './key-set.ts'
import { type Issuer, newKey, openIssuer, testEgress } from './testing.ts'

const MINUTE_MS = 60_000
const log = pino({ level: 'silent' })

describe('the keys of an identity provider', { timeout: 120_000 }, () => {
  const second = newKey('second')
  let issuer: Issuer
  let nowMs: number
  before(async () => {
    issuer = await openIssuer()
  })
  after(() => issuer.close())
  beforeEach(() => {
    nowMs = 0
    Object.assign(issuer, { reads: 0, status: 200, shown: { keys: [issuer.key.jwk] } })
  })
  const open = () => createKeySet({ url: issuer.settings.keySetUrl, egress: testEgress, log, clock: () => nowMs })

  test('are read when one is needed, once for all who wait', async () => {
    const keySet = open()
    assert.equal(issuer.reads, 0)
    const keys = await Promise.all(Array.from({ length: 32 }, () => keySet.find({ kid: 'first' })))
    assert.ok(keys.every((key) => key !== undefined && key === keys[0]))
    assert.ok(await keySet.find({ kid: 'first' }))
    assert.equal(issuer.reads, 1)
  })

  test('are read again for an unknown name, at most once in half a minute', async () => {
    const keySet = open()
    assert.ok(await keySet.find({ kid: 'first' }))
    issuer.shown = { keys: [issuer.key.jwk, second.jwk] }
    assert.ok(await keySet.find({ kid: 'second' }))
    assert.equal(issuer.reads, 2)
    for (const kid of ['third', 'fourth', '__proto__']) assert.equal(await keySet.find({ kid }), undefined)
    nowMs += 29_999
    assert.equal(await keySet.find({ kid: 'third' }), undefined)
    assert.equal(issuer.reads, 2)
    nowMs += 1
    assert.equal(await keySet.find({ kid: 'third' }), undefined)
    assert.equal(issuer.reads, 3)
  })

  test('stop counting within ten minutes after they were taken back', async () => {
    const keySet = open()
    assert.ok(await keySet.find({ kid: 'first' }))
    issuer.shown = { keys: [second.jwk] }
    nowMs += 10 * MINUTE_MS - 1
    assert.ok(await keySet.find({ kid: 'first' }))
    nowMs += 1
    assert.equal(await keySet.find({ kid: 'first' }), undefined)
    assert.ok(await keySet.find({ kid: 'second' }))
  })

  for (const [what, broken] of [
    ['answers with an error', { status: 500 }],
    ['sends no JSON', { shown: '<html>' }],
    ['sends another object', { shown: { value: [] } }],
    ['sends null', { shown: null }],
    ['shows no keys', { shown: { keys: [] } }],
    ['redirects to nowhere', { status: 302 }],
  ] as const) {
    test(`are kept when the provider ${what}`, async () => {
      const keySet = open()
      const key = await keySet.find({ kid: 'first' })
      Object.assign(issuer, broken)
      nowMs += 60 * MINUTE_MS
      assert.equal(await keySet.find({ kid: 'first' }), key)
      assert.equal(issuer.reads, 2)
      // A provider that is down is not asked for every token.
      assert.equal(await keySet.find({ kid: 'first' }), key)
      assert.equal(issuer.reads, 2)
      Object.assign(issuer, { status: 200, shown: { keys: [second.jwk] } })
      nowMs += MINUTE_MS
      assert.ok(await keySet.find({ kid: 'second' }))
    })
  }

  test('that could not be read yet are the reason to say so', async () => {
    const keySet = open()
    issuer.status = 503
    await assert.rejects(
      keySet.find({ kid: 'first' }),
      (error) =>
        error instanceof ApiError && error.error === 'ServiceUnavailable' && error.headers['Retry-After'] === '30',
    )
    issuer.status = 200
    nowMs += 30_000
    assert.ok(await keySet.find({ kid: 'first' }))
  })

  test('count when they are RSA keys for signatures, by kid or x5t', async () => {
    const { kid, ...bare } = issuer.key.jwk
    issuer.shown = {
      keys: [
        'nonsense',
        null,
        { ...bare, kid: 'encryption', use: 'enc' },
        { ...bare, kid: 'other-algorithm', alg: 'RS512' },
        { ...bare, kid: 'operations', key_ops: ['encrypt'] },
        { ...bare, kid: 'broken', n: '!' },
        { kty: 'oct', kid: 'secret', k: 'c2VjcmV0', alg: 'HS256' },
        newKey('small', 1024).jwk,
        { ...bare, kid: 7 },
        { ...bare, x5t: 'thumbprint' },
        { kty: 'RSA', n: bare.n, e: bare.e, kid: 'plain' },
      ],
    }
    const keySet = open()
    const names = ['encryption', 'other-algorithm', 'operations', 'broken', 'secret', 'small', '7', 'nonsense']
    for (const name of names) assert.equal(await keySet.find({ kid: name }), undefined, name)
    assert.ok(await keySet.find({ x5t: 'thumbprint' }))
    assert.ok(await keySet.find({ kid: 'plain' }))
    for (const name of [7, '', null, {}]) assert.equal(await keySet.find({ kid: name }), undefined)
  })
})
