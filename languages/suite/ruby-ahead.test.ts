/** Ruby workers that were started before anybody knew for which algorithm (decision 0072). */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Bench, type Caller, openBench, textOf, until } from '../../packages/runner/test-fixtures/harness.ts'
import { missingPackages, readLanguage } from './bridge-process.ts'

const PATIENCE_MS = 60_000
const RUN_WHAT_IS_SENT = 'def apply(code) = eval(code).to_s\n'
const COMMAND = "File.read('/proc/self/cmdline').tr(\"\\0\", ' ')"
const AHEAD = /bridge\.rb wait $/
const BY_ITSELF = /bridge\.rb $/
const missing = missingPackages(readLanguage('ruby'))
const skip = missing.length === 0 ? false : `this host lacks ${missing.join(' and ')}`

describe('Ruby workers that are started ahead', { skip, timeout: 4 * PATIENCE_MS }, () => {
  let bench: Bench
  before(async () => {
    const languagesFolder = join(import.meta.dirname, '..')
    bench = await openBench({ headStartMs: 0 }, { zygotes: 'environment', languagesFolder })
  })
  after(() => bench?.close())

  async function build(files: Readonly<Record<string, string>>): Promise<Caller> {
    const { result, log } = await bench.build(
      { 'src/Thing.rb': RUN_WHAT_IS_SENT, ...files },
      { language: 'ruby', timeoutMs: PATIENCE_MS },
    )
    if (result.status !== 'succeeded') throw new Error(log)
    return bench.callerOf(result.artifact, { language: 'ruby' })
  }

  const ask = async (call: Caller, code: string) => textOf(await call(code, { timeLeftMs: PATIENCE_MS }))

  /** Ends the workers, and waits until a program waits for the next. */
  async function ready(): Promise<void> {
    await bench.runner.recycle({})
    await until(() => bench.runner.stats().workers === 0, PATIENCE_MS)
    await until(() => (bench.runner.templates()?.readyRuntimes ?? 0) > 0, PATIENCE_MS)
  }

  it('are taken from the second one of an account on, and find what others find', async (t) => {
    const call = await build({})
    const look = '[Dir.pwd, ENV.to_h, ARGV, $LOAD_PATH, $stdout.fileno, Process.uid].inspect'
    assert.match(await ask(call, COMMAND), BY_ITSELF)
    const byItself = await ask(call, look)
    await ready()
    t.diagnostic(`a program that waits: ${Math.round((bench.runner.templates()?.runtimeBytes ?? 0) / 1024 / 1024)} MiB`)
    assert.match(await ask(call, COMMAND), AHEAD)
    assert.equal(await ask(call, look), byItself)
  })

  it('start anew for gems in other versions than those that are loaded', async () => {
    const facts = "s.name = 'base64'; s.version = '9.9.9'; s.summary = 'x'; s.authors = ['x']"
    const call = await build({
      Gemfile: "gem 'base64', path: 'gems/base64'\n",
      'gems/base64/base64.gemspec': `Gem::Specification.new { |s| ${facts} }\n`,
      'gems/base64/lib/base64.rb': "module Base64\n  WHOSE = 'the algorithm'\nend\n",
    })
    const whose = "require 'base64'; Base64::WHOSE"
    assert.equal(await ask(call, whose), 'the algorithm')
    const bundled = "Bundler.setup; Bundler.definition.specs.map(&:name).sort.join(' ')"
    assert.equal(await ask(call, bundled), 'base64 bundler')
    await ready()
    assert.match(await ask(call, COMMAND), BY_ITSELF)
    assert.equal(await ask(call, whose), 'the algorithm')
  })
})
