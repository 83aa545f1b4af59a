import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Driver } from './driver.ts'
import { createFilesystemDriver } from './filesystem.ts'
import { assertRejects, failingAfter, fileNames, listPages, namesOf, read, sample, write } from './suite/samples.ts'
import { testDriver } from './suite.ts'
import { numberOf } from './testing/self-describing.ts'

const needsRoot = process.getuid?.() === 0 ? false : 'only root can mount a disk'

async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'algorist-filesystem-'))
}

testDriver('the filesystem driver', async () => {
  const folder = await temporaryFolder()
  return { driver: await createFilesystemDriver({ folder }), close: () => rm(folder, { recursive: true }) }
})

describe('in its folder', () => {
  let home: string
  let folder: string
  let driver: Driver
  before(async () => {
    home = await temporaryFolder()
    folder = join(home, 'some', 'where')
    driver = await createFilesystemDriver({ folder })
  })
  after(() => rm(home, { recursive: true }))

  test('files and folders belong to the server alone', async () => {
    await write(driver, 'modes/file', 'text')
    const modes = await Promise.all(
      ['', '.incoming', 'modes', 'modes/file'].map(async (path) => (await lstat(join(folder, path))).mode & 0o777),
    )
    assert.deepEqual(modes, [0o700, 0o700, 0o700, 0o600])
  })

  test('a write that fails leaves no file where it was received, and no folder', async () => {
    const failure = new Error('hung up')
    await assert.rejects(driver.write('never/file', failingAfter(sample(3_000_000), failure)), failure)
    assert.deepEqual(await readdir(join(folder, '.incoming')), [])
    assert.equal(await driver.stat('never'), undefined)
  })

  test('no path leads out of it, or to files that are being received', async () => {
    await writeFile(join(home, 'secret'), 'secret')
    const paths = [
      '../secret',
      'a/../../secret',
      '..',
      '.',
      './a',
      'a/.',
      '/etc/passwd',
      'a//b',
      'a/',
      'a\0b',
      '.incoming',
      '.incoming/x',
      '\ud800',
    ]
    for (const path of paths) {
      await assertRejects(driver.stat(path), 'invalid-path')
      await assertRejects(driver.read(path), 'invalid-path')
      await assertRejects(driver.list(path, { limit: 1 }), 'invalid-path')
      await assertRejects(write(driver, path, 'mine'), 'invalid-path')
      await assertRejects(driver.delete(path), 'invalid-path')
      await assertRejects(driver.createFolder(path), 'invalid-path')
      await assertRejects(driver.deleteFolder(path), 'invalid-path')
    }
    assert.ok(!namesOf(await driver.list('', { limit: 1000 })).includes('.incoming/'))
    await write(driver, 'sub/.incoming', 'only at the top is the name taken')
  })

  test('a link in the place of a file is not followed', async () => {
    await mkdir(join(folder, 'links'))
    await symlink(join(home, 'secret'), join(folder, 'links', 'link'))
    await assertRejects(driver.read('links/link'), 'not-found')
    assert.equal(await driver.stat('links/link'), undefined)
    assert.deepEqual(await fileNames(driver, 'links'), [])
    await write(driver, 'links/link', 'mine')
    assert.equal((await read(driver, 'links/link')).toString(), 'mine')
    assert.equal((await lstat(join(home, 'secret'))).size, 'secret'.length)
  })

  test('what a file system cannot have is invalid-path', async () => {
    await write(driver, 'taken/file', 'text')
    await assertRejects(write(driver, 'x'.repeat(256), ''), 'invalid-path')
    await assertRejects(driver.createFolder(`taken/${'ü'.repeat(128)}`), 'invalid-path')
    await assertRejects(write(driver, 'x/'.repeat(2500).slice(0, -1), ''), 'invalid-path')
    await assertRejects(write(driver, 'taken', 'over a folder'), 'invalid-path')
    await assertRejects(write(driver, 'taken/file/below', 'below a file'), 'invalid-path')
    await assertRejects(driver.createFolder('taken/file'), 'invalid-path')
    await assertRejects(write(driver, '', 'the root'), 'invalid-path')
    await assertRejects(driver.deleteFolder(''), 'invalid-path')
    assert.deepEqual(await readdir(join(folder, '.incoming')), [])
  })

  test('a folder that is deleted again and again while files are written to it loses none', async () => {
    const stopped = new AbortController()
    const deleting = (async () => {
      let deleted = 0
      while (!stopped.signal.aborted) {
        deleted += Number(await driver.deleteFolder('busy').catch(() => false))
        await setImmediate()
      }
      return deleted
    })()
    try {
      for (let round = 0; round < 200; round++) {
        await write(driver, 'busy/sub/file', 'text')
        assert.equal(await driver.delete('busy/sub/file'), true)
        await driver.deleteFolder('busy/sub').catch(() => undefined)
      }
    } finally {
      stopped.abort()
    }
    assert.ok((await deleting) > 0, 'the folder was never deleted')
  })

  test('a folder that somebody else deleted is made again', async () => {
    await write(driver, 'gone/sub/file', 'text')
    await rm(join(folder, 'gone'), { recursive: true })
    await write(driver, 'gone/sub/file', 'again')
    assert.equal((await read(driver, 'gone/sub/file')).toString(), 'again')
  })
})

