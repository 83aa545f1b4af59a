import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, open, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openBundle, readBundle } from './bundle-reader.ts'
import { writeBundle } from './bundle-writer.ts'
import { readTar } from './tar-reader.ts'
import { checksumOf, createTarWriter } from './tar-writer.ts'

const TIME = new Date('2026-01-02T03:04:05.678Z')
const NAMES = ['plain', 'folder/a b', 'ünï/コ', 'line\nend', 'back\\slash', 'x'.repeat(300), '-dash', 'a=b']

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'algorist-tar-'))
})
after(() => rm(folder, { recursive: true, force: true }))

const pathOf = (name: string) => join(folder, name)

async function writeTar(name: string, entries: ReadonlyMap<string, Buffer>): Promise<string> {
  const file = await open(pathOf(name), 'w+')
  try {
    const tar = createTarWriter(file)
    for (const [entry, content] of entries) await tar.add({ name: entry, modifiedAt: TIME }, [content])
    await tar.end()
  } finally {
    await file.close()
  }
  return pathOf(name)
}

async function contentsOf(path: string): Promise<Map<string, Buffer>> {
  const file = await open(path)
  const found = new Map<string, Buffer>()
  try {
    for await (const { name, body, modifiedAt } of readTar(file)) {
      found.set(name, Buffer.concat(await Array.fromAsync(body)))
      assert.ok(modifiedAt instanceof Date)
    }
  } finally {
    await file.close()
  }
  return found
}

/** Changes the first header of an archive, and its checksum with it. */
async function changeHeader(path: string, change: (header: Buffer) => void): Promise<void> {
  const file = await open(path, 'r+')
  const header = Buffer.alloc(512)
  await file.read(header, 0, 512, 0)
  change(header)
  header.write(`${checksumOf(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  await file.write(header, 0, 512, 0)
  await file.close()
}

describe('tar files', () => {
  test('come back with any names, sizes and times, and tar reads them', async () => {
    const entries = new Map(NAMES.map((name, index) => [name, Buffer.alloc(index * 511, index)]))
    const path = await writeTar('good.tar', entries)
    assert.deepEqual(await contentsOf(path), entries)
    const listed = execFileSync('tar', ['--list', '--quoting-style=literal', '--file', path], { encoding: 'utf8' })
    assert.equal(listed, NAMES.map((name) => `${name}\n`).join(''))
  })

  test('what is no plain file, or lies about its size, is refused', async () => {
    await writeFile(pathOf('target'), 'x')
    await symlink('target', pathOf('link'))
    execFileSync('tar', ['--format=ustar', '-C', folder, '-cf', pathOf('link.tar'), 'link'])
    await assert.rejects(contentsOf(pathOf('link.tar')), /link is no plain file/)
    const one = () => writeTar('lies.tar', new Map([['a', Buffer.from('x')]]))
    for (const [size, reason] of [
      ['77777777777\0', /ends in the middle/],
      ['00000001000\0', /extended header is damaged|ends|no tar file|damaged/],
      ['-0000000001\0', /no tar file/],
      ['9\0', /no tar file/],
    ] as const) {
      await changeHeader(await one(), (header) => void header.write(size, 124, 'latin1'))
      await assert.rejects(contentsOf(pathOf('lies.tar')), reason, size)
    }
    await changeHeader(await one(), (header) => {
      header.fill(0, 124, 136)
      header.writeUInt8(0x80, 124)
      header.writeBigUInt64BE(2n ** 62n, 128)
    })
    await assert.rejects(contentsOf(pathOf('lies.tar')), /larger than any file/)
  })

  test('every cut and every trailing byte is noticed', async () => {
    const path = await writeTar('cut.tar', new Map([['a', Buffer.from('x')]]))
    const whole = await readFile(path)
    for (let length = 0; length < whole.length; length += 256) {
      await truncate(path, length)
      await assert.rejects(contentsOf(path), /too early|middle/, `cut at ${length}`)
      await writeFile(path, whole)
    }
    await writeFile(path, Buffer.concat([whole, Buffer.alloc(512)]))
    await assert.rejects(contentsOf(path), /something follows/)
  })
})

describe('bundles', () => {
  const write = (name: string, count: number) =>
    writeBundle(pathOf(name), async (bundle) => {
      for (let index = 0; index < count; index++) {
        await bundle.add({ name: `file ${index}\n\\`, modifiedAt: TIME }, [Buffer.from(`${index}`)])
      }
    })

  async function namesIn(path: string): Promise<string[]> {
    const file = await openBundle(path)
    try {
      return (await Array.fromAsync(readBundle(file))).map(({ name }) => name)
    } finally {
      await file.close()
    }
  }

  for (const count of [0, 1, 998, 999, 1000, 1001, 2500]) {
    test(`of ${count} files come back, and sha256sum agrees`, async () => {
      const path = pathOf(`${count}.tar`)
      await write(`${count}.tar`, count)
      assert.equal((await namesIn(path)).length, count)
      const unpacked = await mkdtemp(join(folder, 'unpacked-'))
      execFileSync('tar', ['-xf', path, '-C', unpacked])
      execFileSync('sh', ['-c', 'cat sums/* | sha256sum --check --quiet --strict'], { cwd: unpacked })
    })
  }

  test('any changed bit is noticed', async () => {
    await write('bits.tar', 3)
    const whole = await readFile(pathOf('bits.tar'))
    // The fraction of a second is in no sum.
    const isTime = (at: number) => whole.subarray(Math.max(0, at - 20), at + 1).includes('mtime=')
    for (let at = 0; at < whole.length; at += 7) {
      if (isTime(at)) continue
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 1
      await writeFile(pathOf('changed.tar'), changed)
      await assert.rejects(namesIn(pathOf('changed.tar')), `a bit at ${at}`)
    }
  })

  test('a file that is there is left alone, and one that cannot be finished does not stay', async () => {
    await writeFile(pathOf('there.tar'), 'mine')
    await assert.rejects(write('there.tar', 1), /already/)
    assert.equal(await readFile(pathOf('there.tar'), 'utf8'), 'mine')
    const failing = writeBundle(pathOf('failing.tar'), async () => {
      // Until it is whole it has another name: a process that dies leaves nothing that looks finished.
      const names = (await readdir(folder)).filter((name) => name.startsWith('failing'))
      assert.match(names.join(), /^failing\.tar\.\w+\.partial$/)
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    })
    await assert.rejects(failing, { error: 'InvalidRequest', message: /failing\.tar cannot be written: no space/ })
    assert.ok(!(await readdir(folder)).join().includes('failing'))
    await assert.rejects(openBundle('/dev/zero'), /no file/)
  })
})
