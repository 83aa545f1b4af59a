/** What the running call printed (runtime.md 2.5): both streams in one text, load output before the first call's. */
import { createHeadTail, type HeadTail } from './head-tail.ts'
import type { OutputStream } from './transport/transport.ts'

export interface CallOutput {
  push(stream: OutputStream, bytes: Buffer): void
  /** A call begins; what it prints is kept only when it is wanted. */
  begin(isWanted: boolean): void
  /** Text of the call that ends; undefined when nobody wanted it. */
  take(): string | undefined
  /** Last of what was written to stderr while loading. */
  errorTail(maxBytes: number): string
  /** Ends what is only needed while loading. */
  loaded(): void
}

/** Keeps at most about `capBytes` per call, and as much of loading. */
export function createCallOutput(capBytes: number): CallOutput {
  let loadErrors: HeadTail | null = createHeadTail(capBytes)
  let kept: HeadTail | null = createHeadTail(capBytes)
  return {
    push(stream, bytes) {
      kept?.push(bytes)
      if (stream === 'stderr') loadErrors?.push(bytes)
    },
    begin(isWanted) {
      if (!isWanted) kept = null
      else kept ??= createHeadTail(capBytes)
    },
    take() {
      const text = kept?.text()
      kept = null
      return text
    },
    errorTail: (maxBytes) => loadErrors?.tail(maxBytes) ?? '',
    loaded() {
      loadErrors = null
    },
  }
}
