import assert from 'node:assert/strict'
import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Bench, type Files, isRoot, openBench, processesWith, until } from '../test-fixtures/harness.ts'

const MIB = 1024 * 1024
const PATIENCE_MS = 120_000

let bench: Bench
before(async () => {
  bench = await openBench({ build: { keptPackagesBytes: 3 * MIB } })
})
after(() => bench.close())

/** Installs a package of 1 MiB, or copies the one that is kept. */
const INSTALL = `echo "packages are $ALGORIST_DEPENDENCIES"
if [ "$ALGORIST_DEPENDENCIES" = new ]; then head -c 1000000 /dev/zero > /opt/dependencies/package; fi
if [ -e /opt/dependencies/package ]; then cp /opt/dependencies/package package; fi`

let owners = 0
const newOwner = () => ({ accountId: `owner-${++owners}`, hostUid: owners })
type Owner = ReturnType<typeof newOwner>

/** Builds for `owner`; returns which packages the build was given, one word for each time that it was started. */
async function given(owner: Owner, files: Files): Promise<string> {
  const { result, log } = await bench.build({ 'build.sh': INSTALL, ...files }, { owner })
  assert.equal(result.status, 'succeeded', log)
  return [...log.matchAll(/^packages are ?(.*)$/gm)].map(([, word]) => word).join(' ')
}

const layersOf = ({ accountId }: Owner) => {
  const folder = join(bench.home, 'dependencies', accountId)
  return lstatSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder)
}

test('packages are kept for the next build of the account with the same files, whatever else changed', async () => {
  const owner = newOwner()
  assert.equal(await given(owner, { 'packages.txt': 'a' }), 'new')
  assert.equal(await given(owner, { 'packages.txt': 'a', 'other.txt': 'changed' }), 'kept')
  assert.equal(await given(owner, { 'packages.txt': 'b' }), 'new')
  assert.equal(await given(owner, { 'packages.txt': 'a', 'more/x.txt': 'a' }), 'new')
  assert.equal(await given(owner, { 'packages.txt': 'a', 'more/x.txt': 'a' }), 'kept')
  assert.equal(await given(newOwner(), { 'packages.txt': 'a' }), 'new', 'of another account')
  assert.equal(await given(owner, {}), '', 'nothing is named')
})

test('a link stands for the whole commit, since its target may be anything there', async () => {
  const owner = newOwner()
  const files = { 'packages.txt': { link: 'real.txt' } }
  assert.equal(await given(owner, { ...files, 'real.txt': 'a' }), 'new')
  assert.equal(await given(owner, { ...files, 'real.txt': 'b' }), 'new')
})

test('what is kept cannot be written, also not by whom it is kept for, and belongs to the server', async () => {
  const owner = newOwner()
  await given(owner, { 'packages.txt': 'a' })
  const attack =
    'touch /opt/dependencies/evil; echo evil > /opt/dependencies/package; chmod 777 /opt/dependencies/package'
  const { result, log } = await bench.build({ 'packages.txt': 'a', 'build.sh': `${attack}; ${INSTALL}` }, { owner })
  assert.equal(result.status, 'succeeded', log)
  assert.equal(log.match(/Read-only file system|Permission denied/g)?.length, 3, log)
  const [key = ''] = layersOf(owner)
  const file = lstatSync(join(bench.home, 'dependencies', owner.accountId, key, 'files', 'package'))
  assert.deepEqual([file.size, file.mode & 0o7777], [1_000_000, 0o444])
  if (isRoot) assert.equal(file.uid, 0)
})

test('a build that fails, is ended or installs nothing keeps nothing', { timeout: PATIENCE_MS }, async () => {
  const owner = newOwner()
  const packages = { 'packages.txt': 'a' }
  const failed = await bench.build({ ...packages, 'build.sh': `${INSTALL}; exit 3` }, { owner })
  assert.equal(failed.result.status, 'failed')
  const abort = new AbortController()
  const slow = { ...packages, 'build.sh': `${INSTALL}; sleep 4721` }
  const building = bench.build(slow, { owner, signal: abort.signal })
  await until(() => processesWith('sleep 4721').length > 0)
  abort.abort()
  await building
  await bench.build({ ...packages, 'build.sh': 'true' }, { owner })
  assert.deepEqual(layersOf(owner), [])
  assert.equal(await given(owner, packages), 'new')
})

test('a build that cannot do with what is kept starts again from the commit, with a new folder', async () => {
  const owner = newOwner()
  const once = 'if [ "$ALGORIST_DEPENDENCIES" = kept ]; then echo packages are kept; touch half-done; exit 75; fi'
  const files = { 'packages.txt': 'a', 'build.sh': `${once}\n! test -e half-done\n${INSTALL}` }
  assert.equal(await given(owner, files), 'new')
  assert.equal(await given(owner, files), 'kept new')
  assert.equal(layersOf(owner).length, 1)
  const { result } = await bench.build({ 'packages.txt': 'c', 'build.sh': 'exit 75' }, { owner })
  assert.ok(result.status === 'failed' && /ended with code 75/.test(result.reason))
})

test('one that is not whole is not used, and made anew', async () => {
  const owner = newOwner()
  await given(owner, { 'packages.txt': 'a' })
  const [key = ''] = layersOf(owner)
  rmSync(join(bench.home, 'dependencies', owner.accountId, key, 'layer.json'))
  assert.equal(await given(owner, { 'packages.txt': 'a' }), 'new')
  assert.equal(await given(owner, { 'packages.txt': 'a' }), 'kept')
})

test('when all take more than they may, the longest unused goes, but none that a build works with', async () => {
  const owner = newOwner()
  await bench.runner.trimPackages(0)
  await given(owner, { 'packages.txt': '1' })
  await given(owner, { 'packages.txt': '2' })
  assert.equal(await given(owner, { 'packages.txt': '1' }), 'kept')
  await given(owner, { 'packages.txt': '3' })
  await given(owner, { 'packages.txt': '4' })
  assert.equal(layersOf(owner).length, 3)
  assert.equal(await given(owner, { 'packages.txt': '1' }), 'kept')

  const slow = { 'packages.txt': '1', 'build.sh': `sleep 4722; ${INSTALL}` }
  const abort = new AbortController()
  const building = bench.build(slow, { owner, signal: abort.signal })
  await until(() => processesWith('sleep 4722').length > 0)
  const removedBytes = await bench.runner.trimPackages(0)
  assert.ok(removedBytes > 1_900_000, String(removedBytes))
  assert.equal(layersOf(owner).length, 1)
  abort.abort()
  await building
  assert.ok((await bench.runner.trimPackages(0)) > 0)
  assert.deepEqual(layersOf(owner), [])
})

test('packages that are larger than all that may be kept are not kept', async () => {
  const owner = newOwner()
  const script = 'head -c 4000000 /dev/zero > /opt/dependencies/large'
  const { result } = await bench.build({ 'packages.txt': 'a', 'build.sh': script }, { owner })
  assert.equal(result.status, 'succeeded')
  assert.deepEqual(layersOf(owner), [])
})
