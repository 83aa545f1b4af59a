import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Environment, readConfig } from './config.ts'

const networksOf = (environment: Environment) => readConfig(environment, { isRoot: true, homeFolder: '/root' }).networks
const range = (address: string, prefixBits: number) => ({ address, prefixBits, family: 'ipv4' })

test('without settings networks are contained, and builds reach their registries', () => {
  assert.deepEqual(networksOf({}), {
    full: 'contained',
    build: 'contained',
    allow: [],
    buildAllow: [],
    detectsBuildAllow: true,
  })
})

test('ALGORIST_NETWORK_ALLOW takes ranges with and without a port, and no names', () => {
  const { allow } = networksOf({ ALGORIST_NETWORK_ALLOW: '10.1.0.0/16:443, 10.2.3.4' })
  assert.deepEqual(allow, [
    { target: range('10.1.0.0', 16), port: 443 },
    { target: range('10.2.3.4', 32), port: null },
  ])
  assert.throws(() => networksOf({ ALGORIST_NETWORK_ALLOW: '10.1.0.0/16,mirror' }), /ALGORIST_NETWORK_ALLOW: expected/)
})

test('ALGORIST_BUILD_NETWORK_ALLOW replaces the detection, or adds to it', () => {
  const mirror = { target: 'mirror.example', port: 8081 }
  const only = networksOf({ ALGORIST_BUILD_NETWORK_ALLOW: 'mirror.example:8081' })
  assert.deepEqual([only.detectsBuildAllow, only.buildAllow], [false, [mirror]])
  const both = networksOf({ ALGORIST_BUILD_NETWORK_ALLOW: 'detect, mirror.example:8081' })
  assert.deepEqual([both.detectsBuildAllow, both.buildAllow], [true, [mirror]])
  const none = networksOf({ ALGORIST_BUILD_NETWORK_ALLOW: 'none' })
  assert.deepEqual([none.detectsBuildAllow, none.buildAllow], [false, []])
  assert.throws(
    () => networksOf({ ALGORIST_BUILD_NETWORK_ALLOW: 'detect,10.0.0.256' }),
    /BUILD_NETWORK_ALLOW: expected/,
  )
})
