import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAllowEntry } from '@algorist/contract/allow-list.ts'
import { checkBuildAllow } from './build-allow.ts'

const line = async (environment: Record<string, string>, registries: string[] = [], network = {}) => {
  const { level, detail } = await checkBuildAllow(network, { registries: async () => registries, environment })
  return [level, detail]
}

test('registries, mirrors and proxies that are not public are listed with their ports', async () => {
  const environment = {
    PIP_INDEX_URL: 'http://10.1.2.3:8081/simple',
    PIP_FIND_LINKS: '/opt/wheels https://10.1.2.4/wheels',
    https_proxy: 'user:secret@10.1.2.5:3128',
    npm_config_registry: 'http://[fd00::7]/',
    UNRELATED: 'http://10.9.9.9/',
  }
  assert.deepEqual(await line(environment), ['ok', '10.1.2.3:8081, 10.1.2.4:443, 10.1.2.5:3128, [fd00::7]:80.'])
  assert.deepEqual(await line({}, ['https://1.1.1.1/']), ['ok', 'Nothing besides the public internet.'])
  const buildAllow = [parseAllowEntry('10.0.0.0/8')]
  assert.deepEqual(await line(environment, [], { detectsBuildAllow: false, buildAllow }), ['ok', '10.0.0.0/8.'])
})

test('a proxy on the loopback, and a name without an address, are warned of', async () => {
  const [level, detail] = await line({ HTTP_PROXY: 'http://localhost:3128' })
  assert.equal(level, 'warning')
  assert.match(detail ?? '', /^localhost:3128 \(.*127\.0\.0\.1.*\) is on this machine's loopback/)
  assert.deepEqual(await line({}, ['https://registry.invalid/']), [
    'warning',
    'registry.invalid:443 has no address at present, so that builds cannot use it.',
  ])
})
