/**
 * The framed protocol of our own bridges (PROTOCOL.md), over the socket that the bridge has as descriptor 3. Owns the
 * meaning of frames; not the state of the worker.
 */
import { isUtf8 } from 'node:buffer'
import type { Duplex, Readable } from 'node:stream'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { hold } from '@algorist/contract/give-back.ts'
import { createJsonScanner, isJsonSpace, MORE } from '@algorist/contract/json-scanner.ts'
import { answerTooLarge, type Failure, invalidAnswer, nestedTooDeep, notFinite, reportedFailure } from '../failure.ts'
import type { ContentType } from '../types.ts'
import { createFrameReader, FRAME_HEADER_BYTES, type Frame, type FrameSizes } from './frame-reader.ts'
import type { OutputStream, Transport, TransportEvents } from './transport.ts'

const code = (letter: string) => letter.charCodeAt(0)
const CALL = code('C')
const READY = code('R')
const LOAD_FAILED = code('L')
const STARTED = code('S')
const OUTPUT = code('O')
const VALUE = code('V')
const ERROR = code('E')

const KNOWN_TYPES = new Set([READY, LOAD_FAILED, STARTED, OUTPUT, VALUE, ERROR])

/** Longest body of an output frame (PROTOCOL.md). */
const OUTPUT_BYTES = 64 * 1024
/** Error reports become objects of the server, which can be much larger than their text. */
export const REPORT_BYTES = 1024 * 1024
/**
 * A body that is too large, but not by more than this factor, is read to its end: the call fails and the worker goes on.
 * Whoever announces more ends at once.
 */
const TOLERANCE = 4

/** What a bridge may send. */
function frameTypes(answerBytes: number): Map<number, FrameSizes> {
  const nothing = { keptBytes: 0, claimedBytes: 0 }
  const claimedBytes = TOLERANCE * Math.max(answerBytes, REPORT_BYTES)
  const report = { keptBytes: REPORT_BYTES, claimedBytes }
  return new Map([
    [READY, nothing],
    [STARTED, nothing],
    [OUTPUT, { keptBytes: OUTPUT_BYTES, claimedBytes: OUTPUT_BYTES }],
    [LOAD_FAILED, report],
    [ERROR, report],
    [VALUE, { keptBytes: answerBytes, claimedBytes }],
  ])
}

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

