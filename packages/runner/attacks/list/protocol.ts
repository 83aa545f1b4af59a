/** Attacks on the runner through the worker's socket (languages/PROTOCOL.md): forged, huge and slow frames. */
import { type Attack, harmless, may, step } from '../attack.ts'

const MIB = 1024 * 1024
const MOST_GROWTH_BYTES = 72 * MIB
const DEADLINE_MS = 2500
/** Whoever carries an attack out has called the worker once before (carry-out.ts). */
const THIS_CALL = 2
const NEXT_CALL = 3
const FORGED = 'ATTACK-FORGED'

interface FrameParts {
  readonly type: string
  readonly kind: string
  readonly call: number
  readonly body: string | Buffer
  /** What the header says when it lies. */
  readonly saysBytes?: number
}

function frame({ type, kind, call, body, saysBytes }: FrameParts): string {
  const bytes = Buffer.from(body)
  const header = Buffer.alloc(10)
  header.writeUInt32BE(saysBytes ?? bytes.length)
  header.write(type + kind, 4, 'latin1')
  header.writeUInt32BE(call, 6)
  return Buffer.concat([header, bytes]).toString('hex')
}

const send = (parts: FrameParts, count = 1) => may(step('frame', frame(parts), count))

const forged = (name: string, steps: Attack['steps']): Attack => ({
  name,
  stoppedBy: 'the runner: the worker is ended',
  seenAs: 'protocol',
  phases: ['run'],
  isAlone: true,
  steps,
  timeLeftMs: DEADLINE_MS,
  succeededBy: ({ succeeded }) => (succeeded ? 'the call was answered as if nothing had been' : null),
})

const flood = (name: string, steps: Attack['steps']): Attack => ({
  name,
  stoppedBy: 'the runner keeps at most one answer, and the head and the tail of output',
  phases: ['run'],
  isAlone: true,
  steps,
  timeLeftMs: DEADLINE_MS * 2,
  mostGrowthBytes: MOST_GROWTH_BYTES,
  succeededBy: harmless,
})

export const PROTOCOL_ATTACKS: readonly Attack[] = [
  forged("answer somebody else's call", () => [send({ type: 'V', kind: 't', call: 9999, body: FORGED })]),
  forged('answer a call that comes later', () => [send({ type: 'V', kind: 't', call: NEXT_CALL, body: FORGED })]),
  forged('fail a call that is not running', () => [send({ type: 'E', kind: '0', call: 9999, body: '{}' })]),
  forged('send frames of unknown types', () => [send({ type: 'X', kind: '0', call: THIS_CALL, body: '' })]),
  forged('send garbage', () => [may(step('frame', 'ff00ff00'.repeat(64)))]),
  forged('send a value that is not JSON', () => [send({ type: 'V', kind: 'j', call: THIS_CALL, body: '{"a":' })]),
  forged('send text that is not UTF-8', () => [
    send({ type: 'V', kind: 't', call: THIS_CALL, body: Buffer.from([0xff, 0xfe]) }),
  ]),
  {
    name: 'answer a call twice',
    stoppedBy: 'the runner: the first answer counts and the worker is ended',
    seenAs: 'protocol',
    phases: ['run'],
    isAlone: true,
    steps: () => [send({ type: 'V', kind: 't', call: THIS_CALL, body: 'ok\tfirst\n' })],
    // Whatever the next call gets, it is not the second answer of the first.
    afterwards: { afterMs: 0, steps: [may(step('list', '/opt'))] },
    succeededBy: ({ answers }) =>
      answers.slice(1).some(({ text }) => text === 'sent' || text === 'first') ? 'a later call got the answer' : null,
  },
  {
    name: 'answer after the end of a call',
    stoppedBy: 'the runner: the worker is ended',
    seenAs: 'protocol',
    phases: ['run'],
    isAlone: true,
    steps: () => [may(step('later', 300, 'frame', frame({ type: 'V', kind: 't', call: THIS_CALL, body: FORGED }), 1))],
    afterwards: { afterMs: 900, steps: [may(step('list', '/opt'))] },
    succeededBy: ({ answers }) => (answers.some(({ text }) => text.includes(FORGED)) ? 'a later call got it' : null),
  },
  {
    name: 'answer slowly',
    stoppedBy: 'the deadline of the call',
    seenAs: 'time',
    phases: ['run'],
    isAlone: true,
    steps: () => [
      send({ type: 'V', kind: 't', call: THIS_CALL, body: 'x', saysBytes: 1000 }),
      may(step('shell', 'sleep 30')),
    ],
    timeLeftMs: DEADLINE_MS,
    succeededBy: ({ succeeded }) => (succeeded ? 'a frame without its end was an answer' : null),
  },
  flood('send frames of 4 GiB', () => [
    send({ type: 'V', kind: 't', call: THIS_CALL, body: '', saysBytes: 0xffff_ffff }),
    may(step('frame', Buffer.alloc(16_384, 'x').toString('hex'), 6000)),
  ]),
  flood('send output without end', () => [
    send({ type: 'O', kind: '1', call: THIS_CALL, body: 'x'.repeat(8000) }, 12_000),
  ]),
  flood('send many small frames', () => [send({ type: 'O', kind: '1', call: THIS_CALL, body: '' }, 60_000)]),
  flood('send JSON nested without end', () => [
    send({ type: 'V', kind: 'j', call: THIS_CALL, body: '['.repeat(8000), saysBytes: 12_000_000 }),
    may(step('frame', Buffer.alloc(8000, '[').toString('hex'), 1499)),
  ]),
  flood('repeat that it is ready, has failed, has started', () => [
    send({ type: 'R', kind: '0', call: 0, body: '' }, 3000),
    send({ type: 'L', kind: '0', call: 0, body: '{"message":"x"}' }, 3000),
    send({ type: 'S', kind: '0', call: 77, body: '' }, 3000),
  ]),
]
