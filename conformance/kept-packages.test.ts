/** Packages of a build are kept for the account's next one: a rebuild with an unchanged manifest asks no registry. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAccount } from './lib/accounts.ts'
import { createAlgorithm, logOf, pushGreen, type Workshop, waitForBuild } from './lib/algorithms.ts'
import { curlJson, type Json } from './lib/curl.ts'
import { type PackageRegistry, startPackageRegistry } from './lib/package-registry.ts'
import { startTarget, type Target } from './lib/server.ts'

const PROGRAMS = {
  python3: {
    'src/Greeter.py': 'import greetings\n\ndef apply(input):\n    return greetings.greet(input)\n',
    'requirements.txt': 'greetings>=1.0\n',
  },
  javascript: {
    'src/Greeter.js': 'const { greet } = require("greetings")\nexports.apply = (input) => greet(input)\n',
    'package.json': '{"dependencies": {"greetings": "^1.0.0"}}\n',
  },
}

describe('kept packages', { timeout: 240_000 }, () => {
  let registry: PackageRegistry
  let target: Target

  before(async () => {
    registry = await startPackageRegistry()
    target = await startTarget({
      ALGORIST_BUILD_NETWORK: 'host',
      ALGORIST_BUILD_ENV: `PIP_INDEX_URL=${registry.pipUrl},NPM_CONFIG_REGISTRY=${registry.npmUrl}`,
    })
  })
  after(async () => {
    await target?.close()
    await registry?.close()
  })

  const call = async ({ owner, callUrl }: Workshop, sha: string): Promise<Json> =>
    (await curlJson('POST', `${callUrl}/${sha}`, { key: owner.key, json: 'Jane' })).result

  const logOfCommit = async (shop: Workshop, sha: string): Promise<string> => logOf(shop, await waitForBuild(shop, sha))

  for (const language of ['python3', 'javascript'] as const) {
    test(`${language}: asked for once, and again by another account`, async (t) => {
      const owner = await createAccount(target, `owner_${language}`)
      const { shop } = await createAlgorithm(target, owner, { name: 'Greeter', language })
      await waitForBuild(shop)
      const first = await pushGreen(shop, PROGRAMS[language])
      assert.equal(await call(shop, first), 'Hi, Jane')
      const asked = registry.requests()
      assert.ok(asked > 0)
      assert.match(await logOfCommit(shop, first), /^installed: greetings(==|@)1\.2\.3$/m)

      const startMs = performance.now()
      const second = await pushGreen(shop, { 'notes.txt': 'changed\n' })
      t.diagnostic(`clone, push and build with unchanged packages: ${Math.round(performance.now() - startMs)} ms`)
      assert.equal(registry.requests(), asked)
      assert.equal(await call(shop, second), 'Hi, Jane')
      const log = await logOfCommit(shop, second)
      assert.match(log, /packages are those of an earlier build/)
      assert.match(log, /^installed: greetings(==|@)1\.2\.3$/m)

      const other = await createAccount(target, `other_${language}`)
      const theirs = await createAlgorithm(target, other, { name: 'Greeter', language })
      await waitForBuild(theirs.shop)
      await pushGreen(theirs.shop, PROGRAMS[language])
      assert.ok(registry.requests() > asked)
    })
  }
})
