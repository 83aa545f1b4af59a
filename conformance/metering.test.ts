/** What calls are reported to have used is what the host's control groups counted for their workers, within 1 %. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import type { Json } from './lib/curl.ts'
import { startTarget, type Target } from './lib/server.ts'
import { until } from './lib/until.ts'
import { jsonOf, send } from './lib/wire.ts'

const TOLERANCE = 0.01
const CALLS = 200
const NETWORKS = ['full', 'isolated'] as const

const SOURCE = `import time


def apply(input):
    end = time.process_time() + input
    while time.process_time() < end:
        pass
    return input
`

/**
 * What the group that holds all groups of a server's workers and builds has counted, less what templates used, which no call
 * pays for; null: there is none.
 */
function countedMicroseconds(pid: number): number | null {
  for (const [base, file, perMicrosecond] of [
    ['/sys/fs/cgroup/cpuacct', 'cpuacct.usage', 1000],
    ['/sys/fs/cgroup/cpu,cpuacct', 'cpuacct.usage', 1000],
    ['/sys/fs/cgroup', 'cpu.stat', 1],
  ] as const) {
    const folder = familyBelow(base, pid, file)
    if (folder === undefined) continue
    const read = (of: string) => Number(/\d+/.exec(readFileSync(join(of, file), 'latin1'))?.[0]) / perMicrosecond
    const groups = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isDirectory())
    const templates = groups.filter(({ name }) => /^t\d+$/.test(name))
    return templates.reduce((rest, { parentPath, name }) => rest - read(join(parentPath, name)), read(folder))
  }
  return null
}

/** Named after the server's process; not far below the root. */
function familyBelow(base: string, pid: number, file: string): string | undefined {
  if (!existsSync(base)) return undefined
  const name = new RegExp(`^algorist-\\d+\\.${pid}\\.\\d+-\\d+$`)
  const folders = readdirSync(base, { recursive: true, withFileTypes: true }).filter((each) => each.isDirectory())
  const found = folders.find((each) => name.test(each.name))
  const folder = found && join(found.parentPath, found.name)
  return folder !== undefined && existsSync(join(folder, file)) ? folder : undefined
}

describe('metering', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'reads the control groups of a server of its own',
}, () => {
  let target: Target
  /** By the network of its workers. */
  const shops = new Map<string, Workshop>()
  let home: string
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'algorist-metering-'))
    await chmod(home, 0o755)
    target = await startTarget({ ALGORIST_HOME: join(home, 'data') })
    const owner = { username: target.username, key: target.key }
    for (const network of NETWORKS) {
      const { shop } = await createAlgorithm(target, owner, { name: `Burn_${network}`, language: 'python3', network })
      await pushGreen(shop, { [`src/${shop.name}.py`]: SOURCE, 'requirements.txt': '' })
      await publish(shop)
      shops.set(network, shop)
    }
  })
  after(async () => {
    await target?.close()
    await rm(home, { recursive: true, force: true })
  })

  async function reported(): Promise<Json> {
    const today = new Date().toISOString().slice(0, 10)
    const query = `start_date=${today}&end_date=2099-01-01&page_size=10`
    const { results } = jsonOf(await send(target.url, `GET /v1/admin/usage/exact?${query}`, { key: target.adminKey }))
    const sum = (name: string) => results.reduce((total: number, row: Json) => total + Number(row[name]), 0)
    return { calls: sum('total_calls'), cpuMicroseconds: sum('cpu_microseconds') }
  }

  const lineOf = (network: string) => `POST /v1/algo/${target.username}/${shops.get(network)?.name}/0.1.0`

  for (const network of NETWORKS) {
    test(`the exact report adds up to what the control groups counted (${network})`, (context) =>
      addsUp(context, lineOf(network)))
  }

  async function addsUp(context: TestContext, line: string): Promise<void> {
    const pid = target.pid ?? 0
    const before = countedMicroseconds(pid)
    if (before === null) return context.skip('this host has no control groups that count processor time')
    // The build has ended, and no worker has begun.
    const reportedBefore = await reported()
    const work = Array.from({ length: CALLS }, (_, index) => (index % 10 === 0 ? 0.05 : 0))
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let input = work.pop(); input !== undefined; input = work.pop()) {
          jsonOf(await send(target.url, line, { key: target.key, json: input }))
        }
      }),
    )
    await until('a report of all calls', async () => (await reported()).calls >= reportedBefore.calls + CALLS)
    const counted = (countedMicroseconds(pid) ?? Number.NaN) - before
    const sum = (await reported()).cpuMicroseconds - reportedBefore.cpuMicroseconds
    const difference = sum / counted - 1
    context.diagnostic(`${sum} µs of ${counted.toFixed(0)} µs: ${(100 * difference).toFixed(2)} %`)
    assert.ok(counted > 20 * 50_000, 'the calls worked')
    assert.ok(Math.abs(difference) <= TOLERANCE, `${sum} µs reported, ${counted} µs counted`)
  }

  test('calls of the last moment before the server closes are in the report of the next one', async () => {
    const { calls } = await reported()
    const line = lineOf('full')
    for (let count = 0; count < 10; count++) jsonOf(await send(target.url, line, { key: target.key, json: 0 }))
    await target.close()
    target = await startTarget({ ALGORIST_HOME: join(home, 'data') })
    assert.equal((await reported()).calls, calls + 10)
  })
})
