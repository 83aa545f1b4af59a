/**
 * The conversation with the post-receive hook of one push, on a socket that only this push has: the hook says which
 * refs were updated, the server answers lines that git shows to the pusher as `remote: …`.
 */
import type { Duplex } from 'node:stream'
import { forTerminal } from '../for-terminal.ts'

export interface RefUpdate {
  /** All zeros for a new ref. */
  readonly before: string
  readonly after: string
  /** Full name, such as `refs/heads/master`. */
  readonly ref: string
}

export interface PushConversation {
  readonly updates: readonly RefUpdate[]
  /** Shows text to the pusher; a pusher who left is ignored. */
  print(text: string): void
  /** Aborted when the pusher is gone. */
  readonly gone: AbortSignal
}

const maxHeardBytes = 4 * 1024 * 1024

/**
 * Waits for the hook, runs `answer`, hangs up. Resolves to false when the line closed before the hook had finished
 * speaking, which is also what happens when nothing was updated.
 */
export async function listenToPush(
  line: Duplex,
  gone: AbortSignal,
  answer: (conversation: PushConversation) => Promise<void>,
): Promise<boolean> {
  // The hook may be killed at any time; `end` and `close` follow and are what is waited for.
  line.on('error', () => {})
  try {
    const updates = await hearUpdates(line)
    if (!updates) return false
    await answer({
      updates,
      gone,
      print(text) {
        if (line.writable) line.write(forTerminal(text))
      },
    })
    return true
  } finally {
    line.end()
    // The hook reads until the end of this side; its own side is closed by its exit.
    line.resume()
  }
}

function hearUpdates(line: Duplex): Promise<readonly RefUpdate[] | null> {
  return new Promise((resolve) => {
    let heard = ''
    line.on('data', (chunk: Buffer) => {
      if (heard.length < maxHeardBytes) heard += chunk.toString()
      if (heard === 'end\n' || heard.endsWith('\nend\n')) resolve(parseUpdates(heard))
    })
    line.once('close', () => resolve(null))
    line.once('end', () => resolve(null))
  })
}

function parseUpdates(text: string): RefUpdate[] {
  return text.split('\n').flatMap((row) => {
    const [before, after, ref] = row.split(' ')
    return before && after && ref ? [{ before, after, ref }] : []
  })
}
