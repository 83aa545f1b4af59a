/** What the running call printed (runtime.md 2.5): both streams in one text, load output before the first call's. */
import { createHeadTail, type HeadTail } from './head-tail.ts'
import type { OutputStream } from './transport/transport.ts'

export interface CallOutput {
  push(stream: OutputStream, bytes: Buffer): void
  /** A call begins. */
  begin(): void
  /** Text of the call that ends; undefined when it printed nothing. What follows until the next call is of nobody. */
  take(): string | undefined
  /** Last of what was written to stderr while loading. */
  errorTail(maxBytes: number): string
  /** Ends what is only needed while loading. */
  loaded(): void
}

/** Keeps at most about `capBytes` per call, and as much of loading; a call that prints nothing costs no memory. */
export function createCallOutput(capBytes: number): CallOutput {
  let loadErrors: HeadTail | null = createHeadTail(capBytes)
  let kept: HeadTail | null = null
  let isOfCall = true
  return {
    push(stream, bytes) {
      if (stream === 'stderr') loadErrors?.push(bytes)
      if (!isOfCall) return
      kept ??= createHeadTail(capBytes)
      kept.push(bytes)
    },
    begin() {
      isOfCall = true
    },
    take() {
      isOfCall = false
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
