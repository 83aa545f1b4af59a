/** Older names of languages and environments: what they stand for here, and what a refusal says. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Account, createAccount } from '../lib/accounts.ts'
import { createAlgorithm, pushGreen, waitForBuild } from '../lib/algorithms.ts'
import { curlJson, type Json } from '../lib/curl.ts'
import { startTarget, type Target } from '../lib/server.ts'

/** As old programs do: nothing of this is in requirements.txt. */
const UNDECLARED = `import numpy, pandas
from scipy import stats
from sklearn.linear_model import LinearRegression

def apply(input):
    frame = pandas.DataFrame({"x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 6.0]})
    model = LinearRegression().fit(frame[["x"]].values, frame["y"].values)
    return [round(float(model.coef_[0]), 6), float(numpy.sum(frame["y"])), round(float(stats.pearsonr(frame.x, frame.y)[0]), 6)]
`

describe('older names', { timeout: 240_000 }, () => {
  let target: Target
  let owner: Account

  before(async () => {
    target = await startTarget()
    owner = await createAccount(target, 'owner')
  })
  after(() => target?.close())

  async function environments(language: string): Promise<Json[]> {
    const url = `${target.url}/v1/algorithm-environments/edge/languages/${language}/environments`
    return (await curlJson('GET', url, { key: owner.key })).environments
  }

  test('python3-1 has the scientific packages, where the host has them', async (t) => {
    const scientific = (await environments('python3')).find(({ display_name }) => /scientific/.test(display_name))
    if (scientific === undefined) return t.skip('this host lacks them: bin/up --languages python3')
    const { shop, created } = await createAlgorithm(target, owner, { name: 'Undeclared', language: 'python3-1' })
    assert.equal(created.settings.algorithm_environment, scientific.id)
    assert.equal(created.settings.language, 'python3-1')
    await waitForBuild(shop)
    const sha = await pushGreen(shop, { 'src/Undeclared.py': UNDECLARED })
    const { result } = await curlJson('POST', `${shop.callUrl}/${sha}`, { key: owner.key, json: null })
    assert.deepEqual(result, [2, 12, 1])
  })

  test('a package set of before stands for an environment that is there, and is shown again', async () => {
    const json = {
      name: 'Packed',
      details: { label: 'Packed' },
      settings: { package_set: 'pytorch-1.4.x', license: 'apl' },
    }
    const url = `${target.url}/v1/algorithms/${owner.username}`
    const { settings } = await curlJson('POST', url, { key: owner.key, json, status: 201 })
    const named = (await environments('python3')).find(({ id }) => id === settings.algorithm_environment)
    assert.deepEqual([named?.display_name, settings.package_set], ['Python 3.8', 'pytorch-1.4.x'])
  })

  for (const [settings, code, message] of [
    [{ language: 'python2-langpack' }, 4002, /Python 2 has ended.*use python3/],
    [{ language: 'anaconda3' }, 4002, /requirements\.txt/],
    [{ package_set: 'python27' }, 1003, /Python 2 has ended/],
    [{ package_set: 'tensorflow-gpu-2.3' }, 4004, /GPU/],
  ] as const) {
    test(`${JSON.stringify(settings)} is refused with what is lacking`, async () => {
      const json = { name: 'Refused', details: { label: 'Refused' }, settings: { license: 'apl', ...settings } }
      const url = `${target.url}/v1/algorithms/${owner.username}`
      const { error } = await curlJson('POST', url, { key: owner.key, json, status: 400 })
      assert.equal(error.code, code)
      assert.match(error.message, message)
    })
  }
})
