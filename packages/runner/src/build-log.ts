/** The log of one build as it is streamed: text in whole characters, bounded to a head and a tail. */
import { StringDecoder } from 'node:string_decoder'

/** First line of every build log; clients wait for it. */
const FIRST_LINE = 'Beginning container customization\n'

export interface BuildLog {
  /** Takes output of the build. */
  write(bytes: Buffer): void
  /** Adds a line of the platform's own. */
  line(text: string): void
  /** Sends what was held back. */
  end(): void
}

/** Streams the first half of `capBytes` at once, and of what follows the last half at the end. */
export function createBuildLog(capBytes: number, onLog: (text: string) => void): BuildLog {
  const half = Math.floor(capBytes / 2)
  const decoder = new StringDecoder('utf8')
  let sentLength = 0
  let tail = ''
  let leftOutLength = 0

  function add(text: string): void {
    if (text === '') return
    const now = sentLength < half ? text.slice(0, half - sentLength) : ''
    sentLength += now.length
    if (now !== '') onLog(now)
    tail += text.slice(now.length)
    // Cut in large steps, so that a flood of small pieces costs little.
    if (tail.length > 2 * half) cutTail()
  }

  function cutTail(): void {
    const surplus = tail.length - half
    if (surplus <= 0) return
    leftOutLength += surplus
    tail = tail.slice(surplus)
  }

  add(FIRST_LINE)
  return {
    write: (bytes) => add(decoder.write(bytes)),
    line: (text) => add(`${text}\n`),
    end() {
      add(decoder.end())
      cutTail()
      if (leftOutLength > 0) onLog(`\n[${leftOutLength} characters left out]\n`)
      if (tail !== '') onLog(tail)
      tail = ''
    },
  }
}
