/**
 * A file as a storage sends it: chunks are passed on as they came, since joined ones would be memory that nobody gives back,
 * and a storage that falls silent is given up. While the reader takes their time no clock runs.
 */
import { Readable } from 'node:stream'
import { asTheyCame, lend } from './lent-memory.ts'
import { giveBackReads } from './socket-reads.ts'

export interface ArrivingFileOptions {
  /** Longest time without a byte while the reader waits. */
  readonly idleMs: number
  /** What the reader gets then. */
  readonly silence: Error
  /** What the reader gets for an error of the body, or when it ends too early. */
  translate(error: unknown): Error
}

/** Ends the body when the reader leaves. */
export function arrivingFile(body: Readable, { idleMs, silence, translate }: ArrivingFileOptions): Readable {
  let clock: NodeJS.Timeout | undefined
  const stream = new Readable({
    ...asTheyCame,
    read() {
      clock ??= setTimeout(() => stream.destroy(silence), idleMs)
      body.resume()
    },
    destroy(error, done) {
      clearTimeout(clock)
      body.destroy()
      done(error)
    },
  })
  body.on('data', (chunk: Buffer) => {
    if (stream.push(lend(chunk))) {
      clock?.refresh()
      return
    }
    body.pause()
    clearTimeout(clock)
    clock = undefined
  })
  giveBackReads(body)
  body.pause()
  body.once('end', () => stream.push(null))
  body.on('error', (error) => stream.destroy(translate(error)))
  body.once('close', () => {
    if (!body.readableEnded) stream.destroy(translate(new Error('the storage closed the connection')))
  })
  return stream
}
