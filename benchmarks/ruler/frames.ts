/** The server's side of the frames (languages/PROTOCOL.md), as little of it as a ruler needs. */
import type { Readable } from 'node:stream'

const HEADER_BYTES = 10

/** Header of a call's frame. @param kind `t`, `j` or `b` */
export function frameHeader(kind: string, number: number, sizeBytes: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES)
  header.writeUInt32BE(sizeBytes, 0)
  header.write(`C${kind}`, 4, 'latin1')
  header.writeUInt32BE(number, 6)
  return header
}

/** Marks of bridges that a call has begun; they have no body that anybody waits for. */
const STARTED = 'S'.charCodeAt(0)

/** Bodies of frames as they are complete, start marks left out. A large one is put together once, from all of its chunks. */
export function readBodies(stream: Readable, onBody: (body: Buffer) => void): void {
  let chunks: Buffer[] = []
  let sizeBytes = 0
  let neededBytes = HEADER_BYTES
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    sizeBytes += chunk.length
    if (sizeBytes < neededBytes) return
    let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, sizeBytes)
    for (;;) {
      neededBytes = HEADER_BYTES + (bytes.length < HEADER_BYTES ? 0 : bytes.readUInt32BE(0))
      if (bytes.length < neededBytes) break
      if (bytes[4] !== STARTED) onBody(bytes.subarray(HEADER_BYTES, neededBytes))
      bytes = bytes.subarray(neededBytes)
    }
    chunks = bytes.length === 0 ? [] : [bytes]
    sizeBytes = bytes.length
  })
}
