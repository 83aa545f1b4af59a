import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { pino } from 'pino'
import { testDatabases } from '../db/testing.ts'
import { createSecretBox } from '../secret-box.ts'
import { getConnection, removeConnection, setConnection } from './connection.ts'
import type { InsightEvent } from './event.ts'
import { selectInsights } from './queries.ts'
import { readInsights, readPage } from './reading.ts'
import { createLocalSink } from './sink.ts'
import { createSummary } from './summary.ts'

const fails = (name: string) => (error: unknown) => error instanceof ApiError && error.error === name
const event = (algorithmId: string, second: number, requestId = `req-${randomUUID()}`): InsightEvent => ({
  requestId,
  algorithmId,
  ownerId: 'owner',
  endedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  text: JSON.stringify({ second }),
})

for (const { engine, open } of testDatabases()) {
  describe(`insights on ${engine}`, { timeout: 120_000 }, () => {
    test('pages are newest first, whole where many calls ended at the same time, and within the time asked for', async () => {
      const { db } = await open()
      // Three to a second, and another algorithm between them.
      const events = Array.from({ length: 60 }, (_, index) =>
        event(index % 4 === 3 ? 'other' : 'one', Math.floor(index / 4)),
      )
      await createLocalSink(db).send(events)
      const all = { algorithmId: 'one', since: '', until: '9999', limit: 7 }
      const seen: string[] = []
      let after: { time: string; requestId: string } | undefined
      for (let page = 0; page < 10; page++) {
        const rows = await selectInsights(db, { ...all, after })
        seen.push(...rows.map(({ request_id }) => request_id))
        const last = rows.at(-1)
        if (last === undefined) break
        after = { time: last.time, requestId: last.request_id }
      }
      const expected = events
        .filter(({ algorithmId }) => algorithmId === 'one')
        .sort((a, b) => (`${a.endedAt}${a.requestId}` < `${b.endedAt}${b.requestId}` ? 1 : -1))
      assert.deepEqual(
        seen,
        expected.map(({ requestId }) => requestId),
      )
      const [since, until] = ['2026-01-01T00:00:03.000Z', '2026-01-01T00:00:05.000Z']
      const within = await selectInsights(db, { ...all, since, until, limit: 100, after: undefined })
      assert.deepEqual(
        within.map(({ event: text }) => JSON.parse(text).second),
        [4, 4, 4, 3, 3, 3],
      )
    })

    test('large events make a page shorter, and none is left out', async () => {
      const { db } = await open()
      const events = Array.from({ length: 130 }, (_, index) => ({ ...event('one', index), text: 'x'.repeat(20_000) }))
      await createLocalSink(db).send(events)
      const range = { algorithmId: 'one', since: '', until: '9999', after: undefined }
      const first = await readPage(db, range, { limit: 1000, marker: undefined })
      assert.deepEqual([first.page.limit, first.rows.length], [52, 53])
      const small = await readPage(db, range, { limit: 7, marker: undefined })
      assert.deepEqual([small.page.limit, small.rows.length], [7, 8])
      const last = { time: events[3]?.endedAt ?? '', requestId: events[3]?.requestId ?? '' }
      const rest = await readPage(db, { ...range, after: last }, { limit: 7, marker: undefined })
      assert.deepEqual([rest.page.limit, rest.rows.length], [7, 3])
      assert.equal((await Array.fromAsync(readInsights(db, range))).length, 130)
    })

    test('an event that is sent twice, or by many at once, is kept once', async () => {
      const { db } = await open()
      const sink = createLocalSink(db)
      const events = [event('one', 1), event('one', 2)]
      await Promise.all(Array.from({ length: 32 }, () => sink.send(events)))
      const rows = await selectInsights(db, {
        algorithmId: 'one',
        since: '',
        until: '9999',
        after: undefined,
        limit: 10,
      })
      assert.equal(rows.length, 2)
    })

    test('there is one connection however many set one at once, and no password in it or beside it', async () => {
      const { db } = await open()
      const services = { db, secretBox: createSecretBox(Buffer.alloc(32)), log: pino({ level: 'silent' }) }
      await assert.rejects(getConnection(services), fails('ConfigEntryNotFound'))
      const connection = (topic: string) => ({
        connection_type: 'kafka_sasl_ssl' as const,
        broker_url: 'a.example.com:9093, b.example.com:9093',
        topic,
        broker_username: 'algorist',
        broker_password: 'correct horse',
      })
      const set = await Promise.all(
        Array.from({ length: 32 }, (_, index) => setConnection(services, connection(`t${index}`))),
      )
      assert.equal(new Set(set.map(({ id }) => id)).size, 1)
      const shown = await getConnection(services)
      assert.deepEqual(Object.keys(shown), ['broker_url', 'topic', 'broker_username', 'id'])
      const rows = await db.selectFrom('insights_connections').selectAll().execute()
      assert.equal(rows.length, 1)
      assert.ok(!JSON.stringify([rows, shown, set]).includes('horse'))
      const plain = {
        connection_type: 'kafka_unauthenticated_plaintext' as const,
        broker_url: '[::1]:9092',
        topic: 't',
      }
      assert.deepEqual(await setConnection(services, plain), { broker_url: '[::1]:9092', topic: 't', id: shown.id })
      for (const wrong of [{ broker_url: 'http://127.0.0.1:80/x' }, { broker_url: 'host' }, { broker_password: '' }]) {
        await assert.rejects(setConnection(services, { ...connection('t'), ...wrong }), fails('InputValidationError'))
      }
      await removeConnection(services)
      await assert.rejects(getConnection(services), fails('ConfigEntryNotFound'))
    })
  })
}

test('a summary has every metric, with figures of those values that are numbers', () => {
  const summary = createSummary()
  for (const each of [
    { risk: 0.25, label: 'a', duration_milliseconds: 3, request_id: 'req-1', algorithm_version: '1.0.0' },
    { risk: '0.75', label: 'b', duration_milliseconds: 5, time: '2026' },
    { risk: null, big: 1e308 },
    { big: 1e308 },
  ]) {
    summary.add(JSON.stringify(each))
  }
  assert.deepEqual(summary.read({ isComplete: true }), {
    calls: 4,
    is_complete: true,
    metrics: [
      { name: 'big', count: 2, minimum: 1e308, mean: 1e308, maximum: 1e308 },
      { name: 'duration_milliseconds', count: 2, minimum: 3, mean: 4, maximum: 5 },
      { name: 'label', count: 2 },
      { name: 'risk', count: 3, minimum: 0.25, mean: 0.5, maximum: 0.75 },
    ],
  })
})
