/**
 * Runs on the server's host of the test's internet: a real runner whose workers and builds try what the test wants. Reads
 * one order per line and answers each with one line; ends with its input.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseAllowEntry } from '@algorist/contract/allow-list.ts'
import type { NetworkOptions } from '../../src/sandbox/network/networks.ts'
import type { NetworkAccess } from '../../src/types.ts'
import { buildPython, LANGUAGES } from '../fork-attacks.ts'
import { type Caller, openBench, textOf } from '../harness.ts'

/** What is to be tried, and where: in a worker of one of two accounts, or in a build, also for its whole log. */
export interface Order {
  readonly where: 'full' | 'isolated' | 'other' | 'build' | 'build log'
  readonly attempts: readonly (readonly [kind: string, host: string, port: number])[]
}

const [, , allow = '', buildAllow = '', workers = 'started'] = process.argv
const isForked = workers === 'forked'
const entries = (list: string) =>
  list.split(',').flatMap((text) => {
    const entry = parseAllowEntry(text)
    return entry === undefined ? [] : [entry]
  })
const network: Partial<NetworkOptions> = { allow: entries(allow), buildAllow: entries(buildAllow) }
const program = readFileSync(join(import.meta.dirname, 'program.py'), 'utf8')
const forking = { zygotes: 'environment', languagesFolder: LANGUAGES } as const
const bench = await openBench({ headStartMs: 0 }, { network, ...(isForked ? forking : {}) })
const full = isForked ? await forked('full') : await bench.algorithm(program, { network: 'full' })
const isolated = isForked ? await forked('isolated') : await bench.algorithm(program)
const callers: Record<Exclude<Order['where'], 'build' | 'build log'>, Caller> = {
  full,
  isolated,
  other: (body) => full(body, { accountId: 'other', hostUid: 3 }),
}

/** The same program for the bridge of Python, whose workers can be forked. */
async function forked(access: NetworkAccess): Promise<Caller> {
  const given = `${program}\n_tried = apply\ndef apply(order):\n    return json.loads(_tried(order, "text")[1])\n`
  return (await buildPython(bench, given, access)).call
}

async function carryOut({ where, attempts }: Order): Promise<string> {
  const body = JSON.stringify(attempts)
  if (where !== 'build' && where !== 'build log') return textOf(await callers[where](body))
  const files = { 'program.py': program, 'attempts.json': body, 'build.sh': 'python3 program.py attempts.json\n' }
  const { log } = await bench.build(files)
  if (where === 'build log') return JSON.stringify(log)
  return /^ATTEMPTS (.*)$/m.exec(log)?.[1] ?? JSON.stringify(log)
}

process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${await carryOut(JSON.parse(line))}\n`)
}
await bench.close()
