import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { type Environment, readConfig } from './config.ts'
import { settingsPage } from './settings-page.ts'

const asRoot = { isRoot: true, homeFolder: '/root' }
const asUser = { isRoot: false, homeFolder: '/home/ada' }

test('readConfig() gives the defaults for an empty environment', () => {
  const config = readConfig({}, asUser)
  assert.equal(config.home, '/home/ada/.local/share/algorist')
  assert.equal(config.url, 'http://127.0.0.1:8080')
  assert.deepEqual(config.listen, { host: '127.0.0.1', port: 8080, tls: null })
  assert.equal(config.database.url, null)
  assert.equal(config.sandbox.uidBase, null)
  assert.equal(config.calls.bodyBytes, 10 * 1024 * 1024)
  assert.deepEqual(config.builds.environment, {})
})

test('readConfig() gives root a system folder and a range of user ids', () => {
  const config = readConfig({}, asRoot)
  assert.equal(config.home, '/var/lib/algorist')
  assert.equal(config.database.sqlitePath, '/var/lib/algorist/db/algorist.sqlite')
  assert.equal(config.sandbox.uidBase, 200_000)
})

test('readConfig() allows requests of the server to no special address unless one is named', () => {
  assert.deepEqual(readConfig({}, asRoot).egress.allow, [])
  const named = readConfig({ ALGORIST_EGRESS_ALLOW: '10.0.0.0/8, fd00::7' }, asRoot)
  assert.deepEqual(named.egress.allow, ['10.0.0.0/8', 'fd00::7'])
})

test('readConfig() treats an empty value as none', () => {
  assert.equal(readConfig({ ALGORIST_PORT: '' }, asRoot).listen.port, 8080)
})

const addresses: [Environment, string][] = [
  [{ ALGORIST_HOST: '0.0.0.0', ALGORIST_PORT: '9000' }, 'http://localhost:9000'],
  [{ ALGORIST_HOST: '::1' }, 'http://[::1]:8080'],
  [{ ALGORIST_TLS_CERTIFICATE: '/c.pem', ALGORIST_TLS_KEY: '/k.pem', ALGORIST_PORT: '443' }, 'https://127.0.0.1'],
  [{ ALGORIST_URL: 'https://api.example.com/' }, 'https://api.example.com'],
]
for (const [environment, url] of addresses) {
  test(`readConfig() derives ${url} from ${JSON.stringify(environment)}`, () => {
    assert.equal(readConfig(environment, asRoot).url, url)
  })
}

const tokens = {
  ALGORIST_JWT_JWKS_URL: 'http://[::1]:8080/keys',
  ALGORIST_JWT_ISSUER: 'i',
  ALGORIST_JWT_AUDIENCE: 'a',
}

test('readConfig() turns tokens on with a key set, an issuer and an audience', () => {
  assert.equal(readConfig({}, asRoot).tokens, null)
  const { keySetUrl, usernameClaim, groupsClaim } = readConfig(tokens, asRoot).tokens ?? {}
  assert.deepEqual([keySetUrl, usernameClaim, groupsClaim], ['http://[::1]:8080/keys', 'sub', null])
})

const wrong: [Environment, RegExp][] = [
  [{ ALGORIST_PORT: '80 80' }, /ALGORIST_PORT: expected a whole number from 0 to 65535, got "80 80"/],
  [{ ALGORIST_PORT: '65536' }, /ALGORIST_PORT: expected/],
  [{ ALGORIST_HOME: 'data' }, /ALGORIST_HOME: expected an absolute path, got "data"/],
  [{ ALGORIST_URL: 'https://example.com/api' }, /without a path, got "https:\/\/example.com\/api"/],
  [{ ALGORIST_SANDBOX: 'off' }, /one of bubblewrap, trusted-code-only, got "off"/],
  [{ ALGORIST_TLS_KEY: '/k.pem' }, /expected both or neither/],
  [
    { ALGORIST_JWT_ISSUER: 'i', ALGORIST_JWT_AUDIENCE: 'a' },
    /JWT_JWKS_URL, ALGORIST_JWT_ISSUER and .*: expected all three/,
  ],
  [{ ALGORIST_JWT_GROUPS_CLAIM: 'groups' }, /expected all three/],
  [{ ALGORIST_JWT_JWKS_URL: 'http://login.example.com/keys' }, /ALGORIST_JWT_JWKS_URL: expected an https address, or/],
  [{ ALGORIST_JWT_JWKS_URL: 'https://user:pw@login.example.com/keys' }, /ALGORIST_JWT_JWKS_URL: expected/],
  [{ ALGORIST_JWT_ISSUER: ' i' }, /ALGORIST_JWT_ISSUER: expected/],
  [{ ...tokens, ALGORIST_JWT_ADMIN_GROUP: 'admins' }, /ALGORIST_JWT_ADMIN_GROUP: expected ALGORIST_JWT_GROUPS_CLAIM/],
  [{ ALGORIST_PROT: '1' }, /ALGORIST_PROT is not a setting; the nearest is ALGORIST_PORT/],
  [{ ALGORIST_BUILD_ENV: '1=2' }, /ALGORIST_BUILD_ENV: expected/],
  [{ ALGORIST_WORKER_CPUS: '0' }, /ALGORIST_WORKER_CPUS: expected a number of cores from 0.05/],
  [{ ALGORIST_WORKER_MEMORY_MIB: '63' }, /ALGORIST_WORKER_MEMORY_MIB: expected a whole number from 64/],
  [{ ALGORIST_DISK_LIMIT_PERCENT: '101' }, /ALGORIST_DISK_LIMIT_PERCENT: expected/],
  [{ ALGORIST_EGRESS_ALLOW: '10.0.0.0/8,intranet' }, /ALGORIST_EGRESS_ALLOW: expected addresses and CIDR ranges/],
]
for (const [environment, message] of wrong) {
  test(`readConfig() refuses ${JSON.stringify(environment)}`, () => {
    assert.throws(() => readConfig(environment, asRoot), message)
  })
}

