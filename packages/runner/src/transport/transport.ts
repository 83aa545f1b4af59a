/** What a worker hears from and says to the process inside its sandbox, whatever protocol that process speaks. */
import type { Failure } from '../failure.ts'
import type { ContentType } from '../types.ts'

export type OutputStream = 'stdout' | 'stderr'

/** Everything arrives in the order it was read; after `broken` only output follows. */
export interface TransportEvents {
  /** The algorithm is loaded. */
  ready(): void
  loadFailed(failure: Failure): void
  /** Author code sees the call now; a protocol without a mark says so when the call is sent. */
  started(call: number): void
  /** `call` is 0 where the protocol does not tell. */
  output(call: number, stream: OutputStream, bytes: Buffer): void
  value(call: number, contentType: ContentType, body: Buffer): void
  /** The call failed; the worker goes on. */
  failed(call: number, failure: Failure): void
  /** The protocol was violated or is out of step: the running call fails with this and the worker cannot go on. */
  broken(failure: Failure): void
}

export interface Transport {
  send(call: number, contentType: ContentType, body: Buffer): void
  /** Resolves when all that the program had sent before has been heard. */
  caughtUp(): Promise<void>
  /** Says that no call follows; the process is expected to exit. */
  end(): void
  /** Resolves when output written before the last answer has been read. */
  settleOutput(): Promise<void>
  /** Lets go of descriptors that are not the child's own. */
  release(): void
}
