/**
 * How long does a step of retention hold the database? A call log is counted, half of it removed by age, and what is left cut
 * to a quota, on each engine. Prints figures, and fails when the median of the steps is more than it may be.
 *
 *   bin/node benchmarks/retention.bench.ts                     100,000 calls
 *   bin/node benchmarks/retention.bench.ts --rows 1000000
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Engine, openDatabase } from '../conformance/lib/databases.ts'
import { createDatabase, type OpenDatabase } from '../packages/server/src/db/database.ts'
import { rowKind } from '../packages/server/src/retention/rows.ts'
import { CALL_LOG } from '../packages/server/src/retention/tables.ts'
import { drive, FILLED_ROW_BYTES, fillCallLog, timeOf } from '../packages/server/src/retention/testing.ts'

const MOST_MS = 50
const ALGORITHMS = 5

interface Step {
  readonly what: string
  readonly tookMs: readonly number[]
}

async function measure(engine: Engine, rows: number): Promise<Step[]> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-retention-'))
  const filled = await openDatabase(engine, folder)
  const url = filled.settings.ALGORIST_DATABASE_URL ?? null
  let database: OpenDatabase | undefined
  try {
    database = await createDatabase({ url, sqlitePath: join(folder, 'calls.sqlite'), maxConnections: 4 })
    const { db } = database
    await fillCallLog(db, { rows, algorithms: ALGORITHMS })
    // A tenth may stay: all algorithms are of one owner.
    const quota = { bytes: (rows / 10) * FILLED_ROW_BYTES, per: 'owner' as const }
    const limits = { maxAgeMs: 0, quota, floorMs: null }
    const kind = rowKind({ db, name: 'call log', table: CALL_LOG, limits, ownerOf: () => 'owner' })
    const survey = await drive(kind.survey())
    const byAge = await drive(kind.remove({ before: timeOf(rows / 2) }))
    const byQuota: number[] = []
    const over = (await drive(kind.survey())).values.filter((cut) => cut !== null)
    for (const cut of over) byQuota.push(...(await drive(kind.remove(cut))).tookMs)
    return [
      { what: 'count', tookMs: survey.tookMs },
      { what: 'remove by age', tookMs: byAge.tookMs },
      { what: 'remove by quota', tookMs: byQuota },
    ]
  } finally {
    await database?.close()
    await filled.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function quantile(tookMs: readonly number[], share: number): number {
  return tookMs.toSorted((a, b) => a - b)[Math.floor(share * (tookMs.length - 1))] ?? Number.NaN
}

const { values } = parseArgs({ options: { rows: { type: 'string', default: '100000' } } })
console.log(`${values.rows} calls; ${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)}`)
for (const engine of ['sqlite', 'postgres'] as const) {
  for (const { what, tookMs } of await measure(engine, Number(values.rows))) {
    const [median, p99, longest] = [0.5, 0.99, 1].map((share) => quantile(tookMs, share).toFixed(1))
    console.log(
      `${engine.padEnd(9)} ${what.padEnd(16)} ${tookMs.length} steps, median ${median} ms, p99 ${p99} ms, longest ${longest} ms`,
    )
    if (quantile(tookMs, 0.5) > MOST_MS) process.exitCode = 1
  }
}
