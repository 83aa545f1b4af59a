/**
 * The framed protocol of our own bridges (PROTOCOL.md), over the socket that the bridge has as descriptor 3. Owns the
 * meaning of frames; not the state of the worker.
 */
import { isUtf8 } from 'node:buffer'
import type { Duplex, Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { answerTooLarge, type Failure, invalidAnswer, nestedTooDeep, notFinite, reportedFailure } from '../failure.ts'
import type { ContentType } from '../types.ts'
import { createFrameReader, FRAME_HEADER_BYTES, type Frame } from './frame-reader.ts'
import type { OutputStream, Transport, TransportEvents } from './transport.ts'

const code = (letter: string) => letter.charCodeAt(0)
const CALL = code('C')
const READY = code('R')
const LOAD_FAILED = code('L')
const STARTED = code('S')
const OUTPUT = code('O')
const VALUE = code('V')
const ERROR = code('E')

/** What a bridge may send. */
const KNOWN_TYPES = new Set([READY, LOAD_FAILED, STARTED, OUTPUT, VALUE, ERROR])

const kinds: Record<ContentType, number> = { text: code('t'), json: code('j'), binary: code('b') }
const contentTypes = new Map<number, ContentType>([
  [code('t'), 'text'],
  [code('j'), 'json'],
  [code('b'), 'binary'],
])
const streams = new Map<number, OutputStream>([
  [code('1'), 'stdout'],
  [code('2'), 'stderr'],
])

/** Below this a copy behind the header is cheaper than a second piece in the write. */
const COPY_BELOW_BYTES = 4096

export interface FramesOptions {
  readonly socket: Duplex
  readonly stdout: Readable
  readonly stderr: Readable
  readonly answerBytes: number
  readonly events: TransportEvents
}

export function createFramesTransport({ socket, stdout, stderr, answerBytes, events }: FramesOptions): Transport {
  let isBroken = false
  const push = createFrameReader({ maxBodyBytes: answerBytes, types: KNOWN_TYPES, onFrame })
  socket.on('data', (chunk: Buffer) => {
    if (!isBroken) push(chunk)
  })
  // A worker that goes away is noticed by its exit.
  socket.on('error', () => {})
  stdout.on('data', (bytes: Buffer) => events.output(0, 'stdout', bytes))
  stderr.on('data', (bytes: Buffer) => events.output(0, 'stderr', bytes))

  function onFrame(frame: Frame): void {
    if (isBroken) return
    const problem = report(frame)
    if (problem === null) return
    isBroken = true
    events.broken(invalidAnswer(problem))
  }

  /** Tells what a frame says; returns what is wrong with it, or null. */
  function report(frame: Frame): string | null {
    switch (frame.type) {
      case VALUE:
        return reportValue(frame)
      case OUTPUT:
        return reportOutput(frame)
      case STARTED:
        events.started(frame.call)
        return null
      case ERROR:
        events.failed(frame.call, failureOf(frame, 'AlgorithmError'))
        return null
      case READY:
        events.ready()
        return null
      case LOAD_FAILED:
        events.loadFailed(failureOf(frame, 'LoadingError'))
        return null
      default:
        return `a frame of the unknown type ${quoteByte(frame.type)}`
    }
  }

  function reportValue({ kind, call, body, json, sizeBytes }: Frame): string | null {
    const contentType = contentTypes.get(kind)
    if (contentType === undefined) return `a value of the unknown kind ${quoteByte(kind)}`
    const sentBytes = contentType === 'binary' ? base64Bytes(sizeBytes) : sizeBytes
    if (json === 'invalid') return `a JSON value that is not JSON: ${quote(body ?? Buffer.alloc(0))}`
    if (body !== null && contentType === 'text' && !isUtf8(body)) return 'text that is not UTF-8'
    if (body !== null && contentType === 'json' && !isUtf8(body)) return 'JSON that is not UTF-8'
    if (body === null || sentBytes > answerBytes) events.failed(call, answerTooLarge(sentBytes, answerBytes))
    else if (json === 'not-finite') events.failed(call, notFinite)
    else if (json === 'too-deep') events.failed(call, nestedTooDeep)
    else events.value(call, contentType, body)
    return null
  }

  function reportOutput({ kind, call, body, sizeBytes }: Frame): string | null {
    const stream = streams.get(kind)
    if (stream === undefined) return `output of the unknown kind ${quoteByte(kind)}`
    events.output(call, stream, body ?? Buffer.from(`[${sizeBytes} bytes left out]\n`))
    return null
  }

  return {
    send(call, contentType, body) {
      const small = body.length < COPY_BELOW_BYTES
      const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES + (small ? body.length : 0))
      header.writeUInt32BE(body.length, 0)
      header[4] = CALL
      header[5] = kinds[contentType]
      header.writeUInt32BE(call, 6)
      if (small) {
        body.copy(header, FRAME_HEADER_BYTES)
        socket.write(header)
        return
      }
      socket.cork()
      socket.write(header)
      socket.write(body)
      socket.uncork()
    },
    end: () => void socket.end(),
    // What author code wrote to descriptors 1 and 2 before its answer was readable when the answer was: it is read in
    // the same turn of the loop, or, if there was much of it, in the next.
    async settleOutput() {
      await turn()
      await turn()
    },
    release: () => {},
  }
}

function failureOf(frame: Frame, defaultType: string): Failure {
  if (frame.body === null)
    return { message: `An error report of ${frame.sizeBytes} bytes was left out`, errorType: defaultType }
  try {
    return reportedFailure(JSON.parse(frame.body.toString('utf8')), defaultType)
  } catch {
    return { message: frame.body.toString('utf8').slice(0, 2000), errorType: defaultType }
  }
}

/** The first 200 characters, for an error message. */
export function quote(bytes: Buffer): string {
  return JSON.stringify(bytes.subarray(0, 800).toString('utf8').slice(0, 200))
}

/** Length of so many bytes as base64. */
export function base64Bytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 3) * 4
}

function quoteByte(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? `\`${String.fromCharCode(byte)}\`` : `byte ${byte}`
}
