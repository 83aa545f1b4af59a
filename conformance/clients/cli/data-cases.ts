/** What the `algo` program does with hosted data, as its user sees it. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { uniqueName } from '../../lib/accounts.ts'
import type { Algo } from './algo.ts'
import type { Setting } from './cases.ts'
import type { Report } from './report.ts'

/** Not text in any encoding. */
const BYTES = Uint8Array.from({ length: 256 * 300 }, (_, index) => index % 256)

interface Place {
  readonly report: Report
  readonly algo: Algo
  /** A collection, without a slash at its end, such as `.my/Shelf`. */
  readonly shelf: string
}

/** In the order in which a user would do it: each case finds what those before it left. */
export async function checkData({ report, algo }: Setting): Promise<void> {
  const place = { report, algo, shelf: `.my/${uniqueName('Shelf')}` }
  await writeLocalFiles(algo)
  await checkCollections(place)
  await checkUpload(place)
  await checkListing(place)
  await checkDownload(place)
  await checkCopy(place)
  await checkDeletion(place)
  await checkFreeze(place)
}

async function writeLocalFiles({ work }: Algo): Promise<void> {
  await mkdir(join(work, 'local'))
  await mkdir(join(work, 'downloads'))
  await writeFile(join(work, 'local/one.txt'), 'the first\n')
  await writeFile(join(work, 'local/two words.txt'), 'the second, Grüße\n')
  await writeFile(join(work, 'local/bytes.bin'), BYTES)
}

async function checkCollections({ report, algo, shelf }: Place): Promise<void> {
  await report.check('mkdir creates a collection, once and again', async () => {
    for (const _ of [1, 2]) assert.equal(await algo.print(['mkdir', `data://${shelf}`]), '')
  })
  await report.check('ls of an empty collection prints nothing', async () => {
    assert.equal(await algo.print(['ls', `data://${shelf}/`]), '')
  })
}

async function checkUpload({ report, algo, shelf }: Place): Promise<void> {
  await report.check('cp uploads under the name of the file, and under another one', async () => {
    await algo.print(['cp', './local/one.txt', `data://${shelf}/`])
    await algo.print(['cp', './local/two words.txt', `data://${shelf}`])
    await algo.print(['cp', './local/bytes.bin', `data://${shelf}/renamed.bin`])
    const listed = await algo.print(['ls', `data://${shelf}/`])
    assert.deepEqual(listed.trim().split('\n'), ['one.txt', 'renamed.bin', 'two words.txt'].map(below(shelf)))
  })
  await report.check('cp uploads several files at once, also over what is there', async () => {
    await algo.print(['cp', './local/one.txt', './local/bytes.bin', `data://${shelf}/`])
    assert.equal((await algo.print(['ls', `data://${shelf}/`])).trim().split('\n').length, 4)
  })
}

async function checkListing({ report, algo, shelf }: Place): Promise<void> {
  await report.check('ls lists the collections of an owner', async () => {
    assert.ok((await algo.print(['ls', 'data://.my/'])).split('\n').includes(`${shelf}/`))
  })
  await report.check('ls -l has time, size and path of each file', async () => {
    const lines = (await algo.print(['ls', '-l', `data://${shelf}/`])).trim().split('\n')
    assert.match(lines[1] ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {3}10 {3}\.my\/\w+\/one\.txt$/)
  })
  await report.check('ls and ls -l of one file', async () => {
    assert.equal((await algo.print(['ls', `data://${shelf}/one.txt`])).trim(), `${shelf}/one.txt`)
    const line = await algo.print(['ls', '-l', `data://${shelf}/bytes.bin`])
    assert.match(line, new RegExp(` {3}${BYTES.length} {3}${shelf}/bytes.bin\n$`))
  })
  await report.check('ls of a missing collection fails with a reason', async () => {
    assert.match((await algo.run(['ls', 'data://.my/Nowhere/'])).stderr, /path not found/)
  })
  await report.check('cat prints files one after another, and all of a collection', async () => {
    const both = await algo.print(['cat', `data://${shelf}/one.txt`, `data://${shelf}/two words.txt`])
    assert.equal(both, 'the first\nthe second, Grüße\n')
    await algo.print(['rm', `data://${shelf}/bytes.bin`])
    await algo.print(['rm', `data://${shelf}/renamed.bin`])
    assert.equal(await algo.print(['cat', `data://${shelf}/*`]), both)
  })
  await report.check('cat tells what is missing', async () => {
    const missing = `data://${shelf}/missing.txt`
    assert.equal(await algo.print(['cat', missing]), `file does not exist ${missing}`)
  })
}

