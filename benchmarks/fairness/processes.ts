/** The processes of the fairness bench: floods, and a server that only answers 429. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

type Program = ChildProcessByStdio<Writable, Readable, null>

export interface Flood {
  /** Answers so far, by status. */
  counts(): Promise<Readonly<Record<string, number>>>
  stop(): Promise<void>
}

function start(file: string, args: readonly string[]): { program: Program; nextLine: () => Promise<string> } {
  const program = spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: program.stdout })
  return { program, nextLine: async () => String((await once(lines, 'line'))[0]) }
}

async function end(program: Program): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return
  const ended = once(program, 'exit')
  program.stdin.end()
  await ended
}

/** @param urls the connections are dealt out among them */
export function startFlood(urls: readonly string[], key: string, connections: number): Flood {
  const { program, nextLine } = start('flood.ts', [key, String(connections), ...urls])
  return {
    async counts() {
      const line = nextLine()
      program.stdin.write('\n')
      return JSON.parse(await line)
    },
    stop: () => end(program),
  }
}

export async function startOnly429(): Promise<{ url: string; close(): Promise<void> }> {
  const { program, nextLine } = start('only-429.ts', [])
  return { url: await nextLine(), close: () => end(program) }
}
