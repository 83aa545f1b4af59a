import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { averagesOf, figuresOf } from './figures.ts'
import { noMeasures } from './measures.ts'

const rates = {
  cpu_per_second: 0.5,
  gpu_per_second: 9,
  hosted_data_per_gib_month: 3,
  connector_data_per_gib: 9,
}

describe('figures', () => {
  test('of short calls count the start of their workers to the cores that they used', () => {
    const measures = { ...noMeasures(), calls: 1, start_us: 500_000, run_us: 500, cpu_us: 80_000 }
    assert.equal(figuresOf(measures, { rates }).average_cores, 0.1598)
    assert.equal(figuresOf({ ...measures, start_us: 0, run_us: 0 }, { rates }).average_cores, 0)
  })

  test('cost what ran and what is stored', () => {
    const measures = { ...noMeasures(), run_us: 10_000_000 }
    assert.equal(
      figuresOf(measures, { rates, hostedBytes: 2 * 1024 ** 3, days: 10 }).cost,
      10 * 0.5 + (2 * 3 * 10) / 30,
    )
    assert.equal(figuresOf(undefined, { rates }).cost, 0)
  })

  test('have averages of whole days, and of none before the first', () => {
    const totals = figuresOf({ ...noMeasures(), calls: 10, errors: 1 }, { rates })
    assert.deepEqual(
      [averagesOf(totals, 4).calls, averagesOf(totals, 3).errors, averagesOf(totals, 0).calls],
      [2.5, 0.3333, 10],
    )
  })
})
