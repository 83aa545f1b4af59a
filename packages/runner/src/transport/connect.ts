/** Connects to a worker's process in the protocol that it speaks. */
import type { Duplex } from 'node:stream'
import type { Launched } from '../launch.ts'
import type { RunnerLimits } from '../limits.ts'
import { createThrottle, type Throttle } from '../throttle.ts'
import { createFifoTransport } from './fifo.ts'
import { createFramesTransport } from './frames.ts'
import type { Transport, TransportEvents } from './transport.ts'

export interface Connected {
  readonly transport: Transport
  readonly throttle: Throttle
}

export function connect(
  { child, output: { stdout, stderr }, fifo }: Launched,
  { answerBytes, outputBytesPerSecond }: Pick<RunnerLimits, 'answerBytes' | 'outputBytesPerSecond'>,
  events: TransportEvents,
): Connected {
  if (fifo === null) {
    const socket = child.stdio[3] as Duplex
    const throttle = createThrottle([stdout, stderr, socket], outputBytesPerSecond)
    return { throttle, transport: createFramesTransport({ socket, stdout, stderr, answerBytes, events }) }
  }
  if (child.stdin === null) throw new Error('The sandbox gave no standard input')
  const throttle = createThrottle([stdout, stderr], outputBytesPerSecond)
  return { throttle, transport: createFifoTransport({ stdin: child.stdin, stdout, stderr, fifo, answerBytes, events }) }
}
