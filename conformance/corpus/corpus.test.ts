/**
 * Repositories written for the original platform, of every kind that runtime.md 8 describes, pushed as they are: what builds and
 * answers, and what fails with which words. Left out, visibly: what the host has no programs, libraries or registry for.
 */
import { strict as assert } from 'node:assert'
import { after, before, describe, type TestContext, test } from 'node:test'
import { run } from '../lib/processes.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { onlyWithAllLanguages } from '../lib/toolchains.ts'
import { checkAnswer } from './check.ts'
import { CORPUS, type Need, type Repository } from './corpus.ts'
import { type Installed, install, offeredLanguages, readVectors } from './install.ts'

/** Of the whole; Maven, sbt and cargo fetch what they need on the way. */
const LIMIT_MS = 1_800_000
/** Older names of languages stand for these. */
const IDS: Readonly<Record<string, string>> = { 'python3-1': 'python3', java4: 'java' }
const UNREACHABLE =
  /cannot be reached|could not be reached|Connection refused|Could not transfer|Network is unreachable/i

describe('repositories of the original platform', { concurrency: 2, timeout: LIMIT_MS }, () => {
  let target: Target
  let languages: ReadonlySet<string>
  let libraries: ReadonlySet<Need>
  before(async () => {
    target = await startTarget()
    languages = await offeredLanguages(target)
    libraries = await pythonLibraries()
  })
  after(() => target?.close())

  for (const repository of CORPUS) {
    test(`${repository.folder} as ${repository.name}`, async (t) => {
      if (repository.isSlow && onlyWithAllLanguages) return t.skip(onlyWithAllLanguages)
      const lacking = whatIsLacking(repository)
      if (lacking !== null) return t.skip(`this host lacks ${lacking}`)
      const installed = await install(target, repository)
      for (const words of repository.log ?? []) assert.match(installed.log, words)
      if (repository.fails) return assert.equal(installed.status, 'failed', installed.log)
      if (isWithoutRegistry(repository, installed)) return t.skip(`no registry answers: ${lastLine(installed.log)}`)
      assert.equal(installed.status, 'succeeded', installed.log)
      await checkAnswers(t, repository, installed)
    })
  }

  function whatIsLacking({ language, needs = [] }: Repository): string | null {
    if (!languages.has(IDS[language] ?? language)) return `the programs of ${language}`
    return needs.find((need) => need !== 'registry' && !libraries.has(need)) ?? null
  }
})

async function checkAnswers(t: TestContext, repository: Repository, installed: Installed): Promise<void> {
  for (const answer of repository.answers ?? []) await checkAnswer(installed, answer)
  for (const { case_name, input, expected_output } of await readVectors(repository, installed.shop.owner)) {
    await checkAnswer(installed, { input, result: expected_output })
    t.diagnostic(`TEST_CASES.json: ${case_name}`)
  }
}

function isWithoutRegistry({ needs = [] }: Repository, { status, log }: Installed): boolean {
  return status === 'failed' && needs.includes('registry') && UNREACHABLE.test(log)
}

function lastLine(log: string): string {
  return log.trimEnd().split('\n').at(-1) ?? ''
}

/** Which libraries that old Python repositories use undeclared the host's Python has. */
async function pythonLibraries(): Promise<ReadonlySet<Need>> {
  const modules: readonly Need[] = ['numpy', 'pandas', 'sklearn']
  const found = await Promise.all(
    modules.map(async (module) => (await run('/usr/bin/python3', ['-s', '-c', `import ${module}`])).code === 0),
  )
  return new Set(modules.filter((_, index) => found[index]))
}
