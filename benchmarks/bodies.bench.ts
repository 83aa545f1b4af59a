/**
 * Large bodies there and back: 1 MiB and 10 MiB of JSON, text and bytes, in Python and JavaScript, beside the pipelined ruler.
 * JSON is an image as text in an object, and records of numbers and words, which cost most to look at.
 * `bin/node benchmarks/bodies.bench.ts`; about eight minutes.
 */
import { randomBytes } from 'node:crypto'
import type { Plan, Row } from './lib/bench.ts'
import { type Aim, press } from './lib/generator.ts'
import { recordOf } from './lib/records.ts'
import { startRuler } from './lib/ruler.ts'
import { runBenches } from './lib/run-benches.ts'
import { onService, type Service } from './lib/service.ts'
import { median, medianRatio, takeTurns } from './lib/statistics.ts'
import { aimAt, BINARY, install, JAVASCRIPT, JSON_TYPE, PYTHON, type Subject, TEXT } from './lib/subjects.ts'

const MIB = 1024 * 1024
const KINDS = [
  { name: 'JSON', type: JSON_TYPE, make: (size: number) => `{"image":"${lettersOf(size - 12)}"}` },
  { name: 'JSON records', type: JSON_TYPE, make: recordsOf },
  { name: 'text', type: TEXT, make: (size: number) => lettersOf(size) },
  { name: 'binary', type: BINARY, make: (size: number) => randomBytes(size) },
] as const
/** Of a large one there are few in a turn, so it is longer. As many clients as the waiting bodies of a version may be together, and no more than the largest that a call may have. */
const SIZES = [
  { mib: 1, clients: 4, turns: 1 },
  { mib: 10, clients: 1, turns: 3 },
] as const
const BAR = 0.75

function lettersOf(count: number): string {
  return randomBytes(Math.ceil((count * 3) / 4))
    .toString('base64')
    .slice(0, count)
}

/** As many as fit. */
function recordsOf(size: number): string {
  const records: string[] = []
  for (let left = size - '[]'.length; ; ) {
    const record = JSON.stringify(recordOf(records.length))
    left -= record.length + ','.length
    if (left < 0) return `[${records.join()}]`
    records.push(record)
  }
}

interface Case {
  readonly subject: Subject
  readonly kind: (typeof KINDS)[number]
  readonly size: (typeof SIZES)[number]
}

async function measureCase(plan: Plan, given: Case, aims: { readonly ours: Aim; readonly pipelined: Aim }) {
  const pressure = { clients: given.size.clients, durationMs: plan.roundMs * given.size.turns }
  const results = await takeTurns(plan.rounds, {
    pipelined: () => press(aims.pipelined, pressure),
    ours: () => press(aims.ours, pressure),
  })
  const rates = (side: keyof typeof results): number[] => results[side].map((each) => each.callsPerSecond)
  return { results, rate: median(rates('ours')), ratio: medianRatio(rates('ours'), rates('pipelined')) }
}

function rowOf({ subject, kind, size }: Case, measured: Awaited<ReturnType<typeof measureCase>>): Row {
  const { results, rate, ratio } = measured
  const hasBar = kind.type === JSON_TYPE && size.mib === 1
  const p50Ms = median(results.ours.map((each) => each.p50Ms))
  return {
    id: `bodies-${subject.id}-${kind.name.toLowerCase().replace(' ', '-')}-${size.mib}`,
    what: `${size.mib} MiB ${kind.name} echo, ${subject.name}, ${size.clients} client${size.clients === 1 ? '' : 's'}`,
    bar: hasBar ? `≥ ${BAR} × pipelined` : null,
    figure: `${rate.toFixed(0)}/s, ${ratio.toFixed(2)} × pipelined; p50 ${p50Ms.toFixed(1)} ms`,
    holds: hasBar ? ratio >= BAR : null,
    settings: {},
    details: { ...results, ratio },
  }
}

async function measureSubject(plan: Plan, service: Service, subject: Subject): Promise<Row[]> {
  const shop = await install(service, subject, { name: subject.id })
  const ruler = await startRuler(subject.ruler, 'pipelined')
  try {
    const rows: Row[] = []
    for (const size of SIZES) {
      for (const kind of KINDS) {
        const body = kind.make(size.mib * MIB)
        const ours = await aimAt(shop, kind.type, body)
        const aims = { ours, pipelined: { url: ruler.url, headers: { 'Content-Type': kind.type }, body } }
        const given = { subject, kind, size }
        rows.push(rowOf(given, await measureCase(plan, given, aims)))
      }
    }
    return rows
  } finally {
    ruler.close()
  }
}

export const bodies = onService('bodies', async (service, plan) => [
  ...(await measureSubject(plan, service, PYTHON)),
  ...(await measureSubject(plan, service, JAVASCRIPT)),
])

if (import.meta.main) await runBenches([bodies])