describe('after kill -9 in the middle of writing', () => {
  const program = join(import.meta.dirname, 'testing', 'endless-writer.ts')

  /** What was acknowledged by the time of the kill: paths, and for each the number last written there. */
  async function writeAndKill(folder: string, afterMs: number): Promise<Map<string, number>> {
    const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = once(child, 'close')
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    await once(child.stdout, 'data')
    await delay(afterMs)
    child.kill('SIGKILL')
    await closed
    const lines = printed.split('\n').slice(0, -1)
    return new Map(lines.map((line) => line.split(' ')).map(([path = '', number]) => [path, Number(number)]))
  }

  async function contents(driver: Driver, folder: string): Promise<Map<string, number | undefined>> {
    const pages = await listPages(driver, folder, 1000)
    const found = new Map<string, number | undefined>()
    for (const { folders, files } of pages) {
      for (const name of folders)
        for (const [path, number] of await contents(driver, join(folder, name))) found.set(path, number)
      for (const { name } of files) found.set(join(folder, name), numberOf(await read(driver, join(folder, name))))
    }
    return found
  }

  test('every acknowledged file is there and whole, no half one is seen, and what was under way is removed', async (t) => {
    const folder = await temporaryFolder()
    t.after(() => rm(folder, { recursive: true }))
    const acknowledged = new Map<string, number>()
    let cutShort = 0
    const isTooLittle = () => acknowledged.size <= 20 || cutShort === 0
    // A slow machine does little between two kills.
    for (let round = 0; round < 4 || (isTooLittle() && round < 40); round++) {
      for (const [path, number] of await writeAndKill(folder, 40 + 30 * round)) acknowledged.set(path, number)
      cutShort += (await readdir(join(folder, '.incoming'))).length
      const driver = await createFilesystemDriver({ folder })
      assert.deepEqual(await readdir(join(folder, '.incoming')), [])
      const found = await contents(driver, '')
      assert.deepEqual(
        [...found].filter(([, number]) => number === undefined),
        [],
      )
      for (const [path, number] of acknowledged)
        assert.ok((found.get(path) ?? -1) >= number, `${path}: ${found.get(path)}`)
    }
    assert.ok(acknowledged.size > 20, `${acknowledged.size} files`)
    assert.ok(cutShort > 0, 'no write was under way when the process was killed')
  })
})

describe('on a disk with troubles', { skip: needsRoot }, () => {
  const program = join(import.meta.dirname, 'testing', 'disk-troubles.ts')
  const diskBytes = 8 * 2 ** 20
  const mountAndRun = 'mount -t tmpfs -o "size=$0,mode=700" none "$1" && exec "$2" "$3" "$1" "$0"'
  const troubles: Record<string, unknown> = {}

  before(async () => {
    const folder = await temporaryFolder()
    const args = ['--mount', '--propagation', 'private', '/bin/sh', '-c', mountAndRun]
    const { stdout } = await promisify(execFile)('unshare', [
      ...args,
      String(diskBytes),
      folder,
      process.execPath,
      program,
    ])
    Object.assign(troubles, JSON.parse(stdout))
    await rm(folder, { recursive: true })
  })

  test('a disk without room is full, and leaves nothing of the write but what was there before', () => {
    assert.match(String(troubles.full), /^full: The disk is full/)
    assert.equal(troubles.kept, 'old')
    assert.deepEqual(troubles.incoming, [])
    assert.equal(troubles.freed, 'none')
  })

  test('a read-only disk says so, and can be read', () => {
    const readOnly = 'denied: The disk is read-only; mount it writable'
    assert.deepEqual(troubles.readOnly, { write: readOnly, delete: readOnly, createFolder: readOnly, kept: 'new' })
  })

  test('a folder of another user is denied', () => {
    const { write, stat } = troubles.otherUser as Record<string, string>
    assert.match(String(write), /^denied: The server may not do this in its data folder/)
    assert.match(String(stat), /^denied: /)
  })
})
