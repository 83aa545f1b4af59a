/** Draws samples as one picture: a small chart for each figure, over the same minutes. */
import type { Figure, Sample } from './samples.ts'

interface Chart {
  readonly title: string
  readonly unit: string
  readonly lines: readonly { readonly figure: Figure; readonly name: string }[]
}

const CHARTS: readonly Chart[] = [
  {
    title: 'Memory of the server',
    unit: 'MiB',
    lines: [
      { figure: 'rssMiB', name: 'resident' },
      { figure: 'heapMiB', name: 'heap without code, lowest' },
    ],
  },
  {
    title: 'Memory of server and workers',
    unit: 'MiB',
    lines: [{ figure: 'treePssMiB', name: 'proportional' }],
  },
  { title: 'Open descriptors of the server', unit: '', lines: [{ figure: 'descriptors', name: 'descriptors' }] },
  {
    title: 'Processes and control groups',
    unit: '',
    lines: [
      { figure: 'processes', name: 'processes' },
      { figure: 'groups', name: 'control groups' },
    ],
  },
  { title: 'Temporary files and run folders', unit: '', lines: [{ figure: 'temporaryFiles', name: 'entries' }] },
  {
    title: 'Delay of the event loop',
    unit: 'ms',
    lines: [
      { figure: 'delayP99Ms', name: '99th percentile' },
      { figure: 'delayLongestMs', name: 'longest' },
    ],
  },
]

const COLUMNS = 2
const WIDTH = 440
const HEIGHT = 190
const TOP = 60
const PLOT = { left: 46, top: 30, width: 370, height: 120 }
const COLOURS = ['#1f6feb', '#d1242f']

/** @param captions lines above the charts @param loadSeconds when the load began and ended; shaded outside of it */
export function drawSamples(
  samples: readonly Sample[],
  captions: readonly string[],
  loadSeconds: readonly [number, number],
): string {
  const rows = Math.ceil(CHARTS.length / COLUMNS)
  const [width, height] = [COLUMNS * WIDTH, TOP + rows * HEIGHT]
  const charts = CHARTS.map((chart, index) => {
    const [x, y] = [(index % COLUMNS) * WIDTH, TOP + Math.floor(index / COLUMNS) * HEIGHT]
    return `<g transform="translate(${x} ${y})">${drawChart(chart, samples, loadSeconds)}</g>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      'font-family="system-ui, sans-serif" font-size="11">',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...captions.map((text, index) => label(16, 22 + index * 18, text, index === 0 ? 'font-size="14"' : '')),
    ...charts,
    '</svg>\n',
  ].join('\n')
}

function drawChart(
  { title, unit, lines }: Chart,
  samples: readonly Sample[],
  loadSeconds: readonly [number, number],
): string {
  const most = niceAbove(Math.max(...lines.flatMap(({ figure }) => samples.map((sample) => sample[figure]))))
  const seconds = samples.at(-1)?.seconds || 1
  const x = (at: number) => PLOT.left + (at / seconds) * PLOT.width
  const y = (value: number) => PLOT.top + (1 - value / most) * PLOT.height
  const bottom = y(0)
  const grid = [0, most / 2, most].map(
    (value) =>
      `<path d="M${PLOT.left} ${y(value).toFixed(1)}h${PLOT.width}" stroke="#d0d7de"/>` +
      label(PLOT.left - 6, y(value) + 4, short(value), 'text-anchor="end" fill="#57606a"'),
  )
  const [from, to] = loadSeconds
  const load = `<rect x="${x(from).toFixed(1)}" y="${PLOT.top}" width="${(x(to) - x(from)).toFixed(1)}" height="${PLOT.height}" fill="#f6f8fa"/>`
  const minutes = [0, seconds / 2, seconds].map((at) =>
    label(x(at), bottom + 14, `${(at / 60).toFixed(at < 600 ? 1 : 0)} min`, 'text-anchor="middle" fill="#57606a"'),
  )
  const drawn = lines.map(({ figure, name }, index) => {
    const points = samples.map((sample) => `${x(sample.seconds).toFixed(1)},${y(sample[figure]).toFixed(1)}`)
    const colour = `"${COLOURS[index]}"`
    return (
      `<polyline points="${points.join(' ')}" fill="none" stroke=${colour} stroke-width="1.3"/>` +
      label(PLOT.left + 6 + index * 110, bottom + 28, name, `fill=${colour}`)
    )
  })
  return [load, label(PLOT.left, 20, unit === '' ? title : `${title}, ${unit}`), ...grid, ...minutes, ...drawn].join(
    '\n',
  )
}

function label(x: number, y: number, text: string, attributes = ''): string {
  const escaped = text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped}</text>`
}

/** The next of 1, 2, 5 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)))
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power
}

const short = (value: number) => (value >= 10 ? value.toFixed(0) : String(Number(value.toFixed(1))))
