import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { allPages, csvLine, csvStream, wantsCsv } from './csv.ts'

describe('CSV', () => {
  test('quotes what needs quotes', () => {
    assert.equal(csvLine(['a', 'b,c', 'say "x"', 'two\nlines', 1.5]), 'a,"b,c","say ""x""","two\nlines",1.5\r\n')
  })

  test('makes no formula of a text, and no text of a number', () => {
    assert.equal(csvLine(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', -1]), "'=1+1,'+1,'-1,'@SUM(A1),'\tx,-1\r\n")
    assert.equal(csvLine(['=HYPERLINK("x")']), '"\'=HYPERLINK(""x"")"\r\n')
  })

  test('is sent page by page, to the last row', async () => {
    const numbers = Array.from({ length: 2500 }, (_, index) => index)
    const pages = allPages<number>(async (after, limit) => {
      const start = after === undefined ? 0 : after + 1
      return numbers.slice(start, start + limit)
    })
    const cells = (async function* () {
      for await (const page of pages) yield page.map((number) => [number])
    })()
    const lines = (await text(csvStream(['n'], cells))).split('\r\n')
    assert.deepEqual(lines, ['n', ...numbers.map(String), ''])
  })

  test('is asked for by the parameter, else by the header', () => {
    assert.equal(wantsCsv({ format: 'csv' }), true)
    assert.equal(wantsCsv({ accept: 'text/csv; charset=utf-8' }), true)
    assert.equal(wantsCsv({ format: 'json', accept: 'text/csv' }), false)
    assert.equal(wantsCsv({ accept: 'application/json' }), false)
  })
})
