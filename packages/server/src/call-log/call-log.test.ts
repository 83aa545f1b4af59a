import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { writeCallLog } from '../db/call-log-rows.ts'
import type { Database } from '../db/schema.ts'
import { testDatabases } from '../db/testing.ts'
import { type CallLog, createCallLog } from './call-log.ts'
import { entryOf } from './entry-of.ts'
import { explain } from './explain.ts'
import { readPage } from './list.ts'
import { logRow } from './log-row.ts'
import { readMissed } from './missed.ts'
import { selectAfter, selectEntry, selectFailures } from './queries.ts'
import { madeCall } from './testing.ts'

const log = pino({ level: 'silent' })
const everything = { keepsContent: true, version: '0.1.0', endedAt: new Date() }

test('of a call its texts are kept up to their sizes, without what a database cannot hold', () => {
  const failure = { message: `\0${'m'.repeat(3000)}`, stacktrace: 's'.repeat(9000), errorType: 'E'.repeat(300) }
  const made = madeCall({ failure, body: 'ä'.repeat(500), stdout: `${'h'.repeat(50_000)}${'t'.repeat(50_000)}` })
  const { input, message, stacktrace, error_type, output } = logRow({ ...made, ...everything })
  assert.equal(input, 'ä'.repeat(128))
  assert.deepEqual([message?.length, stacktrace?.length, error_type?.length], [1999, 8000, 200])
  assert.match(output ?? '', /^h{32768}\n\[34464 characters left out\]\nt{32768}$/)
  assert.equal(logRow({ ...madeCall({ body: '😀'.repeat(200) }), ...everything }).input, '😀'.repeat(64))
  assert.equal(logRow({ ...madeCall({ stdout: 'a\ud800' }), ...everything }).output, 'a\ufffd')
  const binary = madeCall()
  const request = { ...binary.request, contentType: 'binary' as const }
  assert.equal(logRow({ ...binary, ...everything, request }).input, null)
})

test('where the owner keeps no content, only the type of an error is there', () => {
  const made = madeCall({ failure: { message: 'secret', stacktrace: 'secret' }, body: '"secret"', stdout: 'secret' })
  const row = logRow({ ...made, ...everything, keepsContent: false })
  assert.ok(!JSON.stringify(row).includes('secret'))
  assert.deepEqual([row.error_type, row.outcome, row.input_bytes], ['AlgorithmError', 'failed', 8])
})

test('how a call ended is told from its error', () => {
  const outcomeOf = (errorType: string, message = 'm') =>
    logRow({ ...madeCall({ failure: { errorType, message } }), ...everything }).outcome
  assert.equal(outcomeOf('TimeoutError'), 'timed-out')
  assert.equal(outcomeOf('SystemExit', 'The call was cancelled'), 'stopped')
  assert.equal(outcomeOf('SystemExit', 'server restarted'), 'stopped')
  assert.equal(outcomeOf('SystemExit', 'exited with code 3'), 'failed')
})

