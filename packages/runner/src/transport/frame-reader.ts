/**
 * Incremental reader of protocol frames (PROTOCOL.md). A body inside one chunk is a view of it; a longer one is copied
 * once into its final place, and JSON is checked as it arrives, so that no large body holds the loop.
 */
import { giveBack } from '@algorist/contract/give-back.ts'
import { createJsonScanner, INVALID, isJsonSpace, MORE } from '@algorist/contract/json-scanner.ts'

export const FRAME_HEADER_BYTES = 10
const JSON_KIND = 0x6a

export interface Frame {
  /** Character code of the type, and of the content kind. */
  readonly type: number
  readonly kind: number
  readonly call: number
  readonly sizeBytes: number
  /** Null when the body is longer than allowed: it was read and thrown away. */
  readonly body: Buffer | null
  /** For kind `j`: is it JSON? */
  readonly json: 'valid' | 'not-finite' | 'too-deep' | 'invalid' | 'unchecked'
  /**
   * True when no frame is like this header, in type or length: what looks like a length may be garbage, and nobody waits
   * for so many bytes. Nothing is read after it.
   */
  readonly isForged: boolean
}

/** What the frames of one type may be. */
export interface FrameSizes {
  /** Longest body kept; a longer one is read and thrown away. */
  readonly keptBytes: number
  /** Longest body that is waited for. */
  readonly claimedBytes: number
}

export interface FrameReaderOptions {
  /** By character code of the type. */
  readonly types: ReadonlyMap<number, FrameSizes>
  onFrame(frame: Frame): void
}

/** Returns the function that takes each chunk of the stream, and gives its memory back when no body is in it. */
export function createFrameReader(options: FrameReaderOptions): (chunk: Buffer) => void {
  const header = Buffer.alloc(FRAME_HEADER_BYTES)
  const scanner = createJsonScanner({ passesNonFinite: true })
  let headerBytes = 0
  let type = 0
  let kind = 0
  let call = 0
  let sizeBytes = 0
  let arrivedBytes = 0
  let body: Buffer | null = null
  let keptBytes = 0
  let isForged = false
  let jsonEnd = MORE
  /** A body is a view of the chunk that is being read. */
  let isChunkKept = false

  function readHeader(from: Buffer, at: number): void {
    sizeBytes = from.readUInt32BE(at)
    type = from[at + 4] as number
    kind = from[at + 5] as number
    call = from.readUInt32BE(at + 6)
    arrivedBytes = 0
    jsonEnd = MORE
    if (kind === JSON_KIND) scanner.reset()
    const sizes = options.types.get(type)
    keptBytes = sizes?.keptBytes ?? 0
    isForged = sizes === undefined || sizeBytes > sizes.claimedBytes
    if (isForged) emit()
  }

  function scan(part: Buffer): void {
    let at = 0
    if (jsonEnd === MORE) at = jsonEnd = scanner.push(part, 0)
    // Behind the value only whitespace may follow.
    while (jsonEnd >= 0 && at < part.length) if (!isJsonSpace(part[at++])) jsonEnd = INVALID
  }

  function verdict(): Frame['json'] {
    if (kind !== JSON_KIND || body === null) return 'unchecked'
    if (scanner.sawTooDeep()) return 'too-deep'
    if (jsonEnd === INVALID || !scanner.finish()) return 'invalid'
    return scanner.sawNonFinite() ? 'not-finite' : 'valid'
  }

  function emit(): void {
    const frame: Frame = { type, kind, call, sizeBytes, body, json: verdict(), isForged }
    body = null
    headerBytes = 0
    options.onFrame(frame)
  }

  /** Takes what `chunk` has of a header from `at` on; returns the offset behind it. */
  function takeHeader(chunk: Buffer, at: number): number {
    if (headerBytes === 0 && chunk.length - at >= FRAME_HEADER_BYTES) {
      readHeader(chunk, at)
      headerBytes = FRAME_HEADER_BYTES
      return at + FRAME_HEADER_BYTES
    }
    const copied = chunk.copy(header, headerBytes, at, at + FRAME_HEADER_BYTES - headerBytes)
    headerBytes += copied
    if (headerBytes === FRAME_HEADER_BYTES) readHeader(header, 0)
    return at + copied
  }

  /** Takes what `chunk` has of the body from `at` on; returns the offset behind it. */
  function takeBody(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + sizeBytes - arrivedBytes)
    const part = chunk.subarray(at, end)
    if (sizeBytes <= keptBytes) {
      if (part.length === sizeBytes) {
        body = part
        isChunkKept = true
      } else {
        body ??= Buffer.allocUnsafeSlow(sizeBytes)
        part.copy(body, arrivedBytes)
      }
      if (kind === JSON_KIND) scan(part)
    }
    arrivedBytes += part.length
    if (arrivedBytes === sizeBytes) emit()
    return end
  }

  return (chunk) => {
    let at = 0
    isChunkKept = false
    while (at < chunk.length && !isForged) {
      at = headerBytes < FRAME_HEADER_BYTES ? takeHeader(chunk, at) : at
      if (!isForged && headerBytes === FRAME_HEADER_BYTES && (at < chunk.length || sizeBytes === 0))
        at = takeBody(chunk, at)
    }
    if (!isChunkKept) giveBack(chunk)
  }
}
