import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openWorkshop } from '../algorithms/testing.ts'
import { logOfBuild } from '../builds/records.ts'
import { testDatabases } from '../db/testing.ts'
import { importOwner } from './import.ts'
import { rebuildFailed } from './rebuild.ts'
import { rebuildReport, reportOf } from './report.ts'
import { gitBundle, goodParts, openBench, writeParts } from './testing.ts'

const [sqlite] = testDatabases()

test('a version that cannot be built is there and says why, and its build can be begun again', {
  timeout: 120_000,
}, async () => {
  assert.ok(sqlite)
  const { db } = await sqlite.open()
  const bench = await openBench(db)
  const shop = await openWorkshop(db)
  try {
    const services = { ...bench.services, ...shop.services }
    const path = join(bench.folder, 'mover.tar')
    const withBadPackage = gitBundle((blob) => `100644 blob ${blob}\tpackage.json\n`)
    await writeParts(path, goodParts('mover', withBadPackage))
    const imported = await importOwner(services, { path, as: undefined, operatorId: '' })
    const report = (await reportOf(services, imported)).filter(({ what }) => what === 'version')
    assert.deepEqual(
      report.map(({ name, result }) => [name, result]),
      [
        ['Hello 1.0.0', 'failed'],
        ['Hello 1.2.3', 'failed'],
      ],
    )
    for (const { note } of report) assert.match(note, /^Build failed: /)
    const [version] = imported.inventory.algorithms[0]?.versions ?? []
    assert.match((await logOfBuild(db, version?.build_id ?? '')) ?? '', /Build failed/)

    const again = await rebuildFailed(services, 'Mover')
    assert.deepEqual(await rebuildFailed(services, 'Mover'), [])
    const results = (await rebuildReport(services, again)).map(({ name, result }) => [name, result])
    assert.deepEqual(
      results,
      report.map(({ name, result }) => [name, result]),
    )
  } finally {
    await shop.close()
    await bench.close()
  }
})