test('readConfig() takes the limits of workers and builds, and leaves to the machine what depends on it', () => {
  const { limits, diskLimitPercent } = readConfig({}, asRoot)
  assert.deepEqual(limits.worker, { processes: 1024, openFiles: 4096, tmpBytes: 512 * 1024 ** 2 })
  assert.equal(limits.build.timeoutMs, 1_800_000)
  assert.equal(diskLimitPercent, 95)
  const given = { ALGORIST_WORKER_MEMORY_MIB: '256', ALGORIST_WORKER_CPUS: '1.5', ALGORIST_BUILD_CPUS: '0.5' }
  const changed = readConfig(given, asRoot).limits
  assert.deepEqual([changed.worker.memoryBytes, changed.worker.cpus, changed.build.cpus], [256 * 1024 ** 2, 1.5, 0.5])
})

test('readConfig() names every problem at once', () => {
  assert.throws(
    () => readConfig({ ALGORIST_PORT: 'x', ALGORIST_LOG_LEVEL: 'loud' }, asRoot),
    /ALGORIST_PORT[\s\S]*ALGORIST_LOG_LEVEL/,
  )
})

test('readConfig() refuses a range of user ids without root', () => {
  assert.throws(() => readConfig({ ALGORIST_UID_BASE: '300000' }, asUser), /only root/)
})

test('readConfig() does not repeat a secret in its message', () => {
  const environment = { ALGORIST_MASTER_KEY: 'not-a-key', ALGORIST_DATABASE_URL: 'mysql://u:hunter2@h/d' }
  assert.throws(
    () => readConfig(environment, asRoot),
    (error: Error) => /9 characters/.test(error.message) && !/not-a-key|hunter2/.test(error.message),
  )
})

test('readConfig() takes a master key as hex or base64', () => {
  const key = Buffer.alloc(32, 7)
  for (const encoding of ['hex', 'base64'] as const) {
    assert.deepEqual(readConfig({ ALGORIST_MASTER_KEY: key.toString(encoding) }, asRoot).masterKey, key)
  }
})

test('builds see detected mirrors, proxies and CA files, and nothing else', () => {
  const environment = {
    PATH: '/bin',
    SECRET_TOKEN: 'x',
    PIP_INDEX_URL: 'https://mirror.example/simple',
    PIP_TARGET: '/elsewhere',
    npm_config_registry: 'https://mirror.example/npm',
    https_proxy: 'http://proxy.example:3128',
    REQUESTS_CA_BUNDLE: '/ca.pem',
  }
  assert.deepEqual(readConfig(environment, asRoot).builds.environment, {
    PIP_INDEX_URL: 'https://mirror.example/simple',
    npm_config_registry: 'https://mirror.example/npm',
    https_proxy: 'http://proxy.example:3128',
    REQUESTS_CA_BUNDLE: '/ca.pem',
  })
})

test('ALGORIST_BUILD_ENV replaces the detection', () => {
  const environment = { PIP_INDEX_URL: 'https://a.example', NO_PROXY: 'a,b', ALGORIST_BUILD_ENV: 'CARGO=x=y,NO_PROXY' }
  assert.deepEqual(readConfig(environment, asRoot).builds.environment, { CARGO: 'x=y', NO_PROXY: 'a,b' })
  assert.deepEqual(readConfig({ ...environment, ALGORIST_BUILD_ENV: 'none' }, asRoot).builds.environment, {})
})

test('docs/settings.md is what settings-page.ts prints', async () => {
  const page = await readFile(new URL('../../../docs/settings.md', import.meta.url), 'utf8')
  assert.equal(page, settingsPage(), 'print it again: node packages/server/src/settings-page.ts > docs/settings.md')
})
