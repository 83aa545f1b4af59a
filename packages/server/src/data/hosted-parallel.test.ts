import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import { testDatabases } from '../db/testing.ts'
import type { DataLimits } from './quota.ts'
import { bodyOf, contentOf, namesIn, openHostedBench } from './testing/hosted-bench.ts'

function isError(error: unknown, ...names: ErrorName[]): boolean {
  return error instanceof ApiError && names.includes(error.error)
}

/** What of the attempts succeeded; the others must have failed with one of these errors. */
async function succeeded<T>(attempts: readonly Promise<T>[], ...errors: ErrorName[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(attempts)
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return [outcome.value]
    if (!isError(outcome.reason, ...errors)) throw outcome.reason
    return []
  })
}

const many = Array.from({ length: 32 }, (_, index) => index)

for (const { engine, open } of testDatabases()) {
  describe(`hosted data at the same time on ${engine}`, { timeout: 120_000 }, () => {
    async function withCollection(limits: Partial<DataLimits> = {}) {
      const bench = await openHostedBench((await open()).db, limits)
      const ann = bench.as('ann')
      await ann.createDirectory('.my', 'foo', undefined)
      return { ...bench, ann }
    }

    test('of 32 puts of one name one stays, counted once, and the objects of the others go', async () => {
      const { ann, objectIds, usage } = await withCollection()
      const stats = await Promise.all(many.map((index) => ann.put('.my/foo/a', bodyOf('x'.repeat(index + 1)))))
      const found = await ann.find('.my/foo/a')
      assert.equal(found.kind, 'file')
      assert.ok(stats.some(({ etag }) => etag === found.etag))
      assert.equal((await contentOf(ann, '.my/foo/a')).length, found.sizeBytes)
      assert.deepEqual(await usage('ann'), { bytes: found.sizeBytes, files: 1 })
      assert.deepEqual(await objectIds(), [found.etag])
    })

    test('of 32 puts that want to be the first one is', async () => {
      const { ann, objectIds } = await withCollection()
      const precondition = (current: unknown) => {
        if (current) throw new ApiError('PreconditionFailed')
      }
      const puts = many.map((index) => ann.put('.my/foo/a', bodyOf(`${index}`), { precondition }))
      const [first, ...more] = await succeeded(puts, 'PreconditionFailed')
      assert.deepEqual([more, await objectIds()], [[], [first?.etag]])
    })

    test('of 32 creations of a collection, in any spelling, one succeeds', async () => {
      const { ann } = await withCollection()
      const creations = many.map((index) => ann.createDirectory('.my', index % 2 === 0 ? 'bar' : 'BAR', undefined))
      assert.equal((await succeeded(creations, 'InputValidationError')).length, 1)
      assert.equal((await namesIn(ann, '.my')).length, 2)
    })

    test('puts and a deletion of the collection leave either the file or nothing', async () => {
      const { ann, objectIds, usage } = await withCollection()
      for (const round of [1, 2, 3]) {
        const puts = many.map((index) => ann.put(`.my/foo/${round}-${index}`, bodyOf('12345')))
        const deletion = puts[round * 8]?.then(() => ann.delete('.my/foo', { force: true }))
        await succeeded(puts, 'DataNotFound')
        assert.ok(((await deletion) ?? 0) > 0)
        await assert.rejects(ann.find('.my/foo'), (error) => isError(error, 'DataNotFound'))
        assert.deepEqual(await usage('ann'), { bytes: 0, files: 0 })
        assert.deepEqual(await objectIds(), [])
        await ann.createDirectory('.my', 'foo', undefined)
      }
    })

    test('what was acknowledged after a deletion is there', async () => {
      const { ann, objectIds, usage } = await withCollection()
      await ann.put('.my/foo/old', bodyOf('x'))
      const [deleted] = await Promise.all([
        ann
          .delete('.my/foo', { force: true })
          .then((count) => ann.createDirectory('.my', 'foo', undefined).then(() => count)),
        ...many.map(() => ann.delete('.my/foo/old', { force: false }).catch(() => 0)),
      ])
      assert.equal(deleted, 1)
      const stats = await Promise.all(many.map((index) => ann.put(`.my/foo/${index}`, bodyOf('12345'))))
      assert.equal((await namesIn(ann, '.my/foo')).length, 32)
      assert.deepEqual((await objectIds()).sort(), stats.map(({ etag }) => etag).sort())
      assert.deepEqual(await usage('ann'), { bytes: 160, files: 32 })
    })

    test('of 32 deletions of a file one counts', async () => {
      const { ann, usage } = await withCollection()
      await ann.put('.my/foo/a', bodyOf('12345'))
      const deletions = many.map(() => ann.delete('.my/foo/a', { force: false }))
      assert.deepEqual(await succeeded(deletions, 'DataNotFound'), [1])
      assert.deepEqual(await usage('ann'), { bytes: 0, files: 0 })
    })

    test('an account never has more than it may, whoever comes first', async () => {
      const { ann, objectIds, usage } = await withCollection({ bytesPerAccount: 100 })
      const stats = await succeeded(
        many.map((index) => ann.put(`.my/foo/${index}`, bodyOf('x'.repeat(10)))),
        'PayloadTooLarge',
      )
      assert.equal(stats.length, 10)
      assert.deepEqual(await usage('ann'), { bytes: 100, files: 10 })
      assert.equal((await objectIds()).length, 10)
    })

    test('a limit says its figures, before the body comes where its length is known', async () => {
      const { ann, objectIds } = await withCollection({ bytesPerAccount: 100, fileBytes: 60 })
      let pieces = 0
      async function* endless() {
        for (;;) {
          pieces++
          yield Buffer.alloc(10)
        }
      }
      const tooLarge = (text: RegExp) => (error: unknown) =>
        isError(error, 'PayloadTooLarge') && text.test((error as ApiError).message)
      await assert.rejects(ann.put('.my/foo/a', endless(), { sizeBytes: 61 }), tooLarge(/60 bytes/))
      assert.equal(pieces, 0)
      await assert.rejects(ann.put('.my/foo/a', endless()), tooLarge(/60 bytes/))
      assert.ok(pieces < 20, `${pieces} pieces were read`)
      await ann.put('.my/foo/a', bodyOf('x'.repeat(60)))
      await assert.rejects(ann.put('.my/foo/b', bodyOf('x'.repeat(41))), tooLarge(/100 bytes together, and 60/))
      await ann.put('.my/foo/a', bodyOf('y'.repeat(60)))
      await ann.put('.my/foo/b', bodyOf('x'.repeat(40)))
      assert.equal((await objectIds()).length, 2)
    })

    test('readers of a file that is replaced all the time get a whole one', async () => {
      const { ann } = await withCollection()
      const body = (index: number) => bodyOf(...Array.from({ length: 4 }, () => `${index % 10}`.repeat(65_536)))
      await ann.put('.my/foo/a', body(0))
      let isDone = false
      const writing = (async () => {
        for (let index = 1; index < 15; index++) await ann.put('.my/foo/a', body(index))
        isDone = true
      })()
      let whole = 0
      const reader = async () => {
        while (!isDone) {
          const text = await contentOf(ann, '.my/foo/a').catch((error: unknown) => {
            if (isError(error, 'DataNotFound')) return undefined
            throw error
          })
          if (text === undefined) continue
          assert.equal(text, (text[0] ?? '').repeat(262_144))
          whole++
        }
      }
      await Promise.all([writing, reader(), reader()])
      assert.ok(whole > 3, `${whole} were read`)
    })
  })
}
