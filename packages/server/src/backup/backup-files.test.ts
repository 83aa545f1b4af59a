import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { BACKUP_FORMAT, HEADER_PATH, jsonBytes, MANIFEST_PATH, manifestBytes, PART_BYTES } from './format.ts'
import { createPartWriter } from './part-writer.ts'
import { readBackup } from './read-backup.ts'
import { openKeys, sealKeys } from './sealed-keys.ts'
import { openSink, type Sink } from './sink.ts'
import { openSource } from './source.ts'

const ID = '00000000-0000-4000-8000-000000000000'
const TARGETS = ['folder', 'file.tar', 'file.tar.gz']
const LONG = Buffer.alloc(2 * PART_BYTES + 7, 'long')

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'algorist-backup-'))
})
after(() => rm(folder, { recursive: true, force: true }))

/** Small streams, an empty one, and as many parts as come into two indexes. */
async function fill(sink: Sink, options: { isLarge: boolean }): Promise<void> {
  const parts = createPartWriter(sink, new AbortController().signal)
  const header = { format: BACKUP_FORMAT, id: ID, startedAt: '', serverVersion: '', engine: 'sqlite', schema: 1 }
  await parts.add(HEADER_PATH, jsonBytes({ ...header, contentStaysIn: null, hasKeys: false }))
  await parts.addStream('data/aa/empty', [])
  await parts.addStream(`artifacts/${'n'.repeat(85)}.tar`, [Buffer.from('a '), Buffer.from('tree')])
  if (options.isLarge) await parts.addStream('data/bb/long', [LONG])
  for (let number = 0; options.isLarge && number < 1100; number++)
    await parts.addStream(`data/cc/${number}`, [Buffer.from(`${number}`)])
  const sums = { tables: {}, repositories: 0, artifacts: 1, files: 1, fileBytes: 0, problems: { count: 0, first: [] } }
  await sink.add({
    path: MANIFEST_PATH,
    bytes: manifestBytes({ id: ID, finishedAt: '', ...sums, parts: await parts.finish() }),
  })
  await sink.finish()
}

async function newBackup(name: string, isLarge = false): Promise<string> {
  const path = join(folder, name)
  await fill(await openSink(path), { isLarge })
  return path
}

function unzipped(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes)
  } catch {
    return undefined
  }
}

const verify = async (path: string) => readBackup(await openSource(path))

describe('a backup on the disk', () => {
  for (const target of TARGETS) {
    test(`comes back as it was: ${target}`, async () => {
      const path = await newBackup(`whole-${target}`, true)
      const streams = new Map<string, Buffer[]>()
      const { manifest } = await readBackup(await openSource(path), async ({ path: part, bytes }) => {
        const name = part.replace(/\.\d+$/, '')
        streams.set(name, [...(streams.get(name) ?? []), bytes])
      })
      assert.equal(manifest.parts.count, 1106)
      assert.equal(manifest.parts.indexes, 2)
      assert.equal(Buffer.concat(streams.get('data/aa/empty') ?? []).length, 0)
      assert.ok(Buffer.concat(streams.get('data/bb/long') ?? []).equals(LONG))
      assert.equal(Buffer.concat(streams.get('data/cc/1099') ?? []).toString(), '1099')
      assert.equal((await stat(path)).mode & 0o077, 0)
      await assert.rejects(openSink(path), /exists already/)
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.endsWith('.partial')),
        [],
      )
    })
  }

  test('in a folder can be checked without us, by sha256sum', async () => {
    const index = await readFile(join(await newBackup('plain'), 'index/000001.sha256'), 'utf8')
    assert.match(index, /^[0-9a-f]{64} {2}header\.json\n(?:[0-9a-f]{64} {2}\S+\n)+$/)
  })

  test('with any one byte changed is found out, wherever it is', async () => {
    for (const target of ['file.tar', 'file.tar.gz']) {
      const path = await newBackup(`flipped-${target}`)
      const bytes = await readFile(path)
      // The gzip header says when and by what; nothing of the backup is in there.
      const from = target.endsWith('.gz') ? 10 : 0
      const step = target.endsWith('.gz') ? 3 : 41
      for (let at = from; at < bytes.length; at += step) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ 0x20
        await writeFile(path, changed)
        // A few bits of compressed bytes mean nothing.
        if (target.endsWith('.gz') && unzipped(changed)?.equals(gunzipSync(bytes))) continue
        await assert.rejects(verify(path), /./, `byte ${at} of ${target}`)
      }
    }
    const whole = await newBackup('flipped-folder')
    for (const name of await readdir(whole, { recursive: true })) {
      const file = join(whole, name)
      if ((await stat(file)).isDirectory()) continue
      const bytes = await readFile(file)
      for (let at = 0; at < bytes.length; at += 3) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ 0x20
        await writeFile(file, changed)
        await assert.rejects(verify(whole), /./, `byte ${at} of ${name}`)
      }
      await writeFile(file, bytes)
    }
    await verify(whole)
  })

  test('that is not whole is none', async () => {
    const path = await newBackup('cut.tar')
    const bytes = await readFile(path)
    for (const length of [0, 100, 512, bytes.length - 1024, bytes.length - 512, bytes.length - 1]) {
      await writeFile(path, bytes.subarray(0, length))
      await assert.rejects(verify(path), /not whole|Not a backup|changed/, `${length} bytes`)
    }
    const compressed = join(folder, 'cut.tar.gz')
    await writeFile(compressed, gzipSync(bytes).subarray(0, -9))
    await assert.rejects(verify(compressed))
    const whole = await newBackup('cut-folder')
    for (const name of ['manifest.json', 'index/000001.sha256', 'header.json', 'data/aa/empty.000001']) {
      const without = join(folder, 'without')
      await cp(whole, without, { recursive: true })
      await rm(join(without, name))
      await assert.rejects(verify(without), /not whole|changed/, name)
      await rm(without, { recursive: true })
    }
  })

  test('names the part that was changed', async () => {
    const path = await newBackup('named')
    await rename(join(path, 'data/aa/empty.000001'), join(path, 'elsewhere'))
    await writeFile(join(path, 'data/aa/empty.000001'), 'x')
    await assert.rejects(verify(path), /data\/aa\/empty\.000001 is not what was written/)
  })

  test('that reaches out of its folder is refused', async () => {
    const path = await newBackup('reaching')
    const index = join(path, 'index/000001.sha256')
    await writeFile(index, (await readFile(index, 'utf8')).replace('data/aa/empty', 'data/../../whole'))
    await assert.rejects(verify(path), /index of the backup was changed/)
  })

  test('that is abandoned leaves nothing', async () => {
    for (const target of TARGETS) {
      const sink = await openSink(join(folder, `abandoned-${target}`))
      await sink.add({ path: HEADER_PATH, bytes: Buffer.from('x') })
      await sink.abandon()
    }
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('abandoned')),
      [],
    )
  })
})

test('keys open with their passphrase, in their backup, and not otherwise', { timeout: 60_000 }, async () => {
  const keys = { masterKey: Buffer.alloc(32, 1).toString('base64'), bootstrap: null }
  const sealed = await sealKeys(keys, 'correct horse battery', ID)
  assert.ok(!sealed.includes(keys.masterKey))
  assert.deepEqual(await openKeys(sealed, 'correct horse battery', ID), keys)
  await assert.rejects(openKeys(sealed, 'correct horse batterz', ID), /not the one/)
  await assert.rejects(openKeys(sealed, 'correct horse battery', `${ID}1`), /not the one/)
  await assert.rejects(sealKeys(keys, 'short', ID), /12 characters/)
})
