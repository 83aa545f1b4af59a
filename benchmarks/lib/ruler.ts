/** Starts a ruler (ruler/server.ts) in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** `python` and `javascript` have workers of their own; others are languages of `languages/`, whose bridges are the workers. */
export type RulerLanguage = 'python' | 'javascript' | (string & {})

export interface Ruler {
  readonly url: string
  close(): void
}

/** @throws Error when it does not start */
export async function startRuler(language: RulerLanguage, mode: 'strict' | 'pipelined'): Promise<Ruler> {
  const program = join(import.meta.dirname, '../ruler/server.ts')
  const child = spawn(process.execPath, [program, language, mode], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const [url] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`The ruler of ${language} did not start`))),
  ])
  return { url: `${url}/`, close: () => void child.kill('SIGKILL') }
}
