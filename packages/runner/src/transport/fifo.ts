/**
 * The protocol of programs that carry their own pipe (runtime.md 2): a request line on standard input, the marker of
 * readiness on standard output, answers through the FIFO that the program sees as `/tmp/algoout`.
 */
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { createJsonScanner, INVALID, isJsonSpace, MORE } from '@algorist/contract/json-scanner.ts'
import { createBytePile } from '../byte-pile.ts'
import { answerTooLarge, invalidAnswer } from '../failure.ts'
import type { ContentType } from '../types.ts'
import { type FifoAnswer, readFifoAnswer } from './fifo-answer.ts'
import { base64Bytes, quote } from './frames.ts'
import type { Transport, TransportEvents } from './transport.ts'

const MARKER = 'PIPE_INIT_COMPLETE'
const NEWLINE = 0x0a
/** A program that prints this much before a line ends is not going to print the marker in that line. */
const LONGEST_LINE_BYTES = 64 * 1024
/** Room for the envelope around the largest result. */
const ENVELOPE_BYTES = 2 * 1024 * 1024
const QUIET_MS = 10
const QUIET_CAP_MS = 100

export interface FifoOptions {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Reading end of the FIFO, opened before the program started. */
  readonly fifo: Socket
  readonly answerBytes: number
  readonly events: TransportEvents
}

export function createFifoTransport({ stdin, stdout, stderr, fifo, answerBytes, events }: FifoOptions): Transport {
  const answers = createAnswerReader(answerBytes + ENVELOPE_BYTES)
  let call = 0
  let isReady = false
  let isBroken = false
  let lastOutputAtMs = 0
  /** Bytes that came since the last answer and were thrown away. */
  let strayBytes = 0
  const lines = createMarkerReader(
    (bytes) => events.output(0, 'stdout', bytes),
    () => {
      isReady = true
      events.ready()
    },
  )

  stdin.on('error', () => {})
  fifo.on('error', () => {})
  stdout.on('data', (bytes: Buffer) => {
    lastOutputAtMs = performance.now()
    if (isReady) events.output(0, 'stdout', bytes)
    else lines.push(bytes)
  })
  stdout.on('end', () => {
    if (!isReady) lines.flush()
  })
  stderr.on('data', (bytes: Buffer) => {
    lastOutputAtMs = performance.now()
    events.output(0, 'stderr', bytes)
  })
  fifo.on('data', (chunk: Buffer) => {
    // Whatever is written while nothing was asked is thrown away, and with it the rest of an answer.
    if (isBroken) return
    if (isReady && call === 0) return throwAway(chunk)
    const answer = answers.push(chunk)
    if (answer !== null) onAnswer(answer)
  })

  /** The rest of an answer is forgiven; a program that goes on and on would keep the server busy. */
  function throwAway({ length }: Buffer): void {
    strayBytes += length
    if (strayBytes <= answerBytes + ENVELOPE_BYTES) return
    isBroken = true
    events.broken(invalidAnswer(`${strayBytes} bytes that nobody asked for`))
  }

  function onAnswer(raw: RawAnswer): void {
    const answered = call
    call = 0
    answers.reset()
    const answer = interpret(raw)
    if (answer.kind === 'broken') {
      isBroken = true
      events.broken(answer.failure)
    } else if (!isReady) {
      const early = invalidAnswer('an answer before it was ready')
      events.loadFailed(answer.kind === 'failed' ? answer.failure : early)
    } else if (answer.kind === 'failed') events.failed(answered, answer.failure)
    else events.value(answered, answer.contentType, answer.body)
  }

  function interpret(raw: RawAnswer): FifoAnswer {
    if (raw.kind === 'too-large') return { kind: 'broken', failure: answerTooLarge(raw.sizeBytes, answerBytes) }
    if (raw.kind === 'not-json') return { kind: 'broken', failure: invalidAnswer(quote(raw.bytes)) }
    const answer = readFifoAnswer(raw.json, raw.isFinite)
    if (answer.kind !== 'value') return answer
    const sentBytes = answer.contentType === 'binary' ? base64Bytes(answer.body.length) : answer.body.length
    return sentBytes > answerBytes ? { kind: 'failed', failure: answerTooLarge(sentBytes, answerBytes) } : answer
  }

  return {
    send(number, contentType, body) {
      call = number
      strayBytes = 0
      events.started(number)
      stdin.write(requestLine(contentType, body))
    },
    end: () => void stdin.end(),
    // Programs flush after they have answered (runtime.md 2.5).
    async settleOutput() {
      const askedAtMs = performance.now()
      lastOutputAtMs = askedAtMs
      while (performance.now() - lastOutputAtMs < QUIET_MS && performance.now() - askedAtMs < QUIET_CAP_MS) {
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS / 2))
      }
    },
    caughtUp: async () => {},
    release: () => fifo.destroy(),
  }
}

