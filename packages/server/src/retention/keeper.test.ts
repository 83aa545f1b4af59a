import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { createKeeper } from './keeper.ts'
import { type Kind, NOTHING, timeBefore } from './kind.ts'

const DAY_MS = 86_400_000

/** A kind of one thing for each day of age, of 1 byte each. */
function days(name: string, ages: readonly number[], limits: Kind['limits']) {
  let left = ages.map((age) => timeBefore(age * DAY_MS - 60_000))
  const kind: Kind = {
    name,
    limits,
    async *survey() {
      yield null
      return { rows: left.length, bytes: left.length }
    },
    count: async (before) => ({ ...NOTHING, rows: left.filter((time) => time < before).length }),
    async *remove({ before }) {
      for (const time of left.filter((each) => each < before).sort()) {
        left = left.filter((each) => each !== time)
        yield { rows: 1, bytes: 1 }
      }
    },
  }
  return { kind, count: () => left.length }
}

/** A disk of which the test says how full it is. */
function diskOf(isFull: () => boolean) {
  return { isFull, measure: async () => {}, whenFull: () => {} }
}

const common = { chores: [], log: pino({ level: 'silent' }), intervalMs: DAY_MS, pauseMs: 1 }
const tenDays = Array.from({ length: 10 }, (_, index) => index + 1)

describe('the keeper', () => {
  test('removes what is too old, and knows what is left and what went', async () => {
    const things = days('things', tenDays, { maxAgeMs: 5 * DAY_MS, quota: null, floorMs: null })
    const keeper = createKeeper({ ...common, kinds: [things.kind], disk: diskOf(() => false) })
    const removed = await keeper.run()
    assert.deepEqual([...removed], [['things', { rows: 5, bytes: 5 }]])
    const [figures] = keeper.figures()
    assert.deepEqual([figures?.held.rows, figures?.removed.rows], [5, 5])
    await keeper.run()
    assert.equal(things.count(), 5)
    await keeper.close()
  })

  test('goes further while the disk is full, the oldest of all kinds first, stops when there is room', async () => {
    const limits = { maxAgeMs: 10 * DAY_MS, quota: null, floorMs: DAY_MS }
    const [logs, files] = [days('logs', tenDays, limits), days('files', tenDays, limits)]
    const sums = days('sums', tenDays, { ...limits, floorMs: null })
    const all = () => logs.count() + files.count()
    const disk = diskOf(() => all() > 10)
    const keeper = createKeeper({ ...common, kinds: [logs.kind, files.kind, sums.kind], disk })
    await keeper.run()
    assert.deepEqual([logs.count(), files.count(), sums.count()], [5, 5, 10])
    await keeper.close()
  })

  test('waits for files that are about to go before it takes more', async () => {
    const limits = { maxAgeMs: 10 * DAY_MS, quota: null, floorMs: DAY_MS }
    const files = days('files', tenDays, limits)
    let retiredAtMs: number | undefined
    let isFull = true
    const chore = {
      name: 'files of builds',
      readyInMs: () => (retiredAtMs === undefined ? 0 : Math.max(0, retiredAtMs + 50 - performance.now())),
      async *run() {
        if (files.count() < 10) retiredAtMs ??= performance.now()
        if (retiredAtMs !== undefined && performance.now() - retiredAtMs >= 45) isFull = false
        yield NOTHING
      },
    }
    const keeper = createKeeper({ ...common, chores: [chore], kinds: [files.kind], disk: diskOf(() => isFull) })
    await keeper.run()
    assert.equal(files.count(), 5)
    await keeper.close()
  })

  test('leaves what is above the floor even when that does not help', async () => {
    const logs = days('logs', tenDays, { maxAgeMs: 10 * DAY_MS, quota: null, floorMs: 2 * DAY_MS })
    const keeper = createKeeper({ ...common, kinds: [logs.kind], disk: diskOf(() => true) })
    await keeper.run()
    assert.equal(logs.count(), 2)
    await keeper.close()
  })

  test('goes on with the others when one kind fails', async () => {
    const broken = days('broken', [], { maxAgeMs: 0, quota: null, floorMs: null }).kind
    broken.remove = async function* () {
      yield NOTHING
      throw new Error('broken')
    }
    const things = days('things', tenDays, { maxAgeMs: 0, quota: null, floorMs: null })
    const keeper = createKeeper({ ...common, kinds: [broken, things.kind], disk: diskOf(() => false) })
    await keeper.run()
    assert.equal(things.count(), 0)
    await keeper.close()
  })

  test('goes on when the disk cannot be measured', async () => {
    const things = days('things', tenDays, { maxAgeMs: 10 * DAY_MS, quota: null, floorMs: 2 * DAY_MS })
    const disk = { ...diskOf(() => true), measure: () => Promise.reject(new Error('unplugged')) }
    const keeper = createKeeper({ ...common, kinds: [things.kind], disk })
    await keeper.run()
    await keeper.run()
    assert.equal(things.count(), 2)
    await keeper.close()
  })

  test('begins by itself, and ends after the step at hand when it is closed', async () => {
    const things = days(
      'things',
      Array.from({ length: 1000 }, (_, at) => at + 1),
      {
        ...{ maxAgeMs: 0, quota: null, floorMs: null },
      },
    )
    const { remove } = things.kind
    things.kind.remove = async function* (cut) {
      for await (const amount of remove(cut)) {
        await delay(5)
        yield amount
      }
    }
    const keeper = createKeeper({ ...common, intervalMs: 10, kinds: [things.kind], disk: diskOf(() => false) })
    while (things.count() === 1000) await delay(5)
    const begun = things.count()
    await keeper.close()
    assert.ok(things.count() >= begun - 2, `${begun} were left, then ${things.count()}`)
  })
})
