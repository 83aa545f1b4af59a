import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { describeLacking, findLanguages, packagesFor } from './languages-here.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'languages-'))
  await write('plain', {})
  await write('cobol', { aliases: ['cobol85'], programs: { '/nowhere/cobc': 'gnucobol', '/nowhere/lib': 'gnucobol' } })
  await write('forth', {
    environments: [{ ...ENVIRONMENT, programs: { '/nowhere/fft': 'forth-fft', '/bin/sh': 'dash' } }],
  })
})
after(() => rm(folder, { recursive: true, force: true }))

const ENVIRONMENT = { id: 'e', specification_id: 's', display_name: 'd', description: 'd', machine_type: 'CPU' }

async function write(id: string, more: object): Promise<void> {
  const language = { id, display_name: id, protocol: 'frames', run: ['/bin/sh'], build: ['/bin/sh'], ...more }
  await mkdir(join(folder, id))
  await writeFile(join(folder, id, 'language.json'), JSON.stringify(language))
}

test('languages are named by id or alias, or all at once', async () => {
  const named = async (list: string) => (await findLanguages(list, folder)).map(({ id }) => id)
  assert.deepEqual(await named('all'), ['cobol', 'forth', 'plain'])
  assert.deepEqual(await named('plain, Cobol85'), ['plain', 'cobol'])
  await assert.rejects(named('pascal'), /no language "pascal".*all, or some of cobol, forth, plain/)
  await assert.rejects(named(''), /no language ""/)
})

test('packages are those of programs that are missing, of environments too, each once', async () => {
  assert.deepEqual(packagesFor(await findLanguages('all', folder)), ['forth-fft', 'gnucobol'])
  assert.deepEqual(packagesFor(await findLanguages('plain', folder)), [])
  assert.deepEqual(await describeLacking(folder), ['cobol: this host lacks gnucobol'])
})
