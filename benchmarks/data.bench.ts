/**
 * How fast does a large file go in and out, next to a plain server that only writes and reads it (plain-files.ts)? Both take
 * turns in every round on the same disk, with the same client; a put ends when the file is durable. Also how much memory the
 * server takes for it. Prints figures; it is not a test.
 *
 *   bin/node benchmarks/data.bench.ts                   1 GiB, five rounds
 *   bin/node benchmarks/data.bench.ts --size 5120       in MiB
 *   bin/node benchmarks/data.bench.ts --rounds 9
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createAccount } from '../conformance/lib/accounts.ts'
import { startTarget } from '../conformance/lib/server.ts'
import { memoryOf } from './memory.ts'

const MIB = 1024 * 1024
const CHUNK = Buffer.alloc(MIB, 'algorist')
const MEMORY_EVERY_MS = 100

interface Place {
  readonly name: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly pid: number
}

type Way = 'PUT' | 'GET'

/** MiB per second. */
async function measure({ url, headers }: Place, way: Way, sizeMiB: number): Promise<number> {
  const startedAtMs = performance.now()
  const length = way === 'PUT' ? { 'Content-Length': String(sizeMiB * MIB) } : {}
  const sent = request(url, { method: way, agent: false, headers: { ...headers, ...length } })
  const replied = once(sent, 'response')
  for (let count = 0; way === 'PUT' && count < sizeMiB; count++) {
    if (!sent.write(CHUNK)) await once(sent, 'drain')
  }
  sent.end()
  const [reply] = await replied
  let sizeBytes = 0
  reply.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length
  })
  await once(reply, 'end')
  if (reply.statusCode !== 200) throw new Error(`${way} ${url}: ${reply.statusCode}`)
  if (way === 'GET' && sizeBytes !== sizeMiB * MIB) throw new Error(`${way} ${url}: ${sizeBytes} bytes`)
  return sizeMiB / ((performance.now() - startedAtMs) / 1000)
}

function watchMemory(pid: number): { readonly idleMiB: number; stop(): number } {
  const idleMiB = memoryOf([pid]).rssMiB
  let mostMiB = idleMiB
  const timer = setInterval(() => {
    mostMiB = Math.max(mostMiB, memoryOf([pid]).rssMiB)
  }, MEMORY_EVERY_MS)
  return {
    idleMiB,
    stop() {
      clearInterval(timer)
      return mostMiB
    },
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

const { values } = parseArgs({
  options: { size: { type: 'string', default: '1024' }, rounds: { type: 'string', default: '5' } },
})
const sizeMiB = Number(values.size)
const rounds = Number(values.rounds)

const folder = await mkdtemp(join(tmpdir(), 'algorist-bench-'))
const plain = spawn(process.execPath, [join(import.meta.dirname, 'plain-files.ts'), folder], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const target = await startTarget()
try {
  const [line] = await once(plain.stdout, 'data')
  const { key } = await createAccount(target, 'bench')
  const headers = { Authorization: key }
  await fetch(`${target.url}/v1/data/.my`, { method: 'POST', headers, body: '{"name":"bench"}' })
  const places: Place[] = [
    { name: 'plain', url: `${String(line).trim()}/file`, headers: {}, pid: plain.pid ?? 0 },
    { name: 'Algorist', url: `${target.url}/v1/data/.my/bench/file.bin`, headers, pid: target.pid ?? 0 },
  ]
  process.stdout.write(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, ${sizeMiB} MiB\n`)
  const memory = watchMemory(target.pid ?? 0)
  const speeds: Record<string, number[]> = {}
  for (let round = 0; round < rounds; round++) {
    for (const way of ['PUT', 'GET'] as const) {
      for (const place of round % 2 ? places.toReversed() : places) {
        const speed = await measure(place, way, sizeMiB)
        speeds[`${way} ${place.name}`] = [...(speeds[`${way} ${place.name}`] ?? []), speed]
      }
    }
  }
  for (const way of ['PUT', 'GET']) {
    const [plainSpeed, ourSpeed] = [median(speeds[`${way} plain`] ?? []), median(speeds[`${way} Algorist`] ?? [])]
    const figures = `plain ${plainSpeed.toFixed(0).padStart(5)} MiB/s   Algorist ${ourSpeed.toFixed(0).padStart(5)} MiB/s`
    process.stdout.write(`${way}   ${figures}   ratio ${(ourSpeed / plainSpeed).toFixed(2)}\n`)
  }
  const mostMiB = memory.stop()
  const more = `+${(mostMiB - memory.idleMiB).toFixed(0)} MiB`
  process.stdout.write(
    `Memory of the server: ${memory.idleMiB.toFixed(0)} MiB idle, ${mostMiB.toFixed(0)} MiB most (${more})\n`,
  )
} finally {
  plain.kill()
  await target.close()
  await rm(folder, { recursive: true, force: true })
}
