/** The table for people, and its rows for the README. */
import type { Machine } from '../lib/machine.ts'
import { type Cell, CLIENTS, type Measured } from './measure.ts'
import type { Group } from './subject.ts'
import { WORKLOAD, WORKLOADS, type WorkloadName } from './workloads.ts'

const GROUPS: Readonly<Record<Group, string>> = {
  algorist: 'Algorist, every feature on',
  peer: 'Peers',
  engine: 'Floors: in-process engines without a platform around them',
  ruler: 'Floors: the strict ruler',
}
const ORDER = Object.keys(GROUPS) as Group[]

/** One table for each workload, fastest first within its group; what was skipped comes last with its reason. */
export function textTable(all: readonly Measured[], machine: Machine): string {
  const tables = WORKLOADS.map((workload) => workloadTable(all, workload))
  return [...tables, skippedLines(all), machineLine(machine)].filter((text) => text !== '').join('\n\n')
}

function workloadTable(all: readonly Measured[], workload: WorkloadName): string {
  const head = ['', 'version', 'language', ...CLIENTS.flatMap(headOf), 'errors', 'MiB']
  const rows = ORDER.flatMap((group) => {
    const members = byThroughput(all, group, workload)
    return members.length === 0 ? [] : [[GROUPS[group]], ...members.map((each) => rowOf(each, workload))]
  })
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.filter((row) => row.length > 1).map((row) => row[column]?.length ?? 0)),
  )
  const lineOf = (row: readonly string[]): string =>
    row.length === 1
      ? ` ${row[0]}`
      : row
          .map((text, column) => (column < 3 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
          .join('  ')
  return [WORKLOAD[workload].title, ...[head, ...rows].map(lineOf)].join('\n')
}

function headOf(clients: number): string[] {
  const name = clients === 1 ? '1 client' : `${clients} clients`
  return [`${name}: req/s`, 'p50 ms', 'p99 ms']
}

function rowOf({ subject, cells, memoryMiB }: Measured, workload: WorkloadName): string[] {
  const own = CLIENTS.map((clients) => cellOf(cells, workload, clients))
  const figures = own.flatMap((cell) =>
    cell ? [rate(cell), milliseconds(cell.p50Ms), milliseconds(cell.p99Ms)] : ['–', '–', '–'],
  )
  const errors = own.reduce((sum, cell) => sum + (cell?.errors ?? 0), 0)
  const memory = memoryMiB === null ? '–' : whole(memoryMiB)
  return [`   ${subject.name}`, subject.version, subject.language, ...figures, whole(errors), memory]
}

function byThroughput(all: readonly Measured[], group: Group, workload: WorkloadName): Measured[] {
  // Those without an answer to this workload have no cell; those that answered too slowly have one with nothing in it.
  const speed = ({ cells }: Measured): number => cellOf(cells, workload, 32)?.callsPerSecond ?? -1
  return all.filter((each) => each.subject.group === group && speed(each) >= 0).toSorted((a, b) => speed(b) - speed(a))
}

function cellOf(cells: readonly Cell[], workload: WorkloadName, clients: number): Cell | undefined {
  return cells.find((cell) => cell.workload === workload && cell.clients === clients)
}

function skippedLines(all: readonly Measured[]): string {
  const lines = all.flatMap(({ subject: { id, version }, skipped }) =>
    skipped === null ? [] : [`Skipped: ${id} ${version}: ${firstLine(skipped)}`],
  )
  return lines.join('\n')
}

function machineLine({ date, processor, cores, memoryGiB, kernel, node, loadAverage, generator }: Machine): string {
  const machine = `${processor}, ${cores} cores shared by load and server, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}`
  return `${date}; ${machine}; load average before: ${loadAverage[0]}; load by ${generator}`
}

/** A table for the README: throughput and p99 at 32 clients, p50 at one. */
export function markdownTable(all: readonly Measured[], machine: Machine): string {
  const head = ['', ...WORKLOADS.flatMap((name) => [`${name}: calls/s`, 'p50 / p99 ms']), 'errors', 'MiB']
  const rows = ORDER.flatMap((group) => byThroughput(all, group, 'hello').map(markdownRow))
  const skipped = all.flatMap((each) => (each.skipped === null ? [] : [skippedRow(each, head.length)]))
  const lines = [head, ['---', ...head.slice(1).map(() => '---:')], ...rows, ...skipped]
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  const legend =
    'Calls per second and p99 with 32 clients, p50 with one; *slanted*: floors, without a platform around them.'
  const predict = 'Predict: scikit-learn in Python, a dot product in JavaScript.'
  return `${table}\n\n${machineLine(machine)}. ${legend} ${predict}\n`
}

function markdownRow({ subject, cells, memoryMiB }: Measured): string[] {
  const figures = WORKLOADS.flatMap((workload) => {
    const [alone, together] = CLIENTS.map((clients) => cellOf(cells, workload, clients))
    if (!alone || !together) return ['–', '–']
    return [rate(together), `${milliseconds(alone.p50Ms)} / ${milliseconds(together.p99Ms)}`]
  })
  const errors = cells.reduce((sum, cell) => sum + cell.errors, 0)
  return [titleOf(subject), ...figures, whole(errors), memoryMiB === null ? '–' : whole(memoryMiB)]
}

function skippedRow({ subject, skipped }: Measured, columns: number): string[] {
  const reason = firstLine(skipped ?? '').replaceAll('|', '\\|')
  return [titleOf(subject), `skipped: ${reason}`, ...Array.from({ length: columns - 2 }, () => '')]
}

function titleOf({ name, version, language, group }: Measured['subject']): string {
  const title = [name, version].filter((text) => text !== '').join(' ')
  const text = `${title} (${language})`
  if (group === 'algorist') return `**${text}**`
  return group === 'peer' ? text : `*${text}*`
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.slice(0, 200) ?? ''
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** With a decimal where whole numbers would hide half of it. */
function rate({ callsPerSecond }: Cell): string {
  return callsPerSecond < 20 ? callsPerSecond.toFixed(1) : whole(callsPerSecond)
}

/** Zero is the figure of a turn in which no answer came. */
function milliseconds(value: number): string {
  if (value === 0) return 'none'
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
}
