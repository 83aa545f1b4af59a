import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { countDays, listDays, parseDays, parseRecentDays } from './days.ts'

const range = (start_date: string, end_date: string) => {
  const { first, last } = parseDays({ start_date, end_date })
  return `${first}..${last}`
}

describe('the days of a report', () => {
  test('are those of which a moment lies between the dates', () => {
    assert.equal(range('2021-03-22T00:00:00.000Z', '2021-03-24T23:59:59.999Z'), '2021-03-22..2021-03-24')
    assert.equal(range('2021-03-22T12:00:00Z', '2021-03-22T13:00:00Z'), '2021-03-22..2021-03-22')
    assert.equal(range('2021-03-22T00:00:00.000Z', '2021-03-23T00:00:00.001Z'), '2021-03-22..2021-03-23')
  })

  test('an end at midnight is the end of the day before, unless nothing would be left', () => {
    assert.equal(range('2021-03-22T00:00:00.000Z', '2021-03-23T00:00:00.000Z'), '2021-03-22..2021-03-22')
    assert.equal(range('2021-03-22T00:00:00.000Z', '2021-03-22T00:00:00.000Z'), '2021-03-22..2021-03-22')
  })

  test('dates without a time are whole days, times without a zone UTC, and other zones are counted in UTC', () => {
    assert.equal(range('2021-03-22', '2021-03-23'), '2021-03-22..2021-03-23')
    assert.equal(range('2021-03-22T00:30', '2021-03-22T23:30'), '2021-03-22..2021-03-22')
    assert.equal(range('2021-03-22T00:30:00 02:00', '2021-03-22T23:30:00-02:00'), '2021-03-21..2021-03-23')
  })

  test('what is missing, unreadable or backwards is refused with 4010', () => {
    const wrong = [
      {},
      { start_date: '2021-03-22' },
      { end_date: '2021-03-22' },
      { start_date: 'yesterday', end_date: '2021-03-22' },
      { start_date: '2021-03-22', end_date: '22.03.2021' },
      { start_date: '2021-13-22', end_date: '2021-14-01' },
      { start_date: '2021-02-01', end_date: '2021-02-30' },
      { start_date: '2021-02-29T00:00:00Z', end_date: '2021-03-22' },
      { start_date: '2021-03-22', end_date: '2021-03-21' },
    ]
    for (const query of wrong) {
      assert.throws(
        () => parseDays(query),
        (error) => error instanceof ApiError && error.code === 4010,
        JSON.stringify(query),
      )
    }
  })

  test('without dates they are the last seven', () => {
    const days = parseRecentDays({}, Date.parse('2021-03-02T00:00:00Z'))
    assert.deepEqual(days, { first: '2021-02-24', last: '2021-03-02' })
    assert.equal(countDays(days), 7)
    assert.equal(listDays(days)[5], '2021-03-01')
  })
})
