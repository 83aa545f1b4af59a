/** Every way of reading pages gives what adding up all rows in memory gives. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Database } from '../db/schema.ts'
import { testDatabases } from '../db/testing.ts'
import type { UsageDaysTable } from '../db/usage-tables.ts'
import { type Days, dayBefore } from './days.ts'
import { addTo, measuresOf, noMeasures } from './measures.ts'
import { mergeLists, readPage } from './pages.ts'
import { type Line, type Source, selectSeries } from './read-queries.ts'
import { groupSums } from './sums.ts'
import { addToDays, addToSums } from './write-queries.ts'

const LAST_DAY = '2026-11-22'
const OWNER_KINDS = { o1: 'organization', o2: 'user' } as const
const ownerKindOf = (id: string) => OWNER_KINDS[id as keyof typeof OWNER_KINDS]

/** About a third of all that there could be, always the same. */
function makeRows(): UsageDaysTable[] {
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed % below
  }
  const rows: UsageDaysTable[] = []
  for (const caller of ['c1', 'c2', 'c3', 'c4']) {
    for (const algorithm of ['a1', 'a2', 'a3', 'a4', 'a5']) {
      for (const version of ['0.1.0', '0.10.0']) {
        for (let back = 0; back < 60; back++) {
          if (random(3) > 0) continue
          rows.push({
            ...{ caller_id: caller, algorithm_id: algorithm, version, day: dayBefore(LAST_DAY, back) },
            ...{ owner_id: algorithm < 'a4' ? 'o1' : 'o2', machine_type: 'cpu' as const },
            ...{ ...noMeasures(), calls: 1 + random(9), cpu_us: random(1000), peak_memory_bytes: random(1000) },
          })
        }
      }
    }
  }
  return rows
}

function expected(rows: readonly UsageDaysTable[], key: readonly (keyof UsageDaysTable)[], { first, last }: Days) {
  const lines = new Map<string, Line>()
  for (const row of rows.filter(({ day }) => day >= first && day <= last)) {
    const parts = key.map((name) => String(row[name]))
    const known = lines.get(parts.join())?.measures ?? noMeasures()
    lines.set(parts.join(), { key: parts, measures: addTo({ ...known }, row) })
  }
  return [...lines.keys()].sort().flatMap((name) => lines.get(name) ?? [])
}

async function readAll(db: Database, sources: readonly Source[], days: Days, limit: number): Promise<Line[]> {
  const lines: Line[] = []
  for (let page = 0; page < 1000; page++) {
    const more = await readPage(db, sources, { days, after: lines.at(-1)?.key, limit })
    lines.push(...more)
    if (more.length < limit) return lines
  }
  throw new Error('the pages do not end')
}

const SUMS = (kind: string, scope: string): Source => ({
  ...{ table: 'usage_sums', key: ['item_id'], fixed: { kind, scope_id: scope } },
})

const REPORTS: readonly {
  readonly what: string
  readonly sources: readonly Source[]
  readonly key: readonly (keyof UsageDaysTable)[]
  readonly of: (row: UsageDaysTable) => boolean
}[] = [
  {
    what: 'calls',
    sources: [{ table: 'usage_days', key: ['caller_id', 'algorithm_id', 'version'], fixed: {} }],
    key: ['caller_id', 'algorithm_id', 'version'],
    of: () => true,
  },
  {
    what: 'calls of two callers by algorithm and version',
    sources: ['c2', 'c4'].map((caller_id) => ({
      ...{ table: 'usage_days', key: ['algorithm_id', 'version'], fixed: { caller_id } },
    })),
    key: ['algorithm_id', 'version'],
    of: ({ caller_id }) => caller_id === 'c2' || caller_id === 'c4',
  },
  {
    what: 'versions',
    sources: [{ table: 'usage_sums', key: ['scope_id', 'item_id'], fixed: { kind: 'version' } }],
    key: ['algorithm_id', 'version'],
    of: () => true,
  },
  {
    what: 'callers of two kinds of owners',
    sources: [SUMS('caller', 'organization'), SUMS('caller', 'user')],
    key: ['caller_id'],
    of: () => true,
  },
  {
    what: 'algorithms of organizations',
    sources: [SUMS('algorithm', 'organization')],
    key: ['algorithm_id'],
    of: (row) => row.owner_id === 'o1',
  },
  {
    what: 'what one caller called of one owner',
    sources: [
      { table: 'usage_days', key: ['algorithm_id'], fixed: { caller_id: 'c1' }, owners: { ids: ['o2', 'none'] } },
    ],
    key: ['algorithm_id'],
    of: (row) => row.caller_id === 'c1' && row.owner_id === 'o2',
  },
  {
    what: 'owners that one caller called',
    sources: [{ ...SUMS('caller-owner', 'c3'), owners: { ids: ['o1'] } }],
    key: ['owner_id'],
    of: (row) => row.caller_id === 'c3' && row.owner_id === 'o1',
  },
  {
    what: 'callers of an algorithm',
    sources: [{ table: 'usage_days', key: ['caller_id'], fixed: { algorithm_id: 'a5' }, isByKey: true }],
    key: ['caller_id'],
    of: (row) => row.algorithm_id === 'a5',
  },
]

const RANGES: readonly Days[] = [
  { first: dayBefore(LAST_DAY, 59), last: LAST_DAY },
  { first: dayBefore(LAST_DAY, 9), last: dayBefore(LAST_DAY, 3) },
  { first: LAST_DAY, last: LAST_DAY },
  { first: '2027-01-01', last: '2027-01-31' },
]

for (const { engine, open } of testDatabases()) {
  describe(`pages of usage on ${engine}`, () => {
    const rows = makeRows()
    const opened = open().then(async ({ db }) => {
      await addToDays(db, rows)
      await addToSums(db, groupSums(rows, ownerKindOf))
      return db
    })

    for (const { what, sources, key, of } of REPORTS) {
      test(`${what}: any range, any size of pages`, async () => {
        const db = await opened
        for (const days of RANGES) {
          const all = expected(rows.filter(of), key, days)
          for (const limit of [1, 3, 1000]) assert.deepEqual(await readAll(db, sources, days, limit), all)
        }
      })
    }

    test('a series has the sums of each day with calls', async () => {
      const db = await opened
      const days = { first: dayBefore(LAST_DAY, 9), last: dayBefore(LAST_DAY, 3) }
      const series = await selectSeries(
        db,
        { table: 'usage_sums', fixed: { kind: 'total', scope_id: 'organization' } },
        days,
      )
      const all = expected(
        rows.filter(({ owner_id }) => owner_id === 'o1'),
        ['day'],
        days,
      )
      assert.deepEqual(new Map(all.map(({ key, measures }) => [key[0] ?? '', measuresOf({ ...measures })])), series)
    })
  })
}

test('lists that were cut off give no incomplete line', () => {
  const line = (key: string, calls: number): Line => ({ key: [key], measures: { ...noMeasures(), calls } })
  const merged = mergeLists(
    [
      [line('a', 1), line('c', 1)],
      [line('b', 1), line('c', 1)],
    ],
    2,
  )
  assert.deepEqual(
    merged.map(({ key }) => key[0]),
    ['a', 'b'],
  )
})
