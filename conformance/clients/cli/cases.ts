/** What the `algo` program does with the platform, as its user sees it (rest-api.md 6.2, cli). */
import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Platform } from '../lib/platform.ts'
import type { Algo } from './algo.ts'
import type { Report } from './report.ts'

const TIMED_OUT = 'Failed to run algorithm - may have timed-out or hit out-of-memory error'

export interface Setting {
  readonly report: Report
  readonly algo: Algo
  readonly platform: Platform
  readonly authority: string
}

export async function checkAuth({ report, algo, platform, authority }: Setting): Promise<void> {
  const { owner, url } = platform
  const auth = await algo.run(['auth'], `${url}\n${owner.key}\n${authority}\n`)
  await report.check('auth saves address, key and certificate', async () => {
    const profile = await readFile(join(algo.home, '.algorithmia/config'), 'utf8')
    for (const value of [url, owner.key, authority]) assert.ok(profile.includes(`"${value}"`), profile)
  })
  await report.check('auth refuses an address that does not begin with https://api.', async () => {
    const refused = await algo.run(['auth', '--profile', 'other'], `https://algorist.test\n${owner.key}\n\n`)
    assert.match(refused.stdout.toString(), /invalid API address/)
  })
  await report.check('auth lists the data root', async () => assert.equal(auth.code, 0, auth.stderr))
  await report.check('ls lists the data root', async () => {
    assert.equal((await algo.print(['ls'])).split('\n')[0], `${owner.username}/`)
  })
}

export async function checkRun({ report, algo, platform }: Setting): Promise<void> {
  const probe = `${platform.owner.username}/Probe`
  const output = (...args: string[]): Promise<string> => algo.print(['run', probe, ...args])
  const file = async (name: string, content: string | Uint8Array): Promise<string> => {
    await writeFile(join(algo.work, name), content)
    return name
  }

  await report.check('run -d sends text', async () => assert.equal(await output('-d', 'HAL 9000'), 'HAL 9000'))
  await report.check('run -d sends JSON as text', async () => assert.equal(await output('-d', '[1]'), '[1]'))
  await report.check('run -D sends a file as text', async () => {
    assert.equal(await output('-D', await file('data.txt', 'from a file')), 'from a file')
  })
  await report.check('run -t and -T send text', async () => {
    assert.equal(await output('-t', 'Grüße 漢字'), 'Grüße 漢字')
    assert.equal(await output('-T', await file('text.txt', '{"as": "text"}')), '{"as": "text"}')
  })
  await report.check('run -j sends JSON', async () => {
    assert.equal(await output('-j', '{"a": [1, "ü"]}'), "{'a': [1, 'ü']}")
  })
  await report.check('run -J sends the text of a file as a JSON string', async () => {
    assert.equal(await output('-J', await file('data.json', '{"a": [1]}')), '{"a": [1]}')
  })
  await report.check('run -B sends bytes, -o saves what comes back', async () => {
    const bytes = Uint8Array.of(0, 1, 255, 254)
    assert.equal(await output('-B', await file('in.bin', bytes), '-o', 'out.bin'), '')
    assert.deepEqual(new Uint8Array(await readFile(join(algo.work, 'out.bin'))), bytes)
  })
  await report.check('run -o saves text', async () => {
    await output('-t', 'saved', '-o', 'out.txt')
    assert.equal(await readFile(join(algo.work, 'out.txt'), 'utf8'), 'saved')
  })
  await report.check('run --debug asks for stdout and gets the result', async () => {
    assert.equal(await output('-j', '{"do": "print"}', '--debug'), 'printed')
  })
  await report.check('run --timeout ends a slow call with the exact text', async () => {
    const late = await algo.run(['run', probe, '-j', '{"do": "sleep", "seconds": 30}', '--timeout', '1'])
    assert.notEqual(late.code, 0)
    assert.ok(late.stderr.includes(TIMED_OUT), late.stderr)
  })
  await report.check('run shows the message of a failed algorithm and of an unknown one', async () => {
    const failed = await algo.run(['run', probe, '-j', '{"do": "juggle"}'])
    assert.match(failed.stderr, /cannot juggle/)
    const unknown = await algo.run(['run', 'nobody_here/nothing', '-t', 'x'])
    assert.match(unknown.stderr, /algorithm algo:\/\/nobody_here\/nothing not found/)
  })
}

export async function checkRest({ report, algo, platform }: Setting): Promise<void> {
  const { username, key } = platform.owner
  await report.check('clone fetches the repository from the git host', async () => {
    await writeFile(join(algo.home, '.netrc'), `machine git.algorist.test login ${username} password ${key}\n`)
    await algo.print(['clone', `${username}/Probe`])
    assert.ok((await readdir(join(algo.work, 'Probe'))).includes('src'))
  })
  await report.check('languages begins with anaconda3', async () => {
    const [title, first] = (await algo.print(['languages'])).split('\n')
    assert.match(title ?? '', /^Name +Description/)
    assert.match(first ?? '', /^anaconda3 /)
  })
  await report.check('environment and template fetch what python3 starts with', async () => {
    const environments = JSON.parse(await algo.print(['environment', 'python3']))
    await algo.print(['template', environments[0].environment_specification_id, 'template'])
    assert.ok((await readdir(join(algo.work, 'template'))).includes('requirements.txt'))
  })
  await report.check('builds lists the builds, the newest first', async () => {
    const [newest] = JSON.parse(await algo.print(['builds', username, 'Probe']))
    assert.equal(newest.status, 'succeeded')
  })
}
