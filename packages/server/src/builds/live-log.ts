/** The log of a build while it runs: kept whole up to a limit, passed on as it is written. */

export interface LiveLog {
  append(text: string): void
  /** Everything so far. */
  text(): string
  /** Calls `listener` with what was written so far, then with each further piece. Returns how to stop. */
  subscribe(listener: (text: string) => void): () => void
}

const defaultMaxLength = 8 * 1024 * 1024
const cutNote = '\n… the log is longer than is kept; the rest is left out …\n'

export function createLiveLog(maxLength = defaultMaxLength): LiveLog {
  const listeners = new Set<(text: string) => void>()
  const pieces: string[] = []
  let length = 0

  function add(text: string): void {
    pieces.push(text)
    for (const listener of listeners) listener(text)
  }

  return {
    append(text) {
      const room = maxLength - length
      if (room <= 0 || text === '') return
      length += text.length
      // PostgreSQL text cannot hold NUL.
      add(text.slice(0, room).replaceAll('\0', ''))
      if (text.length > room) add(cutNote)
    },
    text: () => pieces.join(''),
    subscribe(listener) {
      if (pieces.length > 0) listener(pieces.join(''))
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