async function checkDownload({ report, algo, shelf }: Place): Promise<void> {
  const local = (name: string): Promise<Buffer> => readFile(join(algo.work, name))
  await report.check('cp downloads to a name, into a folder and up the tree, byte for byte', async () => {
    await algo.print(['cp', './local/bytes.bin', `data://${shelf}/`])
    await algo.print(['cp', `data://${shelf}/bytes.bin`, './here.bin'])
    await algo.print(['cp', `data://${shelf}/bytes.bin`, './downloads'])
    await algo.print(['cp', `data://${shelf}/bytes.bin`, './../above.bin'])
    for (const name of ['here.bin', 'downloads/bytes.bin', '../above.bin']) {
      assert.deepEqual(new Uint8Array(await local(name)), BYTES, name)
    }
  })
  await report.check('cp downloads all files of a collection', async () => {
    await mkdir(join(algo.work, 'all'))
    await algo.print(['cp', `data://${shelf}/*`, './all/'])
    assert.deepEqual((await readdir(join(algo.work, 'all'))).sort(), ['bytes.bin', 'one.txt', 'two words.txt'])
    assert.equal((await local('all/two words.txt')).toString(), 'the second, Grüße\n')
  })
}

async function checkCopy({ report, algo, shelf }: Place): Promise<void> {
  const other = `${shelf}Two`
  await report.check('cp copies between collections, one file and all of them', async () => {
    await algo.print(['mkdir', `data://${other}`])
    await algo.print(['cp', `data://${shelf}/one.txt`, `data://${other}/another.txt`])
    await algo.print(['cp', `data://${shelf}/*`, `data://${other}/`])
    const names = ['another.txt', 'bytes.bin', 'one.txt', 'two words.txt']
    assert.deepEqual((await algo.print(['ls', `data://${other}/`])).trim().split('\n'), names.map(below(other)))
    await algo.print(['cp', `data://${other}/bytes.bin`, './copied.bin'])
    assert.deepEqual(new Uint8Array(await readFile(join(algo.work, 'copied.bin'))), BYTES)
  })
}

async function checkDeletion({ report, algo, shelf }: Place): Promise<void> {
  await report.check('rm deletes a file; one that is missing is no error', async () => {
    for (const _ of [1, 2]) assert.equal(await algo.print(['rm', `data://${shelf}Two/another.txt`]), '')
    assert.doesNotMatch(await algo.print(['ls', `data://${shelf}Two/`]), /another/)
  })
  await report.check('rmdir tells that a collection has files, rmdir -f deletes it with them', async () => {
    assert.match(await algo.print(['rmdir', `data://${shelf}Two`]), /^directory not empty/)
    assert.equal(await algo.print(['rmdir', '-f', `data://${shelf}Two`]), '')
    assert.ok(!(await algo.print(['ls', 'data://.my/'])).includes(`${shelf}Two/`))
  })
}

async function checkFreeze({ report, algo, shelf }: Place): Promise<void> {
  await report.check('freeze writes the checksums of the files that the manifest names', async () => {
    const entry = { name: 'one', source_uri: `data://${shelf}/bytes.bin`, fail_on_tamper: true }
    const manifest = { required_files: [entry], optional_files: [] }
    await writeFile(join(algo.work, 'model_manifest.json'), JSON.stringify(manifest))
    await algo.print(['freeze'])
    const frozen = JSON.parse(await readFile(join(algo.work, 'model_manifest.json.freeze'), 'utf8'))
    assert.equal(frozen.required_files[0].md5_checksum, createHash('md5').update(BYTES).digest('hex'))
    assert.match(frozen.lock_checksum, /^[0-9a-f]{32}$/)
  })
}

const below =
  (collection: string) =>
  (name: string): string =>
    `${collection}/${name}`