/** One request as a line (runtime.md 2.3): no byte in it ends a line for any of the languages. */
export function requestLine(contentType: ContentType, body: Buffer): Buffer {
  const data = contentType === 'json' ? oneLine(body) : Buffer.from(dataString(contentType, body))
  const prefix = `{"content_type":"${contentType}","data":`
  return Buffer.concat([Buffer.from(prefix), data, Buffer.from('}\n')])
}

function dataString(contentType: ContentType, body: Buffer): string {
  if (contentType === 'binary') return `"${body.toString('base64')}"`
  return escapeLineEnds(JSON.stringify(body.toString('utf8')))
}

/** In valid JSON raw CR, LF and tab stand only between tokens, the Unicode line ends only inside strings. */
function oneLine(json: Buffer): Buffer {
  const hasUnicodeEnds = json.includes('\u0085') || json.includes('\u2028') || json.includes('\u2029')
  const bytes = hasUnicodeEnds ? Buffer.from(escapeLineEnds(json.toString('utf8'))) : json
  if (!bytes.includes(0x0a) && !bytes.includes(0x0d) && !bytes.includes(0x09)) return bytes
  return Buffer.from(bytes.map((byte) => (byte === 0x0a || byte === 0x0d || byte === 0x09 ? 0x20 : byte)))
}

function escapeLineEnds(json: string): string {
  return json.replace(/[\u0085\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

type RawAnswer =
  | { readonly kind: 'complete'; readonly json: Buffer; readonly isFinite: boolean }
  | { readonly kind: 'not-json'; readonly bytes: Buffer }
  | { readonly kind: 'too-large'; readonly sizeBytes: number }

/** Collects chunks until one JSON value is complete; each byte is looked at once. */
function createAnswerReader(maxBytes: number): { push(chunk: Buffer): RawAnswer | null; reset(): void } {
  const scanner = createJsonScanner({ passesNonFinite: true })
  let pile = createBytePile()
  let skippedBytes = 0
  return {
    push(chunk) {
      // White space behind the previous answer may arrive late.
      let from = 0
      if (pile.sizeBytes() === 0) while (isJsonSpace(chunk[from])) from++
      skippedBytes += from
      if (skippedBytes > maxBytes) return { kind: 'not-json', bytes: chunk }
      if (from === chunk.length) return null
      const end = scanner.push(chunk, from)
      if (end === INVALID) return { kind: 'not-json', bytes: Buffer.concat([pile.concat(), chunk.subarray(from)]) }
      pile.add(chunk.subarray(from, end === MORE ? chunk.length : end))
      if (pile.sizeBytes() > maxBytes) return { kind: 'too-large', sizeBytes: pile.sizeBytes() }
      if (end === MORE) return null
      return { kind: 'complete', json: pile.concat(), isFinite: !scanner.sawNonFinite() }
    },
    reset() {
      scanner.reset()
      pile = createBytePile()
      skippedBytes = 0
    },
  }
}

/** Passes lines on until one contains the marker; that line is swallowed (runtime.md 2.2). */
function createMarkerReader(
  onLine: (bytes: Buffer) => void,
  onMarker: () => void,
): { push(bytes: Buffer): void; flush(): void } {
  let rest: Buffer = Buffer.alloc(0)
  return {
    push(bytes) {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
      let end = rest.indexOf(NEWLINE)
      while (end >= 0) {
        const line = rest.subarray(0, end + 1)
        rest = rest.subarray(end + 1)
        if (line.includes(MARKER)) {
          onMarker()
          if (rest.length > 0) onLine(rest)
          return
        }
        onLine(line)
        end = rest.indexOf(NEWLINE)
      }
      if (rest.length > LONGEST_LINE_BYTES) this.flush()
    },
    flush() {
      if (rest.length > 0) onLine(rest)
      rest = Buffer.alloc(0)
    },
  }
}
