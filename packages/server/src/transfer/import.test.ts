import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { pino } from 'pino'
import { createRemovalHold, holdingRepositories } from '../backup/removal-hold.ts'
import { testDatabases } from '../db/testing.ts'
import { importOwner } from './import.ts'
import { goodParts, openBench, writeParts } from './testing.ts'

const [sqlite = assert.fail()] = testDatabases()

test('an import while removals are held back keeps its repository, whatever is removed afterwards', async () => {
  const bench = await openBench((await sqlite.open()).db)
  const removals = createRemovalHold({ log: pino({ level: 'silent' }), isDiskFull: () => false })
  try {
    const repositories = holdingRepositories(bench.services.repositories, removals)
    const parts = goodParts('ann')
    const [algorithm = assert.fail()] = parts.algorithms
    const path = join(bench.folder, 'ann.tar')
    await writeParts(path, parts)
    const services = { ...bench.services, repositories }
    const held = await removals.begin()
    // Left by an import that was cut off: a repository without an algorithm.
    await repositories.createFilled({ id: algorithm.id, ownerId: '' }, async () => {})
    const { appeared } = await importOwner(services, { path, as: undefined, operatorId: '' })
    held.release()
    await removals.close()
    const [rows = assert.fail()] = appeared.algorithms
    assert.notEqual(rows.algorithm.id, algorithm.id)
    assert.equal(await repositories.has(algorithm.id), false)
    assert.equal(await repositories.has(rows.algorithm.id), true)
  } finally {
    await bench.close()
  }
})

test('an import that fills the disk ends there, and leaves nothing', async () => {
  const bench = await openBench((await sqlite.open()).db)
  try {
    const path = join(bench.folder, 'ann.tar')
    await writeParts(path, goodParts('ann'))
    let left = 10
    const disk = {
      requireRoom() {
        if (--left < 0) throw new ApiError('InsufficientStorage')
      },
    }
    const importing = importOwner({ ...bench.services, disk }, { path, as: undefined, operatorId: '' })
    await assert.rejects(importing, { error: 'InsufficientStorage' })
    assert.deepEqual(await bench.leftovers(), { repositories: 0, objects: 0, accounts: 0, collections: 0 })
    assert.equal(bench.services.directory.byName('ann'), undefined)
  } finally {
    await bench.close()
  }
})
