/** Cases: a file is written whole or not at all, and deleted. */
import assert from 'node:assert/strict'
import type { Driver } from '../driver.ts'
import {
  assertNothingAt,
  assertRejects,
  assertSameBytes,
  type Cases,
  failingAfter,
  fileNames,
  hangingAfter,
  inChunks,
  MIB,
  read,
  sample,
  write,
} from './samples.ts'

const old = Buffer.from('what was there before')

/** Tries a write that fails on a new path and on one with content, and looks that nothing of it stays. */
async function leavesNothing(driver: Driver, folder: string, failToWrite: (path: string) => Promise<void>) {
  await write(driver, `${folder}/old`, old)
  await failToWrite(`${folder}/new`)
  await failToWrite(`${folder}/old`)
  await assertNothingAt(driver, `${folder}/new`)
  assertSameBytes(await read(driver, `${folder}/old`), old)
  assert.deepEqual(await fileNames(driver, folder), ['old'])
}

export const writingCases = {
  'files of any size come back as they were written, announced or not': async ({ driver, folder }) => {
    for (const sizeBytes of [0, 1, 65_536, MIB, 5 * MIB + 1]) {
      const content = sample(sizeBytes)
      for (const announced of [sizeBytes, undefined]) {
        const path = `${folder}/${sizeBytes}-${announced}`
        const { sizeBytes: written } = await driver.write(path, inChunks(content), { sizeBytes: announced })
        assert.equal(written, sizeBytes)
        assertSameBytes(await read(driver, path), content)
      }
    }
  },
  '20 MiB in odd chunks come back as they were written': async ({ driver, folder }) => {
    const content = sample(20 * MIB + 3)
    await driver.write(`${folder}/file`, inChunks(content, 77_777))
    assertSameBytes(await read(driver, `${folder}/file`), content)
  },
  'chunks may be tiny, huge and empty': async ({ driver, folder }) => {
    const content = sample(3 * MIB)
    async function* uneven(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(0)
      for (let at = 0; at < 100; at++) yield content.subarray(at, at + 1)
      yield new Uint8Array(0)
      yield content.subarray(100)
    }
    await driver.write(`${folder}/file`, uneven())
    assertSameBytes(await read(driver, `${folder}/file`), content)
  },
  'a write replaces what was there, and the etag changes with it': async ({ driver, folder }) => {
    const path = `${folder}/file`
    const first = await driver.write(path, inChunks(Buffer.from('long before')))
    const second = await driver.write(path, inChunks(Buffer.from('now')))
    assert.notEqual(second.etag, first.etag)
    assert.equal((await read(driver, path)).toString(), 'now')
    const third = await driver.write(path, inChunks(Buffer.from('new')))
    assert.notEqual(third.etag, second.etag, 'as long as before, within the same moment')
    const found = await driver.stat(path)
    assert.ok(found?.kind === 'file')
    assert.equal(found.etag, third.etag)
    assert.deepEqual(await fileNames(driver, folder), ['file'])
  },
  'nobody sees a file before it is whole': async ({ driver, folder }) => {
    const path = `${folder}/file`
    const content = sample(6 * MIB)
    let looked = 0
    async function* watched(): AsyncGenerator<Uint8Array> {
      for await (const chunk of inChunks(content, 2 * MIB)) {
        yield chunk
        assert.equal(await driver.stat(path), undefined)
        looked++
      }
    }
    await driver.write(path, watched())
    assert.equal(looked, 3)
    assertSameBytes(await read(driver, path), content)
  },
  'a body shorter than announced is wrong-size and leaves nothing': async ({ driver, folder }) => {
    for (const sizeBytes of [1, MIB]) {
      const body = sample(sizeBytes - 1)
      await leavesNothing(driver, folder, (path) =>
        assertRejects(driver.write(path, inChunks(body), { sizeBytes }), 'wrong-size'),
      )
    }
  },
  'a body longer than announced is wrong-size and leaves nothing': async ({ driver, folder }) => {
    for (const sizeBytes of [0, 1, MIB, 6 * MIB]) {
      const body = sample(sizeBytes + 1)
      await leavesNothing(driver, folder, (path) =>
        assertRejects(driver.write(path, inChunks(body), { sizeBytes }), 'wrong-size'),
      )
    }
  },
  'a body that fails midway leaves nothing, and its error comes out as it is': async ({ driver, folder }) => {
    for (const sizeBytes of [10, 6 * MIB]) {
      const failure = new Error('the sender hung up')
      await leavesNothing(driver, folder, (path) =>
        assert.rejects(driver.write(path, failingAfter(sample(sizeBytes), failure)), (error) => error === failure),
      )
    }
  },
  'an announced body that fails midway leaves nothing either': async ({ driver, folder }) => {
    const failure = new Error('the sender hung up')
    await leavesNothing(driver, folder, (path) =>
      assert.rejects(
        driver.write(path, failingAfter(sample(MIB), failure), { sizeBytes: 2 * MIB }),
        (error) => error === failure,
      ),
    )
  },
  'an abort midway leaves nothing and rejects with its reason, though the body hangs': async ({ driver, folder }) => {
    for (const [sentBytes, sizeBytes] of [
      [10, undefined],
      [10, 20],
      [6 * MIB, undefined],
      [MIB, 2 * MIB],
    ]) {
      const reason = new Error('stopped by the caller')
      await leavesNothing(driver, folder, async (path) => {
        const controller = new AbortController()
        const body = hangingAfter(sample(sentBytes ?? 0), () => setImmediate(() => controller.abort(reason)))
        const writing = driver.write(path, body, { sizeBytes, signal: controller.signal })
        await assert.rejects(writing, (error) => error === reason)
      })
    }
  },
  'of many writes of one file at once, one stays, whole': async ({ driver, folder }) => {
    const contents = Array.from({ length: 16 }, (_, index) => sample(200_000 + index))
    const written = await Promise.all(contents.map((each) => driver.write(`${folder}/file`, inChunks(each))))
    const left = await read(driver, `${folder}/file`)
    assert.ok(
      contents.some((each) => each.equals(left)),
      'none of what was written',
    )
    assert.equal(new Set(written.map(({ etag }) => etag)).size, 16)
    assert.deepEqual(await fileNames(driver, folder), ['file'])
  },
  'many files are written at once, some into the same new folders': async ({ driver, folder }) => {
    const contents = Array.from({ length: 32 }, () => sample(10_000))
    const pathOf = (index: number): string => `${folder}/${index % 4}/${index % 2}/${index}`
    await Promise.all(contents.map((each, index) => write(driver, pathOf(index), each)))
    const found = await Promise.all(contents.map((_, index) => read(driver, pathOf(index))))
    for (const [index, each] of contents.entries()) assertSameBytes(found[index] ?? Buffer.of(), each)
  },
  'delete tells whether there was a file': async ({ driver, folder }) => {
    await write(driver, `${folder}/sub/file`, 'text')
    await write(driver, `${folder}/sub/file2`, 'text')
    assert.equal(await driver.delete(`${folder}/sub/file`), true)
    assert.equal(await driver.delete(`${folder}/sub/file`), false)
    assert.equal(await driver.delete(`${folder}/other/file`), false)
    await assertNothingAt(driver, `${folder}/sub/file`)
    assert.deepEqual(await fileNames(driver, `${folder}/sub`), ['file2'])
  },
  'delete of a folder deletes nothing': async ({ driver, folder }) => {
    await write(driver, `${folder}/sub/file`, 'text')
    await driver.createFolder(`${folder}/empty`)
    assert.equal(await driver.delete(`${folder}/sub`), false)
    assert.equal(await driver.delete(`${folder}/empty`), false)
    assert.equal((await read(driver, `${folder}/sub/file`)).toString(), 'text')
    assert.equal((await driver.stat(`${folder}/empty`))?.kind, 'folder')
  },
} satisfies Cases
