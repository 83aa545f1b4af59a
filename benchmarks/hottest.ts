/**
 * Which functions took the time, by the processor profiles that Node writes (docs/benchmarks.md): `bin/node
 * benchmarks/hottest.ts FOLDER [count]`. Its own time of each function, without what it called, as a share of when the thread
 * was not idle.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const NOT_WORKING = new Set(['(idle)', '(program)', '(root)'])

function ownMicroseconds({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const place = url === '' ? '' : ` ${basename(url)}:${lineNumber + 1}`
      return [id, `${functionName || '(anonymous)'}${place}`]
    }),
  )
  const own = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '(unknown)'
    own.set(name, (own.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  }
  return own
}

const [, , folder, count = '25'] = process.argv
if (folder === undefined) throw new Error('Usage: bin/node benchmarks/hottest.ts FOLDER [count]')
for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
  const own = ownMicroseconds(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile)
  const working = [...own].filter(([name]) => !NOT_WORKING.has(name))
  const total = working.reduce((sum, [, microseconds]) => sum + microseconds, 0)
  process.stdout.write(`${file}: ${(total / 1e6).toFixed(2)} s of work\n`)
  for (const [name, microseconds] of working.toSorted((a, b) => b[1] - a[1]).slice(0, Number(count))) {
    process.stdout.write(`  ${((microseconds / total) * 100).toFixed(1).padStart(5)} %  ${name}\n`)
  }
}
