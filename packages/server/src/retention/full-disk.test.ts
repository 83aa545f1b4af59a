/** A disk that the database itself has filled, on real SQLite: what may go goes, and its room goes back to the disk. */
import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { test } from 'node:test'
import { pino } from 'pino'
import { createDatabase } from '../db/database.ts'
import { testDatabases } from '../db/testing.ts'
import { freePagesChore } from './free-pages.ts'
import { createKeeper } from './keeper.ts'
import { timeBefore } from './kind.ts'
import { rowKind } from './rows.ts'
import { INSIGHTS } from './tables.ts'

const [sqlite] = testDatabases()
const DAY_MS = 86_400_000
const MIB = 1024 * 1024
const DAYS = 20

test('logs that fill the disk are thinned out until there is room, and no further', async () => {
  assert.ok(sqlite)
  const options = await sqlite.create()
  const { db, close } = await createDatabase(options)
  const event = 'x'.repeat(100_000)
  for (let day = 0; day < DAYS; day++) {
    const time = timeBefore(day * DAY_MS)
    const rows = Array.from({ length: 10 }, (_, at) => ({
      request_id: `${day}-${at}`,
      algorithm_id: `a${at % 2}`,
      time,
    }))
    await db
      .insertInto('insights')
      .values(rows.map((row) => ({ ...row, owner_id: 'o', event })))
      .execute()
  }
  let isFull = true
  const disk = {
    isFull: () => isFull,
    async measure() {
      isFull = (await stat(options.sqlitePath)).size > 12 * MIB
    },
    whenFull: () => {},
  }
  const limits = { maxAgeMs: 30 * DAY_MS, quota: null, floorMs: DAY_MS }
  const keeper = createKeeper({
    kinds: [rowKind({ db, name: 'insights', table: INSIGHTS, limits })],
    chores: [freePagesChore(db, 'sqlite')],
    ...{ disk, log: pino({ level: 'silent' }), intervalMs: DAY_MS, pauseMs: 20 },
  })
  try {
    await disk.measure()
    assert.ok(isFull)
    await keeper.run()
    assert.ok(!isFull)
    const left = await db.selectFrom('insights').select('time').orderBy('time').execute()
    // A quarter of 30 days is the first that helps.
    assert.equal(left.length, 80)
    assert.ok((left[0]?.time ?? '') > timeBefore(7.5 * DAY_MS))
  } finally {
    await keeper.close()
    await close()
  }
})