/** How often a socket is looked at that the throttle holds. */
const PAUSED_MS = 10

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
  let isReady = false
  /** Call numbers grow; none starts before the one that runs is answered. */
  let lastSent = 0
  let lastStarted = 0
  let lastAnswered = 0
  let isRunning = false
  let heardMore = false
  let isReleased = false
  /** Small frames for a process that is busy: they leave together at the end of this turn of the loop. */
  const gathered: Buffer[] = []
  const push = createFrameReader({ types: frameTypes(answerBytes), onFrame })
  socket.on('data', (chunk: Buffer) => {
    heardMore = true
    if (!isBroken) push(chunk)
  })
  // A worker that goes away is noticed by its exit.
  socket.on('error', () => {})
  stdout.on('data', (bytes: Buffer) => events.output(0, 'stdout', bytes))
  stderr.on('data', (bytes: Buffer) => events.output(0, 'stderr', bytes))

  function onFrame(frame: Frame): void {
    if (isBroken) return
    const failure = frame.isForged ? failureOfForged(frame) : report(frame)
    if (failure === null) return
    isBroken = true
    events.broken(typeof failure === 'string' ? invalidAnswer(failure) : failure)
  }

  function failureOfForged({ type, sizeBytes }: Frame): Failure | string {
    if (type === VALUE) return answerTooLarge(sizeBytes, answerBytes)
    const name = quoteByte(type)
    return KNOWN_TYPES.has(type)
      ? `a frame of type ${name} with ${sizeBytes} bytes`
      : `a frame of the unknown type ${name}`
  }

  /** Tells what a frame says; returns what is wrong with it, or null. */
  function report(frame: Frame): string | null {
    const isOfLoading = frame.type === READY || frame.type === LOAD_FAILED
    if (frame.type !== OUTPUT && isReady === isOfLoading)
      return `a frame of type ${quoteByte(frame.type)} ${isReady ? 'after' : 'before'} it was ready`
    switch (frame.type) {
      case VALUE:
        return reportValue(frame)
      case OUTPUT:
        return reportOutput(frame)
      case STARTED:
        return reportStart(frame)
      case READY:
        isReady = true
        events.ready()
        return null
      default:
        return reportFailure(frame)
    }
  }

  function reportStart({ call }: Frame): string | null {
    const mayStart = !isRunning && call > lastStarted && call <= lastSent
    if (!mayStart) return `a start mark for call ${call}, which is not about to start`
    lastStarted = call
    isRunning = true
    events.started(call)
    return null
  }

  function reportFailure(frame: Frame): string | null {
    answered(frame)
    const isLoading = frame.type === LOAD_FAILED
    const failure = failureOf(frame, isLoading ? 'LoadingError' : 'AlgorithmError')
    if (failure === null) return `an error report that is not JSON: ${quote(frame.body ?? Buffer.alloc(0))}`
    if (isLoading) events.loadFailed(failure)
    else events.failed(frame.call, failure)
    return null
  }

  function answered({ call }: Frame): void {
    isRunning = false
    lastAnswered = call
  }

  function reportValue(frame: Frame): string | null {
    answered(frame)
    const { kind, call, body, json, sizeBytes } = frame
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
    if (body === null || sizeBytes === 0) return 'output of no bytes'
    events.output(call, stream, body)
    return null
  }

  function gather(frame: Buffer): void {
    gathered.push(frame)
    if (gathered.length === 1) setImmediate(flush)
  }

  function flush(): void {
    const frames = gathered.splice(0)
    if (frames.length > 0) socket.write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames))
  }

  return {
    send(call, contentType, body) {
      const isIdle = lastAnswered === lastSent
      lastSent = call
      const small = body.length < COPY_BELOW_BYTES
      const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES + (small ? body.length : 0))
      header.writeUInt32BE(body.length, 0)
      header[4] = CALL
      header[5] = kinds[contentType]
      header.writeUInt32BE(call, 6)
      if (small) {
        body.copy(header, FRAME_HEADER_BYTES)
        if (isIdle) socket.write(header)
        else gather(header)
        return
      }
      flush()
      socket.cork()
      socket.write(header)
      socket.write(body, hold(body))
      socket.uncork()
    },
    // What was in the socket is read within a turn of the loop, 64 KiB at a time, unless the throttle holds it.
    async caughtUp() {
      do {
        heardMore = false
        if (socket.isPaused()) await delay(PAUSED_MS)
        await turn()
        await turn()
      } while (!isReleased && (heardMore || socket.isPaused()))
    },
    end: () => void socket.end(),
    // What author code wrote to descriptors 1 and 2 before its answer was readable when the answer was: it is read in
    // the same turn of the loop, or, if there was much of it, in the next.
    async settleOutput() {
      await turn()
      await turn()
    },
    release() {
      isReleased = true
    },
  }
}

/** Null when the report is not one. */
function failureOf({ body, sizeBytes }: Frame, defaultType: string): Failure | null {
  if (body === null) return { message: `An error report of ${sizeBytes} bytes was left out`, errorType: defaultType }
  return isJson(body) ? reportedFailure(JSON.parse(body.toString('utf8')), defaultType) : null
}

/** False also for what is nested too deeply for a parser. */
function isJson(body: Buffer): boolean {
  if (!isUtf8(body)) return false
  const scanner = createJsonScanner({ passesNonFinite: true })
  const end = scanner.push(body, 0)
  const isWhole = end === MORE ? scanner.finish() : end >= 0 && body.subarray(end).every(isJsonSpace)
  return isWhole && !scanner.sawNonFinite()
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
