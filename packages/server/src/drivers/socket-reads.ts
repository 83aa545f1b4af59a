/**
 * Memory that sockets of HTTP read into, given back at once. Node's parser hands on copies of what it was given, and the
 * collector alone would let 64 MiB of the originals pile up, at any speed of the reader.
 */
import { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { giveBack, lend } from './lent-memory.ts'

/**
 * Whether the parser of this Node copies, as it was seen to: it did not in older versions, and nothing promises that it will.
 * Undefined until the first piece of a body has shown it.
 */
let parserCopies: boolean | undefined

/** From now until the body ends, what its connection reads is given back when the parser has seen it. */
export function giveBackReads(body: Readable): void {
  if (!(body instanceof IncomingMessage)) return
  const { socket } = body
  let read: Buffer | undefined
  const beforeParser = (chunk: Buffer): void => {
    read = chunk
  }
  // A piece that comes while the parser runs is out of this read: one that had to wait would come later.
  const onPiece = (piece: Buffer): void => {
    if (read) parserCopies ??= piece.buffer !== read.buffer
  }
  const afterParser = (chunk: Buffer): void => {
    read = undefined
    if (parserCopies) giveBack(lend(chunk))
  }
  socket.prependListener('data', beforeParser)
  socket.on('data', afterParser)
  body.on('data', onPiece)
  body.once('close', () => {
    socket.off('data', beforeParser).off('data', afterParser)
    body.off('data', onPiece)
  })
}
