/**
 * A stateful fuzzer over the served OpenAPI document, with a standard, a management and an administrator's key and
 * a signed-in owner of an organization:
 * `node conformance/fuzz.ts --minutes 10 [--seed N]`. Found is: a status 5xx that is not documented, a status, type or
 * body that the document does not have, a request that is not answered in time, a server that does not do its ordinary
 * work afterwards. Exit code 1 when something is found.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readServedDocument } from './fuzz/document.ts'
import { installSchemathesis, runSchemathesis } from './fuzz/schemathesis.ts'
import { createWorld, type World } from './fuzz/world.ts'
import { startTarget } from './lib/server.ts'

/** Most operations are for administrators. */
const SHARES: readonly (readonly [keyof World['callers'], number])[] = [
  ['standard', 0.15],
  ['management', 0.25],
  ['session', 0.2],
  ['admin', 0.4],
]

export interface FuzzFinding {
  readonly kind: string
  readonly output: string
}

interface FuzzOptions {
  readonly minutes: number
  readonly seed: number
  readonly print: (line: string) => void
}

/** Runs on a server of its own; answers what was found. @throws Error when the server does not start or does not live */
export async function fuzz({ minutes, seed, print }: FuzzOptions): Promise<readonly FuzzFinding[]> {
  const library = await installSchemathesis()
  const folder = await mkdtemp(join(tmpdir(), 'algorist-fuzz-'))
  const target = await startTarget()
  try {
    if (target.home === null) throw new Error('The fuzzer changes and deletes what it finds: not on a server of others')
    const world = await createWorld(target)
    await writeFile(join(folder, 'world.json'), JSON.stringify(world))
    await writeFile(join(folder, 'document.json'), JSON.stringify(await readServedDocument(target.url)))
    const findings: FuzzFinding[] = []
    for (const [kind, share] of SHARES) {
      const seconds = Math.max(1, Math.round(minutes * 60 * share))
      const headers = world.callers[kind]
      const { isGreen, output } = await runSchemathesis({ library, folder, url: target.url, headers, seconds, seed })
      print(`${kind}, ${seconds} s, seed ${seed}: ${summaryOf(output)}`)
      if (!isGreen) findings.push({ kind, output })
      await world.assertAlive()
    }
    return findings
  } finally {
    await target.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** How many requests, how many sequences of them, and along how many of the document's links. */
function summaryOf(output: string): string {
  const requests = /\d+ generated.*/.exec(output)?.[0] ?? 'no test cases'
  const sequences = /Scenarios: +(\d+)/.exec(output)?.[1] ?? '0'
  const links = /API Links: +(\d+) covered/.exec(output)?.[1] ?? '0'
  return `${requests}; ${sequences} sequences along ${links} links`
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } })
  const seed = Number(values.seed ?? Date.now() % 1_000_000)
  const print = (line: string): void => void process.stdout.write(`${line}\n`)
  const findings = await fuzz({ minutes: Number(values.minutes ?? 10), seed, print })
  for (const { kind, output } of findings) print(`\n${kind}:\n${output}`)
  print(findings.length === 0 ? 'nothing found' : 'found something: see above')
  process.exitCode = findings.length === 0 ? 0 : 1
}

if (import.meta.main) await main()
