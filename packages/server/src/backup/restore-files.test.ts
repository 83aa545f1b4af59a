import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { MIGRATIONS } from '../db/migrate.ts'
import type { BackupConfig } from './back-up.ts'
import {
  type BackupHeader,
  type BackupManifest,
  HEADER_PATH,
  jsonBytes,
  MANIFEST_PATH,
  manifestBytes,
  PARTS_PER_INDEX,
} from './format.ts'
import { createPartWriter } from './part-writer.ts'
import { extract } from './programs.ts'
import { readBackup } from './read-backup.ts'
import { restore } from './restore.ts'
import { openRestoreFolder } from './restore-folder.ts'
import { openSink } from './sink.ts'
import { openSource } from './source.ts'
import { END, tarHeader } from './tar-blocks.ts'

const isRoot = process.getuid?.() === 0

describe('a restore', { timeout: 120_000 }, () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'algorist-restore-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('to a folder with something in it leaves all of that as it was', async () => {
    const home = join(folder, 'wrong')
    await mkdir(home)
    await writeFile(join(home, 'letter'), '')
    await chmod(home, 0o1777)
    await assert.rejects(openRestoreFolder(home), /not empty.*letter/)
    assert.deepEqual(await readdir(home), ['letter'])
    assert.equal((await stat(home)).mode & 0o7777, 0o1777)
    await assert.rejects(openRestoreFolder(join(home, 'letter')), /letter is no folder/)
  })

  test('that is given up leaves the folders that were there, since disks may be mounted there', async () => {
    const home = join(folder, 'mounted')
    await mkdir(join(home, 'data'), { recursive: true })
    const { ino } = await stat(join(home, 'data'))
    const opened = await openRestoreFolder(home)
    await writeFile(join(opened.data, 'file'), '')
    await opened.undo()
    opened.close()
    assert.equal((await stat(join(home, 'data'))).ino, ino)
    assert.deepEqual(await readdir(join(home, 'data')), [])
  })

  test('of an archive with more rights, a device or a way out in it makes none of that', async () => {
    const made = join(folder, 'made')
    execFileSync('sh', ['-ec', `mkdir ${made}; cd ${made}; cp /bin/true tool; chmod 6755 tool; ln -s /tmp way`])
    assert.equal((await unpacked('rights', await archived(made))).mode & 0o7777, 0o755)
    if (isRoot) {
      execFileSync('mknod', [join(made, 'null'), 'c', '1', '3'])
      await assert.rejects(unpacked('device', await archived(made)), /could not write/)
      await rm(join(made, 'null'))
    }
    const transform = ['--transform=s,^./tool$,./way/algorist-tool,', './way', './tool']
    await assert.rejects(unpacked('out', await archived(made, transform)), /could not write/)
  })

  async function archived(from: string, what: readonly string[] = ['.']): Promise<Buffer> {
    const path = join(folder, 'archive.tar')
    execFileSync('tar', ['-cf', path, '-C', from, ...what])
    return readFile(path)
  }

  async function unpacked(name: string, archive: Buffer) {
    const target = join(folder, name)
    await mkdir(target)
    const extraction = extract(target)
    await extraction.write(archive)
    await extraction.end()
    return stat(join(target, 'tool'))
  }

  test('reads compressed backups whatever their name is, and only what can be read twice', async () => {
    const path = join(folder, 'named-like-none')
    await writeFile(path, gzipSync(Buffer.concat([tarHeader('x', 0), END])))
    await assert.rejects(openSource(path).then(readBackup), /expected header.json first/)
    await assert.rejects(openSource('-'), /read twice/)
    execFileSync('mkfifo', [join(folder, 'pipe')])
    await assert.rejects(openSource(join(folder, 'pipe')), /read twice/)
  })

  test('of what a newer server has written, or of another kind of store, says so before it makes anything', async () => {
    const [home, stop] = [join(folder, 'never'), new AbortController().signal]
    const config = { home, data: { store: null } } as unknown as BackupConfig
    for (const [number, [header, reason]] of [
      [{ format: 2 }, /newer Algorist: expected format 1, got 2/],
      [{ schema: MIGRATIONS.length + 1 }, /newer server.*Update Algorist first/],
      [{ contentStaysIn: 's3://bucket/x' }, /stayed in s3:\/\/bucket\/x: set ALGORIST_DATA_STORE/],
    ].entries() as Iterable<[number, [Partial<BackupHeader>, RegExp]]>) {
      const source = join(folder, `unfit-${number}`)
      await writeBackupOf(source, header)
      const restoring = restore({ config, source, passphrase: undefined, report: () => {}, stop })
      await assert.rejects(restoring, reason)
      await assert.rejects(stat(home))
    }
  })

  /** Whole, and with nothing in it. */
  async function writeBackupOf(target: string, change: Partial<BackupHeader>): Promise<void> {
    const header = { format: 1, id: 'x', schema: 1, contentStaysIn: null, hasKeys: false, ...change }
    const sink = await openSink(target)
    const parts = createPartWriter(sink, new AbortController().signal)
    await parts.add(HEADER_PATH, jsonBytes(header))
    const manifest = { id: 'x', parts: await parts.finish() } as BackupManifest
    await sink.add({ path: MANIFEST_PATH, bytes: manifestBytes(manifest) })
    await sink.finish()
  }

  test('of millions of parts without an index ends early', async () => {
    const path = join(folder, 'endless.tar')
    const header = Buffer.from(JSON.stringify({ format: 1 }).padEnd(512, ' '))
    const parts = Array.from({ length: PARTS_PER_INDEX + 1 }, (_, at) => tarHeader(`x${at}`, 0))
    await writeFile(path, Buffer.concat([tarHeader(HEADER_PATH, 512), header, ...parts, END]))
    await assert.rejects(openSource(path).then(readBackup), /is in no index/)
  })
})
