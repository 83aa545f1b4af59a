/** The life of Ruby algorithms on a server: the template untouched, an edit, gems of a registry, builds that go wrong. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { expectGreen, logOf, publish, pushGreen, type Workshop, waitForBuild } from '../lib/algorithms.ts'
import { type GemRegistry, startGemRegistry } from '../lib/gem-registry.ts'
import { answerOf, create, expectGreeting, failedLog } from '../lib/language-life.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { lacksToolchain } from '../lib/toolchains.ts'

const skip = lacksToolchain('ruby')

describe('a Ruby algorithm', { skip, timeout: 600_000 }, () => {
  let registry: GemRegistry
  let target: Target
  let shop: Workshop
  before(async () => {
    registry = await startGemRegistry()
    target = await startTarget({
      ALGORIST_BUILD_NETWORK: 'host',
      ALGORIST_BUILD_ENV: `BUNDLE_MIRROR__ALL=${registry.url}`,
    })
    shop = await create(target, 'Greeter', 'ruby')
  })
  after(async () => {
    await target?.close()
    await registry?.close()
  })

  test('the template is built as it is, without a registry, and greets', async (t) => {
    const asked = registry.requests()
    const build = await expectGreen(shop, await waitForBuild(shop))
    await expectGreeting(t, shop, build.commit_sha, 'Hello Jane')
    assert.match(await logOf(shop, build), /algorithmia ~> 1\.0: provided by the platform/)
    assert.equal(registry.requests(), asked)
  })

  test('an edit is called by commit, and published by range; the client sees files and other algorithms', async () => {
    const program = `require 'algorithmia'

CLIENT = Algorithmia.client

def apply(input)
  CLIENT.dir('data://.my/ruby_notes').then { |notes| notes.exists? || notes.create }
  file = CLIENT.file('data://.my/ruby_notes/größe & more.json')
  file.put({ 'name' => input })
  names = CLIENT.dir('data://.my/ruby_notes').each_file.map(&:basename)
  inner = CLIENT.algo('algo://${shop.owner.username}/Inner/0.1.0').pipe(JSON.parse(file.get)['name'])
  { names: names, inner: inner.result, type: inner.content_type }
end
`
    const inner = await create(target, 'Inner', 'ruby')
    await expectGreen(inner, await waitForBuild(inner))
    await publish(inner)
    const sha = await pushGreen(shop, { 'src/Greeter.rb': program })
    const expected = { names: ['größe & more.json'], inner: 'Hello Zoë', type: 'text' }
    assert.deepEqual((await answerOf(shop, sha, 'Zoë')).result, expected)
    await publish(shop, { settings: { algorithm_callability: 'public' } })
    assert.deepEqual((await answerOf(shop, '0.1.*', 'Zoë')).result, expected)
  })

  test('an exception tells its class, and the worker goes on', async () => {
    const program = `def apply(input) = input == 'bad' ? raise(ArgumentError, 'not good') : input.size\n`
    const sha = await pushGreen(shop, { 'src/Greeter.rb': program })
    const { error } = await answerOf(shop, sha, 'bad')
    assert.equal(error.message, 'not good')
    assert.equal(error.error_type, 'ArgumentError')
    assert.match(error.stacktrace, /^\/opt\/algorithm\/src\/Greeter\.rb:1:in `apply'$/)
    assert.equal((await answerOf(shop, sha, 'four')).result, 4)
  })

  test('gems come from the registry as the lock file has them, and are kept for the next build', async (t) => {
    const program = `require 'greetings'\ndef apply(input) = Greetings.greet(input)\n`
    const gemfile = "ruby '~> 2.2'\nsource Gem.default_sources.first\ngem 'algorithmia', '~>1.0.0'\ngem 'greetings'\n"
    const newest = await pushGreen(shop, { 'src/Greeter.rb': program, Gemfile: gemfile })
    assert.equal((await answerOf(shop, newest, 'Jane')).result, 'Hi, Jane (1.1.0)')
    const lock = 'GEM\n  specs:\n    greetings (1.0.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  greetings\n'
    const locked = await pushGreen(shop, { 'Gemfile.lock': lock })
    assert.equal((await answerOf(shop, locked, 'Jane')).result, 'Hi, Jane (1.0.0)')
    assert.match(await logOf(shop, await waitForBuild(shop, locked)), /^installed: greetings 1\.0\.0$/m)

    const asked = registry.requests()
    const startMs = performance.now()
    const again = await pushGreen(shop, { 'notes.txt': 'changed\n' })
    t.diagnostic(`clone, push and build with unchanged gems: ${Math.round(performance.now() - startMs)} ms`)
    assert.equal(registry.requests(), asked)
    assert.equal((await answerOf(shop, again, 'Jane')).result, 'Hi, Jane (1.0.0)')
  })

  test('a wrong build says which file, line or gem', async () => {
    const gem = await failedLog(shop, { Gemfile: "source Gem.default_sources.first\ngem 'no-such-gem', '~> 2'\n" })
    assert.match(gem, /error: Gemfile could not be installed: Could not find gem 'no-such-gem \(~> 2\)'/)
    const gemfile = await failedLog(shop, { Gemfile: 'gem gem gem (\n' })
    assert.match(gemfile, /error: Gemfile cannot be read/)
    const syntax = await failedLog(shop, { 'src/Greeter.rb': 'def apply(input)\n  input +\n', Gemfile: '' })
    assert.match(syntax, /error: not Ruby [\d.]+: src\/Greeter\.rb:\d+: syntax error/)
  })
})
