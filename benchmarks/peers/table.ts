/**
 * What people would use instead of Algorist, measured beside it with the same work: `bin/node benchmarks/peers/table.ts`.
 * Prints tables; it is not a test. docs/benchmarks.md says what is compared and how to read it.
 *
 *   --only a,b        these alone, by their ids, which --list prints
 *   --rounds N        3 when left out; figures are medians
 *   --seconds N       of load by 32 clients on one workload; 2 when left out; one client has half of it
 *   --json FILE       everything that was measured
 *   --markdown FILE   the table of the README
 *   --install         fetches all peers into the cache folder and measures nothing
 *
 * `ALGORIST_BENCH_CACHE` is the folder that keeps the installed peers; below the system's temporary folder when left out.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from '../lib/machine.ts'
import { type Measured, measureAll } from './measure.ts'
import { algoristSubjects, RULERS } from './own-subjects.ts'
import { peerSubject } from './peer-subject.ts'
import { PEERS } from './peers.ts'
import { markdownTable, textTable } from './report.ts'
import type { Subject } from './subject.ts'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    install: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
})

function log(line: string): void {
  const seconds = (performance.now() / 1000).toFixed(0)
  process.stderr.write(`${seconds.padStart(4)} s  ${line}\n`)
}

function chosen(subjects: readonly Subject[]): readonly Subject[] {
  if (options.only === undefined) return subjects
  const ids = options.only.split(',')
  const unknown = ids.filter((id) => !subjects.some((subject) => subject.id === id))
  if (unknown.length > 0) throw new Error(`--only: no ${unknown.join(', ')}; --list prints what there is`)
  return subjects.filter(({ id }) => ids.includes(id))
}

async function report(measured: readonly Measured[], machine: ReturnType<typeof describeMachine>): Promise<void> {
  process.stdout.write(`${textTable(measured, machine)}\n`)
  if (options.markdown !== undefined) await writeFile(options.markdown, markdownTable(measured, machine))
  if (options.json !== undefined) {
    const { rounds, seconds } = options
    await writeFile(options.json, `${JSON.stringify({ machine, rounds, seconds, measured }, null, 2)}\n`)
  }
}

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => interrupted.abort(new Error('interrupted')))
}
const cache = resolve(process.env.ALGORIST_BENCH_CACHE ?? join(tmpdir(), 'algorist-peers-cache'))
await mkdir(cache, { recursive: true })
const own = await algoristSubjects()
try {
  const peers = await Promise.all(PEERS.map((peer) => peerSubject(peer, cache)))
  const subjects = chosen([...own.subjects, ...peers, ...RULERS])
  if (options.list) for (const { id, name, version, setting } of subjects) log(`${id}: ${name} ${version}, ${setting}`)
  else {
    const machine = describeMachine()
    const rounds = options.install ? 0 : Number(options.rounds)
    const plan = { rounds, seconds: Number(options.seconds), signal: interrupted.signal, log }
    const measured = await measureAll(subjects, plan)
    if (!options.install) await report(measured, machine)
  }
} catch (error) {
  if (!interrupted.signal.aborted) throw error
  log('interrupted')
  process.exitCode = 130
} finally {
  await own.close()
}
