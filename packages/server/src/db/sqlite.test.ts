import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDatabase } from './database.ts'
import { createSqliteThread, SqliteError } from './sqlite-thread.ts'
import { createTransactionGate } from './transaction-gate.ts'

async function newFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-sqlite-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'test.sqlite')
}

async function openThread(t: TestContext) {
  const thread = createSqliteThread(await newFile(t))
  t.after(() => thread.close())
  const run = (sql: string, ...parameters: (string | number | null)[]) => thread.run({ sql, parameters })
  await run('create table items (id integer primary key, name text not null unique)')
  return { thread, run }
}

test('the database waits for the disk, and lets readers go on beside a writer', async (t) => {
  const { run } = await openThread(t)
  assert.deepEqual((await run('pragma journal_mode')).rows, [{ journal_mode: 'wal' }])
  assert.deepEqual((await run('pragma synchronous')).rows, [{ synchronous: 2 }])
  assert.deepEqual((await run('pragma foreign_keys')).rows, [{ foreign_keys: 1 }])
})

test('of statements that are committed together, each fails or succeeds for itself', async (t) => {
  const { run } = await openThread(t)
  const names = ['a', 'b', 'a', 'c', null, 'd']
  const results = await Promise.allSettled(names.map((name) => run('insert into items (name) values (?)', name)))
  assert.deepEqual(
    results.map(({ status }) => status === 'fulfilled'),
    [true, true, false, true, false, true],
  )
  assert.deepEqual((await run('select name from items order by id')).rows, [
    { name: 'a' },
    { name: 'b' },
    { name: 'c' },
    { name: 'd' },
  ])
})

test('a statement that ends the transaction takes those committed with it along, and says so to all', async (t) => {
  const { run } = await openThread(t)
  const statements = [
    run("insert into items (name) values ('a')"),
    run("insert or rollback into items (name) values ('a')"),
    run('select 1'),
  ]
  for (const result of await Promise.allSettled(statements)) assert.equal(result.status, 'rejected')
  assert.deepEqual((await run('select * from items')).rows, [])
  await run("insert into items (name) values ('a')")
})

test('a thousand statements that arrive together cost a few commits', async (t) => {
  const { run } = await openThread(t)
  const start = performance.now()
  await Promise.all(Array.from({ length: 1000 }, (_, i) => run('insert into items (name) values (?)', `${i}`)))
  t.diagnostic(`${Math.round(1_000_000 / (performance.now() - start))} inserts/s`)
  assert.deepEqual((await run('select count(*) as count from items')).rows, [{ count: 1000 }])
})

test('statements that do not exist any more, or never did, are errors of their own', async (t) => {
  const { run, thread } = await openThread(t)
  await assert.rejects(run('select * from nothing'), SqliteError)
  await assert.rejects(run('selec'), /syntax error/)
  await assert.rejects(run('insert into items (name) values (?)', 'a', 'b'), /.+/)
  const last = run("insert into items (name) values ('last')")
  await thread.close()
  await last
  await assert.rejects(run('select 1'), /closed/)
})

test('a file that cannot be opened fails the first statement, not the process', async () => {
  const thread = createSqliteThread('/nowhere/at/all.sqlite')
  await assert.rejects(thread.run({ sql: 'select 1', parameters: [] }), /unable to open/)
  await thread.close()
})

test('the gate admits transactions one by one and in order, and others between them', async () => {
  const gate = createTransactionGate()
  const order: string[] = []
  assert.equal(gate.pass(), undefined)
  await gate.enter()
  const waiting = [
    gate.pass()?.then(() => order.push('statement 1')),
    gate.enter().then(() => order.push('transaction 1')),
    gate.pass()?.then(() => order.push('statement 2')),
    gate.enter().then(() => order.push('transaction 2')),
  ]
  gate.leave()
  await sleep(1)
  assert.deepEqual(order, ['statement 1', 'transaction 1'])
  gate.leave()
  await Promise.all(waiting)
  assert.deepEqual(order, ['statement 1', 'transaction 1', 'statement 2', 'transaction 2'])
  gate.leave()
  assert.equal(gate.pass(), undefined)
})

test('what was acknowledged is there after kill -9, and no half of a transaction', { timeout: 60_000 }, async (t) => {
  const path = await newFile(t)
  const options = { url: null, sqlitePath: path, maxConnections: 1 }
  await (await createDatabase(options)).close()
  const program = `
    import { createDatabase } from ${JSON.stringify(new URL('./database.ts', import.meta.url).href)}
    const { db } = await createDatabase(${JSON.stringify(options)})
    const row = (name, account_id) => ({ name, account_id, enabled: 1 })
    const single = async (id) => { await db.insertInto('features').values(row(id, 'single')).execute(); console.log(id) }
    const pair = async (id) => { await db.transaction().execute(async (tx) => {
      await tx.insertInto('features').values(row(id, 'pair')).execute()
      await tx.insertInto('features').values(row(id + '-b', 'pair')).execute() }); console.log(id) }
    for (let i = 0; ; i++) await Promise.all([1, 2, 3, 4].map((n) => (n % 2 ? single : pair)(process.argv[1] + '-' + i + '-' + n)))`
  const acknowledged: string[] = []
  for (let round = 0; round < 5; round++) {
    const args = ['--input-type=module', '-e', program, String(round)]
    const writer = spawn(process.execPath, args, { env: {}, stdio: ['ignore', 'pipe', 'inherit'] })
    createInterface(writer.stdout).on('line', (id) => acknowledged.push(id))
    await once(writer.stdout, 'data')
    await sleep(100 + Math.random() * 200)
    writer.kill('SIGKILL')
    await once(writer, 'close')
  }
  const { db, close } = await createDatabase(options)
  const rows = await db.selectFrom('features').select(['name as id', 'account_id as kind']).execute()
  await close()
  const ids = new Set(rows.map(({ id }) => id))
  assert.ok(acknowledged.length > 50, `${acknowledged.length} rows`)
  assert.deepEqual(
    acknowledged.filter((id) => !ids.has(id)),
    [],
  )
  const halves = rows.filter(({ id, kind }) => kind === 'pair' && !id.endsWith('-b') && !ids.has(`${id}-b`))
  assert.deepEqual(halves, [])
})
