/** Cases: what is there, and its bytes, whole and in ranges. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import {
  assertNothingAt,
  assertRejects,
  assertSameBytes,
  type Cases,
  inChunks,
  MIB,
  read,
  sample,
  write,
} from './samples.ts'

const oneMinuteMs = 60_000

export const readingCases = {
  'stat tells a file, a folder and nothing apart': async ({ driver, folder }) => {
    assert.equal(await driver.stat(folder), undefined)
    await write(driver, `${folder}/sub/file`, 'text')
    const file = await driver.stat(`${folder}/sub/file`)
    assert.equal(file?.kind, 'file')
    assert.equal((await driver.stat(folder))?.kind, 'folder')
    assert.equal((await driver.stat(`${folder}/sub`))?.kind, 'folder')
    assert.equal(await driver.stat(`${folder}/su`), undefined)
    assert.equal(await driver.stat(`${folder}/sub/fil`), undefined)
    assert.equal(await driver.stat(`${folder}/sub/file/below`), undefined)
  },
  'the root is a folder': async ({ driver }) => {
    assert.equal((await driver.stat(''))?.kind, 'folder')
  },
  'stat, write and list tell the same of a file': async ({ driver, folder }) => {
    const before = Date.now()
    const written = await driver.write(`${folder}/file`, inChunks(sample(1234)))
    const found = await driver.stat(`${folder}/file`)
    const [listed] = (await driver.list(folder, { limit: 10 })).files
    assert.ok(found?.kind === 'file' && listed)
    assert.equal(listed.name, 'file')
    assert.match(written.etag, /^[^"]+$/)
    for (const { sizeBytes, etag, modifiedAt } of [written, found, listed]) {
      assert.deepEqual({ sizeBytes, etag }, { sizeBytes: 1234, etag: written.etag })
      assert.ok(Math.abs(modifiedAt.getTime() - before) < oneMinuteMs, modifiedAt.toISOString())
    }
    // Some storages keep fractions of a second for one of the two alone.
    assert.ok(Math.abs(found.modifiedAt.getTime() - listed.modifiedAt.getTime()) < 1000)
  },
  'what is not there, or is a folder, cannot be read': async ({ driver, folder }) => {
    await assertNothingAt(driver, `${folder}/file`)
    await write(driver, `${folder}/sub/file`, 'text')
    await assertRejects(read(driver, `${folder}/sub`), 'not-found')
    await assertRejects(read(driver, `${folder}/sub/file/below`), 'not-found')
    await assertRejects(read(driver, ''), 'not-found')
  },
  'a range has both its ends: the first byte, some in the middle, the last, all': async ({ driver, folder }) => {
    const content = sample(3 * MIB + 17)
    const last = content.length - 1
    await write(driver, `${folder}/file`, content)
    for (const [from, to] of [
      [0, 0],
      [1, 1],
      [65_535, 65_536],
      [MIB - 1, 2 * MIB],
      [last - 9, last],
      [last, last],
      [0, last],
    ] as const) {
      const part = await read(driver, `${folder}/file`, { range: { first: from, last: to } })
      assertSameBytes(part, content.subarray(from, to + 1))
    }
  },
  'many readers of one file all see it whole': async ({ driver, folder }) => {
    const content = sample(MIB + 1)
    await write(driver, `${folder}/file`, content)
    const all = await Promise.all(Array.from({ length: 12 }, () => read(driver, `${folder}/file`)))
    for (const each of all) assertSameBytes(each, content)
  },
  'a reader may leave early': async ({ driver, folder }) => {
    const content = sample(4 * MIB)
    await write(driver, `${folder}/file`, content)
    for (let readers = 0; readers < 5; readers++) {
      const stream = await driver.read(`${folder}/file`)
      for await (const _ of stream) break
      assert.ok(stream.destroyed)
    }
    assertSameBytes(await read(driver, `${folder}/file`), content)
  },
  'an abort ends a read with its reason': async ({ driver, folder }) => {
    await write(driver, `${folder}/file`, sample(8 * MIB))
    const controller = new AbortController()
    const stream = await driver.read(`${folder}/file`, { signal: controller.signal })
    const reason = new Error('nobody is interested any more')
    const failed = once(stream, 'error')
    await once(stream, 'readable')
    controller.abort(reason)
    assert.equal((await failed)[0], reason)
  },
  'whoever reads while the file is replaced sees the old one or the new one, or an error': async ({
    driver,
    folder,
  }) => {
    const [old, replacement] = [sample(8 * MIB), sample(8 * MIB + 5)]
    await write(driver, `${folder}/file`, old)
    const stream = await driver.read(`${folder}/file`)
    await once(stream, 'readable')
    await write(driver, `${folder}/file`, replacement)
    const seen = await buffer(stream).catch(() => undefined)
    assert.ok(seen === undefined || seen.equals(old) || seen.equals(replacement), 'a mix of two')
    assertSameBytes(await read(driver, `${folder}/file`), replacement)
  },
  'what is aborted before it begins rejects with the reason': async ({ driver, folder }) => {
    await write(driver, `${folder}/file`, 'old')
    const reason = new Error('too late')
    const signal = AbortSignal.abort(reason)
    const path = `${folder}/file`
    const isReason = (error: unknown): boolean => error === reason
    await assert.rejects(driver.stat(path, signal), isReason)
    await assert.rejects(driver.read(path, { signal }), isReason)
    await assert.rejects(driver.write(path, inChunks(sample(10)), { signal }), isReason)
    await assert.rejects(driver.delete(path, signal), isReason)
    await assert.rejects(driver.list(folder, { limit: 10, signal }), isReason)
    await assert.rejects(driver.createFolder(`${folder}/sub`, signal), isReason)
    await assert.rejects(driver.deleteFolder(folder, signal), isReason)
    assert.equal((await read(driver, path)).toString(), 'old')
    assert.equal(await driver.stat(`${folder}/sub`), undefined)
  },
} satisfies Cases
