import assert from 'node:assert/strict'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Bench, isRoot, openBench, processesWith, until } from '../test-fixtures/harness.ts'

let bench: Bench
before(async () => {
  bench = await openBench({ build: { logBytes: 4000, artifactBytes: 1_000_000 } })
})
after(() => bench.close())

const CODE = 'def apply(body, kind): return kind, body'
const reasonOf = async (script: string, timeoutMs?: number) => {
  const { result, log } = await bench.build(
    { 'algorithm.py': CODE, 'build.sh': script },
    timeoutMs === undefined ? {} : { timeoutMs },
  )
  assert.equal(result.status, 'failed', log)
  return result.status === 'failed' ? result.reason : ''
}

test('a build leaves a read-only artifact and a log that begins as clients expect', async () => {
  const { result, log } = await bench.build({
    'algorithm.py': CODE,
    'data/a b': 'x',
    'link.py': { link: 'data/../algorithm.py' },
    'build.sh':
      'mkdir -p $HOME/ro/x; chmod 000 $HOME/ro; echo made > made; chmod 4755 made; ln -s /opt/algorithm/data d; ln -s /usr/bin/python3 py; id -u; ls /opt /run',
  })
  assert.ok(result.status === 'succeeded', log)
  const lines = log.split('\n')
  assert.equal(lines[0], 'Beginning container customization')
  assert.equal(lines[1], 'building Thing in /opt/algorithm')
  assert.equal(lines[2], '2222')
  assert.ok(!log.includes('source.git'))
  const artifact = join(bench.home, 'artifacts', result.artifact)
  assert.deepEqual(readdirSync(artifact).sort(), [
    '.algorist',
    'algorithm.py',
    'build.sh',
    'd',
    'data',
    'link.py',
    'made',
    'py',
  ])
  const made = lstatSync(join(artifact, 'made'))
  assert.equal(made.mode & 0o7777, 0o555)
  if (isRoot) assert.deepEqual([made.uid, lstatSync(artifact).uid, lstatSync(join(artifact, 'py')).uid], [0, 0, 0])
  assert.equal(readFileSync(join(artifact, 'data', 'a b'), 'utf8'), 'x')
  assert.deepEqual(readdirSync(join(bench.home, 'builds')), [])
  await bench.runner.removeArtifact(result.artifact)
  assert.deepEqual(readdirSync(join(bench.home, 'artifacts')), [])
})

test('a failing build names its exit code', async () => {
  assert.equal(await reasonOf('echo oops >&2; exit 3'), 'The build command ended with code 3; see the end of the log.')
})

test('a build that takes too long is killed with everything it started', async () => {
  assert.match(await reasonOf('setsid sleep 4712 & sleep 4712', 800), /took longer than 0.8 s/)
  await until(() => processesWith('sleep 4712').length === 0)
})

test('a build ends when it is aborted', async () => {
  const abort = new AbortController()
  const building = bench.build({ 'build.sh': 'sleep 4713' }, { signal: abort.signal })
  await until(() => processesWith('sleep 4713').length > 0)
  abort.abort()
  const { result } = await building
  assert.ok(result.status === 'failed' && result.reason === 'The build was stopped.')
  await until(() => processesWith('sleep 4713').length === 0)
})

test('links that leave the tree fail the build, by the shortest way and by detours', async () => {
  for (const link of ['/etc/passwd', '../x', 'a/../../x', '/opt/algorithm/../x']) {
    const { result } = await bench.build({ 'algorithm.py': CODE, escape: { link } })
    assert.ok(result.status === 'failed' && result.reason.includes('The symbolic link escape leads out'), link)
  }
  const detour = 'mkdir -p a/b; ln -s ../.. a/b/up; ln -s a/b/up/../x escape'
  assert.match(await reasonOf(detour), /symbolic link escape leads out/)
  assert.match(await reasonOf('ln -s /usr/../etc escape'), /symbolic link escape leads out/)
})

test('special files and too much fail the build', async () => {
  assert.match(await reasonOf('mkfifo pipe'), /^pipe is not a file, folder or symbolic link/)
  assert.match(await reasonOf('head -c 1100000 /dev/zero > big'), /more than the limit of 1000000 bytes/)
})

test('a commit that is not there, and a language that is not there, are said so', async () => {
  const missing = await bench.build({ 'a.py': CODE }, { commitSha: 'f'.repeat(40) })
  assert.match(missing.log, /The repository has no commit f{40}/)
  assert.equal(missing.result.status, 'failed')
  const { result } = await bench.build({ 'a.py': CODE }, { language: 'cobol' })
  assert.ok(result.status === 'failed' && result.reason === 'There is no language "cobol" on this server.')
})

test('a long log keeps its head and tail', async () => {
  const { log } = await bench.build({ 'build.sh': 'i=0; while [ $i -lt 3000 ]; do echo "line $i é"; i=$((i+1)); done' })
  assert.ok(log.length < 4200, String(log.length))
  assert.match(
    log,
    /^Beginning container customization\n[\s\S]*characters left out[\s\S]*line 2999 é\nBuild succeeded\n$/,
  )
})

test('nothing of a repository is run or configured while it is checked out', async () => {
  const { result, log } = await bench.build({
    'algorithm.py': CODE,
    '.gitattributes': '* filter=evil\n',
    '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = /etc\n',
    'build.sh': 'cat algorithm.py; test ! -e .git && echo no-git',
  })
  assert.equal(result.status, 'succeeded')
  assert.ok(log.includes(CODE) && log.includes('no-git'))
})
