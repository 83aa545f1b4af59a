/** New versions that cannot take over: the old process goes on, says why, and is found by everybody as before. */
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { createKey, FULL_RIGHTS } from './lib/accounts.ts'
import { algorist } from './lib/algorist.ts'
import { createNoter, type Noter } from './lib/noter.ts'
import {
  copyOfServer,
  insertInCopy,
  type RestartedTarget,
  removeCopy,
  restartWell,
  startRestartable,
} from './lib/restarting.ts'
import { describeLoad, startLoad } from './lib/steady-load.ts'

const SKIP = process.env.ALGORIST_TARGET !== undefined && 'needs a server of its own'

let copy: string
before(async () => {
  copy = await copyOfServer()
})
after(() => copy && removeCopy(copy))

const BROKEN = { statement: `throw new Error('broken')\n`, reason: /ended with exit code 1/ }
const NO_GOOD = { statement: `throw new Error('no good')\n`, reason: /no good/ }
const KILLED = { statement: `process.kill(process.pid, 'SIGKILL')\n`, reason: /SIGKILL/ }
const START = 'compose/start-server.ts'
const SERVE = 'compose/serve.ts'
const READY = 'await predecessor?.ready('

const VERSIONS = [
  { name: 'cannot be loaded', file: 'main.ts', place: 'import ', ...BROKEN },
  { name: 'fails after it has opened the database', file: SERVE, place: READY, ...NO_GOOD },
  {
    name: 'fails when it has told everybody that it is the server',
    ...{ file: SERVE, place: 'await predecessor.serving()', ...NO_GOOD },
  },
  { name: 'is killed before it has read anything', file: START, place: 'await predecessor?.prepared()', ...KILLED },
  { name: 'is killed while changes wait for it', file: SERVE, place: READY, ...KILLED },
  { name: 'is killed while everything waits for it', file: SERVE, place: 'await http.listen()', ...KILLED },
]

describe('a restart to a version that', { skip: SKIP, timeout: 600_000 }, () => {
  let target: RestartedTarget
  let noter: Noter

  before(async () => {
    target = await startRestartable()
    noter = await createNoter(target)
  })
  after(() => target?.close())

  async function restartBadly(t: TestContext, reason: RegExp): Promise<void> {
    const { callUrl, owner } = noter.shop
    const calls = startLoad({ url: callUrl, keys: [owner.key], callsPerSecond: 50, kept: 8, fresh: 4 })
    t.after(() => calls.stop())
    await calls.more(20)
    const before = await target.currentPid()
    const { code, stderr } = await algorist(target.home, ['restart'], { root: copy })
    assert.equal(code, 1)
    assert.match(stderr, reason)
    assert.match(stderr, new RegExp(`Process ${before} goes on as before`))
    assert.equal(await target.currentPid(), before)
    await createKey(target, owner.username, FULL_RIGHTS)
    const listed = await algorist(target.home, ['user', 'list'])
    assert.equal(listed.code, 0, listed.stderr)
    await calls.more(20)
    const report = await calls.stop()
    assert.equal(report.failed, 0, describeLoad(report))
  }

  for (const { name, reason, ...change } of VERSIONS) {
    test(`${name}: the old one goes on, and the reason is told`, async (t) => {
      t.after(await insertInCopy(copy, change))
      await restartBadly(t, reason)
    })
  }

  test('is well takes over after all of these', async () => {
    await restartWell(target)
  })
})

test('a new version that never becomes ready is ended when its time is over', {
  skip: SKIP,
  timeout: 400_000,
}, async (t) => {
  const target = await startRestartable({ ALGORIST_RESTART_READY_SECONDS: '5' })
  t.after(target.close)
  const endless = await copyOfServer()
  t.after(() => removeCopy(endless))
  const change = { file: SERVE, place: READY, statement: 'await new Promise(() => {})\n' }
  await insertInCopy(endless, change)
  const before = await target.currentPid()
  const { code, stderr } = await algorist(target.home, ['restart'], { root: endless })
  assert.equal(code, 1)
  assert.match(stderr, /not ready in time/)
  assert.equal(await target.currentPid(), before)
  await createKey(target, target.username, FULL_RIGHTS)
})
