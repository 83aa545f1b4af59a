import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { createAlgorithm } from '../algorithms/create.ts'
import { type OpenWorkshop, openWorkshop } from '../algorithms/testing.ts'
import type { Database } from '../db/schema.ts'
import { testDatabases } from '../db/testing.ts'
import { getCall, getCallResult } from './async-calls.ts'
import { createIdempotency } from './idempotency.ts'
import type { Invocation } from './invoke.ts'
import { createKeptResults, type KeptResults } from './kept-results.ts'
import { createPendingCalls, type PendingCalls } from './pending.ts'
import { type PendingRow, readPending } from './queries.ts'
import type { ReplyOptions } from './replies.ts'
import type { KnownCaller, Target } from './resolve.ts'

const LIMITS = { backlog: { callsPerAccount: 5, bytesPerAccount: 1000 }, running: 4, runningPerAccount: 2 }
const RESULT: ReplyOptions = { raw: true, stdout: false, timing: false, stacktrace: true, foldErrorType: false }

for (const { engine, open } of testDatabases()) {
  describe(`pending calls on ${engine}`, { timeout: 240_000 }, () => {
    let db: Database
    let shop: OpenWorkshop
    let ann: KnownCaller
    let target: Target
    let results: KeptResults
    let pending: PendingCalls
    let count = 0

    before(async () => {
      db = (await open()).db
      shop = await openWorkshop(db)
      ann = shop.callers.ann as KnownCaller
      target = await makeTarget()
      start()
    })
    after(async () => {
      await pending?.close()
      await results?.close()
      await shop?.close()
    })

    /** The template of the language, which greets its input. */
    async function makeTarget(): Promise<Target> {
      const { services } = shop
      const { algorithm } = await createAlgorithm(services, ann, 'ann', {
        name: 'Hello',
        settings: { language: 'javascript' },
      })
      const builds = await db.selectFrom('builds').select(['id', 'commit_sha']).execute()
      await services.builds.waitFor(builds[0]?.id ?? '')
      const entry = services.catalog.byId(algorithm.id)
      const build = entry?.builds.get(builds[0]?.commit_sha ?? '')
      const owner = services.directory.byName('ann')
      assert.ok(entry && build && owner)
      return { algorithm: entry, owner, isOwn: true, networkAccess: 'isolated', pipelineEnabled: true, ...build }
    }

    function start(): void {
      const { runner, log, catalog } = shop.services
      results = createKeptResults({ db, log, maxBytesPerAccount: 1e9 })
      pending = createPendingCalls({ db, runner, catalog, log, results, limits: { ...LIMITS, shutdownMs: 0 } })
    }

    function invocation(body = '"x"'): Invocation {
      const requestId = `req-${engine}-${++count}`
      const input = { contentType: 'json' as const, body: Buffer.from(body) }
      return { requestId, caller: ann, target, input, deadlineMs: performance.now() + 20_000, wantsStdout: false }
    }

    const accept = (call: Invocation, reply: ReplyOptions | null = RESULT, key?: { key: string; digest: string }) =>
      pending.accept(call, { timeoutMs: 20_000, reply, key })

    const statusOf = async ({ requestId }: Invocation) => {
      const { status } = await getCall({ db, pendingCalls: pending }, ann, requestId)
      return status
    }

    async function finished(call: Invocation): Promise<string> {
      for (let tries = 0; tries < 1000; tries++) {
        const status = await statusOf(call)
        if (status !== 'queued' && status !== 'running') return status
        await delay(25)
      }
      throw new Error('The call did not finish')
    }

    async function resultOf(call: Invocation): Promise<{ status: number; text: string }> {
      const found = await getCallResult({ db, pendingCalls: pending }, ann, call.requestId)
      assert.ok('reply' in found)
      return { status: found.reply.status, text: found.reply.body.toString() }
    }

    /** What a killed server leaves behind. */
    async function leaveBehind(call: Invocation, changes: Partial<PendingRow>): Promise<void> {
      const stopped = createPendingCalls({
        ...{ db, results, runner: shop.services.runner, catalog: shop.services.catalog, log: shop.services.log },
        limits: { ...LIMITS, running: 0, shutdownMs: 0 },
      })
      await stopped.accept(call, { timeoutMs: 20_000, reply: RESULT, key: undefined })
      const row = { request_id: call.requestId, ...changes }
      await db.updateTable('pending_calls').set(row).where('request_id', '=', call.requestId).execute()
    }

    test('an accepted call is stored, runs, and moves to the results in one step', async () => {
      const call = invocation('"Ann"')
      await accept(call)
      assert.equal(await finished(call), 'succeeded')
      assert.deepEqual(await resultOf(call), { status: 200, text: 'Hello Ann' })
      assert.equal(await readPending(db, call.requestId), undefined)
    })

    test('after a crash: what had not started runs, what had started has failed, unless it has a key', async () => {
      const [waiting, begun, keyed] = [invocation(), invocation(), invocation()]
      await leaveBehind(waiting, {})
      await leaveBehind(begun, { state: 'started', started_at: new Date().toISOString() })
      await leaveBehind(keyed, { state: 'started', idempotency_key: 'k1', request_digest: 'd' })
      assert.deepEqual(await Promise.all([waiting, begun, keyed].map(statusOf)), ['queued', 'running', 'running'])
      start()
      await pending.recover()
      assert.deepEqual(await Promise.all([waiting, begun, keyed].map(finished)), ['succeeded', 'failed', 'succeeded'])
      const failure = JSON.parse((await resultOf(begun)).text)
      assert.deepEqual(failure.error, { message: 'server restarted', error_type: 'SystemExit' })
      const entries = await db.selectFrom('call_log').select(['request_id', 'outcome', 'message']).execute()
      assert.deepEqual(entries, [{ request_id: begun.requestId, outcome: 'stopped', message: 'server restarted' }])
    })

    test('a call that waited for more than a day has expired', async () => {
      const call = invocation()
      await leaveBehind(call, { accepted_at: new Date(Date.now() - 25 * 3_600_000).toISOString() })
      start()
      await pending.recover()
      assert.equal(await finished(call), 'expired')
      await assert.rejects(resultOf(call), /not kept any more/)
    })

    test('the backlog of an account is bounded in calls and bytes', async () => {
      const { runner, log, catalog } = shop.services
      const idle = createPendingCalls({
        db,
        runner,
        catalog,
        log,
        results,
        limits: { ...LIMITS, running: 0, shutdownMs: 0 },
      })
      const options = { timeoutMs: 1000, reply: null, key: undefined }
      const calls = Array.from({ length: 5 }, () => invocation())
      for (const call of calls) await idle.accept(call, options)
      await assert.rejects(idle.accept(invocation(), options), {
        status: 429,
        headers: { 'Retry-After': '5' },
      })
      assert.equal(await idle.cancel(calls[0]?.requestId ?? ''), true)
      await assert.rejects(idle.accept(invocation(`"${'x'.repeat(1000)}"`), options), { status: 429 })
      await idle.accept(invocation(), options)
      await db.deleteFrom('pending_calls').execute()
    })

    test('a running call that the server does not wait for has failed, and with a key it is for the next server', async () => {
      await pending.close()
      start()
      // Workers that have to start take longer than this server waits.
      await shop.services.runner.recycle({})
      const [keyed, plain, queued] = [invocation(), invocation(), invocation()]
      await accept(keyed, RESULT, { key: 'k2', digest: 'd' })
      await accept(plain)
      // What is accepted starts with the next turn of the loop, which the answers of a quick database may come before.
      await turn()
      await accept(queued)
      await pending.close()
      const states = await Promise.all([keyed, plain, queued].map(statusOf))
      assert.deepEqual(states, ['queued', 'failed', 'queued'])
      start()
      await pending.recover()
      assert.deepEqual(await Promise.all([keyed, queued].map(finished)), ['succeeded', 'succeeded'])
    })

    test('a call ends even when another server stored the same key in the meantime', async () => {
      const call = invocation()
      const other = invocation()
      await leaveBehind(call, { idempotency_key: 'twice', request_digest: 'd' })
      await accept(other)
      assert.equal(await finished(other), 'succeeded')
      const key = { idempotency_key: 'twice', request_digest: 'd' }
      await db.updateTable('call_results').set(key).where('request_id', '=', other.requestId).execute()
      await pending.recover()
      assert.equal(await finished(call), 'succeeded')
    })

    test('a key whose call was accepted by another server and has ended is taken', async () => {
      const key = { key: 'ended', digest: 'd' }
      const [first, second] = [invocation('"first"'), invocation('"second"')]
      const idempotency = createIdempotency({ db })
      // The other server comes between this one's look for the key and its storing.
      const answer = await idempotency.once(key, async () => {
        await accept(first, RESULT, key)
        assert.equal(await finished(first), 'succeeded')
        await accept(second, RESULT, key)
        return { status: 200, contentType: '', body: Buffer.from('ran twice'), headers: {} }
      })
      assert.equal(answer.headers['Idempotency-Replayed'], 'true')
      assert.match(answer.body.toString(), new RegExp(first.requestId))
      assert.equal(await readPending(db, second.requestId), undefined)
    })

    test('one key is stored once, whoever was faster', async () => {
      const key = { key: 'same', digest: 'd' }
      const [one, other] = [createIdempotency({ db }), createIdempotency({ db })]
      const calls = Array.from({ length: 32 }, () => invocation('"k"'))
      const answers = await Promise.all(
        calls.map((call, index) =>
          (index % 2 ? one : other).once(key, async () => {
            await accept(call, null, key)
            return { status: 200, contentType: '', body: Buffer.from(call.requestId), headers: {} }
          }),
        ),
      )
      const ran = answers.filter(({ headers }) => headers['Idempotency-Replayed'] === undefined)
      assert.equal(ran.length, 1)
      await assert.rejects(
        one.once({ key: 'same', digest: 'other' }, () => Promise.reject(new Error('ran'))),
        { status: 422 },
      )
    })
  })
}
