/** Older environments have templates of their own (runtime.md 1.9): each is built as it is and greets. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Account, createAccount } from '../lib/accounts.ts'
import { createAlgorithm, expectGreen, logOf, waitForBuild } from '../lib/algorithms.ts'
import { resultOf } from '../lib/language-life.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { lacksToolchain, onlyWithAllLanguages } from '../lib/toolchains.ts'

const TEMPLATES = [
  { name: 'java11', id: 'java', input: { first_name: 'Jane' } },
  { name: 'r36', id: 'r', input: 'Jane' },
  { name: 'scala-2', id: 'scala', input: 'Jane', needsRegistry: true },
]

describe('templates of older environments', { timeout: 900_000 }, () => {
  let target: Target
  let owner: Account
  before(async () => {
    target = await startTarget()
    owner = await createAccount(target, 'owner')
  })
  after(() => target?.close())

  for (const { name, id, input, needsRegistry } of TEMPLATES) {
    test(name, async (t) => {
      const lacking = lacksToolchain(id)
      if (lacking) return t.skip(lacking)
      if (needsRegistry && onlyWithAllLanguages) return t.skip(onlyWithAllLanguages)
      const { shop } = await createAlgorithm(target, owner, { name: `Older_${id}`, language: name })
      const build = await waitForBuild(shop)
      if (needsRegistry && build.status === 'failed') {
        if (/could not (fetch|reach)/.test(await logOf(shop, build))) return t.skip('no registry answers')
      }
      await expectGreen(shop, build)
      assert.equal(await resultOf(shop, build.commit_sha, input), 'hello Jane')
    })
  }
})