for (const { engine, open } of testDatabases()) {
  describe(`call log on ${engine}`, () => {
    const logs: CallLog[] = []
    after(() => Promise.all(logs.map((each) => each.close())))

    async function openLog(
      options: { perSecond?: number; keeps?: boolean } = {},
    ): Promise<{ db: Database; calls: CallLog }> {
      const { db } = await open()
      const settings = options.keeps === false ? { keepsCallContent: false } : {}
      const catalog = { byId: () => ({ settings }) as never }
      const calls = createCallLog({ db, catalog, log, perSecond: options.perSecond ?? 1000 })
      logs.push(calls)
      return { db, calls }
    }

    const count = async (db: Database): Promise<number> =>
      (await db.selectFrom('call_log').select('request_id').execute()).length

    test('what it heard of is written within a moment, and at once when it is closed', async () => {
      const { db, calls } = await openLog()
      const first = madeCall({ stdout: 'hello' })
      calls.receive(first)
      for (let tries = 0; tries < 1200 && (await count(db)) === 0; tries++) await delay(50)
      const { wait_us, run_us, cpu_us, output } = (await selectEntry(db, first.request.requestId)) ?? {}
      assert.deepEqual([wait_us, run_us, cpu_us, output], [1000, 2500, null, 'hello'])
      for (let index = 0; index < 750; index++) calls.receive(madeCall())
      await calls.close()
      assert.equal(await count(db), 751)
      assert.deepEqual(calls.counts(), { written: 751, leftOut: 0 })
    })

    test('of a flood so many are kept as the setting says, failures first, and the rest is counted', async () => {
      const { db, calls } = await openLog({ perSecond: 10 })
      for (let index = 0; index < 100; index++) calls.receive(madeCall({ algorithmId: 'flood' }))
      for (let index = 0; index < 8; index++) calls.receive(madeCall({ algorithmId: 'flood', failure: {} }))
      calls.receive(madeCall({ algorithmId: 'quiet' }))
      await calls.settle()
      const kept = await db.selectFrom('call_log').select(['algorithm_id', 'outcome']).execute()
      const of = (id: string, outcome: string) =>
        kept.filter((row) => row.algorithm_id === id && row.outcome === outcome)
      assert.deepEqual(
        [of('flood', 'succeeded').length, of('flood', 'failed').length, of('quiet', 'succeeded').length],
        [10, 8, 1],
      )
      assert.deepEqual([calls.leftOut('flood'), calls.leftOut('quiet'), calls.counts().leftOut], [90, 0, 90])
    })

    test('text is found however its letters are written, also those that are not ASCII', async () => {
      const { db, calls } = await openLog()
      for (const stdout of ['ÄÖ Straße', 'äö STRASSE', 'unrelated']) calls.receive(madeCall({ stdout }))
      await calls.settle()
      const { algorithmId } = madeCall().request.worker.key
      const found = async (text: string) => {
        const asked = { algorithmId, span: { since: undefined, until: undefined }, filter: { text } }
        return (await readPage(db, { ...asked, page: { limit: 9, marker: undefined } })).rows.length
      }
      for (const text of ['ÄÖ s', 'äö S', 'Straße']) assert.equal(await found(text), 2, text)
      assert.deepEqual([await found('UNRELATED'), await found('%')], [1, 0])
    })

    test('calls that the database does not take are counted, and its failure is logged once until it works again', async () => {
      const { db } = await open()
      const lines: string[] = []
      const logged = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) })
      const calls = createCallLog({ db, catalog: { byId: () => undefined }, log: logged, perSecond: 1000 })
      logs.push(calls)
      const hearOf = async (count: number) => {
        for (let index = 0; index < count; index++) calls.receive(madeCall())
        await calls.settle()
      }
      for (const round of [1, 2]) {
        await db.schema.alterTable('call_log').renameTo('away').execute()
        await hearOf(120)
        await hearOf(120)
        await db.schema.alterTable('away').renameTo('call_log').execute()
        await hearOf(10)
        assert.equal(lines.length, round)
      }
      assert.deepEqual([calls.counts(), calls.leftOut('a1')], [{ written: 20, leftOut: 480 }, 480])
    })

    test('a call is explained as soon as it has ended', async () => {
      const { db, calls } = await openLog()
      const made = madeCall({ stdout: 'hello' })
      calls.receive(made)
      const names = { byId: () => undefined } as never
      const { call } = await explain({ db, directory: names, catalog: names, callLog: calls }, made.request.requestId)
      assert.equal(call?.output, 'hello')
    })

    test('the choice of the owner holds for the next call', async () => {
      const { db, calls } = await openLog({ keeps: false })
      const made = madeCall({ stdout: 'secret', failure: { message: 'secret' } })
      calls.receive(made)
      await calls.settle()
      const row = await selectEntry(db, made.request.requestId)
      assert.deepEqual([row?.output, row?.message, row?.input, row?.error_type], [null, null, null, 'AlgorithmError'])
    })

    test('a call that is written twice has its later end, whichever came first', async () => {
      const { db, calls } = await openLog()
      const begun = madeCall({ endedAt: new Date(1000), failure: { message: 'The call was cancelled' } })
      const { request } = begun
      const restarted = { ...begun.outcome, message: 'server restarted' } as typeof begun.outcome
      await writeCallLog(db, [
        entryOf({ byId: () => undefined }, { request, outcome: restarted, endedAt: new Date(2000) }),
      ])
      calls.receive(begun)
      await calls.settle()
      assert.equal((await selectEntry(db, request.requestId))?.message, 'server restarted')
      calls.receive({ ...madeCall({ requestId: request.requestId }), endedAt: new Date(3000) })
      await calls.settle()
      assert.equal((await selectEntry(db, request.requestId))?.outcome, 'succeeded')
      assert.equal(await count(db), 1)
    })

    describe('pages', () => {
      let db: Database
      const at = (index: number) => new Date(Date.UTC(2026, 0, 1) + Math.floor(index / 3) * 1000)
      const page = (limit: number, marker?: Record<string, string>) => ({ limit, marker })
      const span = { since: undefined, until: undefined }

      /** All pages, as their request ids. */
      async function all(filter: object, limit: number, over: object = span): Promise<string[]> {
        const ids: string[] = []
        let marker: Record<string, string> | undefined
        for (let pages = 0; pages < 1000; pages++) {
          const asked = { algorithmId: 'a1', span: { ...span, ...over }, filter, page: page(limit, marker) }
          const { rows, next } = await readPage(db, asked)
          assert.ok(rows.length <= limit)
          ids.push(...rows.map(({ request_id }) => request_id))
          if (!next) return ids
          marker = { ...next }
        }
        throw new Error('The pages do not end')
      }

      const newestFirst = (wanted: (index: number) => boolean) =>
        Array.from({ length: 900 }, (_, index) => index)
          .filter(wanted)
          .map((index) => ({ index, id: idOf(index) }))
          .toSorted((a, b) => at(b.index).getTime() - at(a.index).getTime() || (a.id < b.id ? 1 : -1))
          .map(({ id }) => id)
      const idOf = (index: number) => `req-${String((index * 7919) % 900).padStart(4, '0')}`

      test('every entry is on one page, newest first, also where many ended at the same time', async () => {
        db = (await open()).db
        for (let start = 0; start < 900; start += 100) {
          const rows = Array.from({ length: 100 }, (_, offset) => {
            const index = start + offset
            const isOdd = index % 2 === 1
            const failure = index % 90 === 0 ? { failure: { message: `Boom ${index} 100%` } } : {}
            const made = madeCall({
              requestId: idOf(index),
              callerId: isOdd ? 'bob' : 'jane',
              endedAt: at(index),
              ...failure,
            })
            return logRow({ ...made, ...everything, version: index < 450 ? '0.1.0' : '0.2.0', endedAt: at(index) })
          })
          await writeCallLog(db, rows)
        }
        assert.deepEqual(
          await all({}, 100),
          newestFirst(() => true),
        )
        assert.deepEqual(
          await all({ callerId: 'bob' }, 70),
          newestFirst((index) => index % 2 === 1),
        )
        assert.deepEqual(
          await all({ version: '0.1.0' }, 70),
          newestFirst((index) => index < 450),
        )
        assert.deepEqual(
          await all({ outcome: 'failed' }, 3),
          newestFirst((index) => index % 90 === 0),
        )
        const over = { since: at(300).toISOString(), until: at(600).toISOString() }
        assert.deepEqual(
          await all({}, 100, over),
          newestFirst((index) => index >= 300 && index < 600),
        )
      })

      test('several filters, and text, are looked for piece by piece with the same result', async () => {
        const both = { callerId: 'bob', version: '0.2.0' }
        assert.deepEqual(
          await all(both, 17),
          newestFirst((index) => index % 2 === 1 && index >= 450),
        )
        assert.deepEqual(
          await all({ outcome: 'succeeded' }, 100),
          newestFirst((index) => index % 90 !== 0),
        )
        assert.deepEqual(
          await all({ text: 'bOOM' }, 4),
          newestFirst((index) => index % 90 === 0),
        )
        assert.deepEqual(await all({ text: '180 100%' }, 4), [idOf(180)])
        assert.deepEqual(await all({ text: '1_0' }, 4), [])
        assert.deepEqual(
          await all({ text: 'oom', outcome: 'failed', version: '0.1.0' }, 2),
          newestFirst((index) => index % 90 === 0 && index < 450),
        )
        const { lookedAt, next } = await readPage(db, {
          algorithmId: 'a1',
          span,
          filter: { text: 'nothing' },
          page: page(5),
        })
        assert.deepEqual([lookedAt, next], [900, undefined])
      })

      test('what came after a place is read in the order in which it came', async () => {
        const after = { ended_at: at(896).toISOString(), request_id: idOf(896) }
        const rows = await selectAfter(db, { algorithmId: 'a1', after, limit: 100 })
        const expected = newestFirst((index) => index > 890).toReversed()
        assert.deepEqual(
          rows.map(({ request_id }) => request_id),
          expected.slice(expected.indexOf(idOf(896)) + 1),
        )
      })

      test('what a reader missed is read a few calls at a time, in order, and no more than it is sent', async () => {
        const after = { ended_at: at(449).toISOString(), request_id: idOf(449) }
        const later = newestFirst(() => true).toReversed()
        const expected = later.slice(later.indexOf(idOf(449)) + 1)
        for (const [most, count] of [
          [95, 95],
          [1000, expected.length],
        ] as const) {
          const ids: string[] = []
          for await (const rows of readMissed(db, { algorithmId: 'a1', after, most })) {
            assert.ok(rows.length <= 10)
            ids.push(...rows.map(({ request_id }) => request_id))
          }
          assert.deepEqual(ids, expected.slice(0, count))
        }
      })

      test('failures are found for an algorithm, for what it called, for a caller and for an owner', async () => {
        const parent = madeCall({ algorithmId: 'top', ownerId: 'acme' })
        const child = madeCall({ algorithmId: 'inner', ownerId: 'other', parent, failure: {} })
        const grandchild = madeCall({ algorithmId: 'deep', ownerId: 'other', parent: child, failure: {} })
        await writeCallLog(
          db,
          [parent, child, grandchild].map((made) => logRow({ ...made, ...everything })),
        )
        const find = async (of: Parameters<typeof selectFailures>[1]['of']) =>
          (await selectFailures(db, { of, since: '2000', limit: 200 }))
            .map(({ algorithm_id }) => algorithm_id)
            .toSorted()
        assert.deepEqual(await find({ algorithm_id: 'inner' }), ['inner'])
        assert.deepEqual(await find({ root_algorithm_id: 'top' }), ['deep', 'inner'])
        assert.deepEqual(await find({ owner_id: 'other' }), ['deep', 'inner'])
        assert.deepEqual(await find({ owner_id: 'acme' }), [])
        assert.equal((await find({ caller_id: 'jane' })).length, 10, 'the calls of jane, not what they called')
      })
    })
  })
}
