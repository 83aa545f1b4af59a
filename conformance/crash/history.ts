/** What was asked and what was answered, one line of JSON each, in a file that no crash of the server can reach. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

const LONGEST_LINE = 300

export interface History {
  readonly file: string
  write(event: string, what: Readonly<Record<string, unknown>>): void
  /** The last lines that mention a text, for the report of a violation. */
  around(text: string, count: number): string[]
  close(): void
}

export function createHistory(file: string): History {
  const descriptor = openSync(file, 'a')
  const startedAtMs = performance.now()
  return {
    file,
    write(event, what) {
      const atMs = Math.round(performance.now() - startedAtMs)
      writeSync(descriptor, `${JSON.stringify({ atMs, event, ...what })}\n`)
    },
    around: (text, count) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.includes(text) || /"event":"(round|crash)"/.test(line))
        .slice(-count)
        .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line)),
    close: () => closeSync(descriptor),
  }
}
