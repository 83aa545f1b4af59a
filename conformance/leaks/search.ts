/** Looks for a text in everything that a user of this machine can read; the looking is in search.py. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../lib/processes.ts'

// As an argument: other users cannot read the checkout.
const PROGRAM = readFileSync(join(import.meta.dirname, 'search.py'), 'utf8')
const SECONDS = 60

export interface Search {
  readonly texts: readonly string[]
  readonly folders: readonly string[]
  /** Folders of which only the files in themselves are looked at. */
  readonly beside?: readonly string[]
  /** Files that were last changed before, in milliseconds since 1970, are passed over. */
  readonly sinceMs: number
  /** Who looks; this process's user when left out. */
  readonly uid?: number
}

export interface Found {
  /** Paths, those of processes below `/proc`. */
  readonly found: readonly string[]
  /** How many could be read. */
  readonly files: number
  readonly processes: number
}

/** @throws Error when the search did not come to its end */
export async function search({ texts, folders, beside = [], sinceMs, uid }: Search): Promise<Found> {
  const order = { needles: texts.flatMap(formsOf), folders, beside, since: sinceMs / 1000, seconds: SECONDS }
  const as = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']
  const [command = '', ...args] = [...as, '/usr/bin/python3', '-I', '-c', PROGRAM]
  const finished = await run(command, args, { input: JSON.stringify(order), cwd: '/' })
  if (finished.code !== 0) throw new Error(`The search failed: ${finished.stderr}`)
  return JSON.parse(finished.stdout.toString())
}

/** A text as it is, in hex, and in base64 wherever in it the text begins. */
export function formsOf(text: string): string[] {
  const inBase64 = [0, 1, 2].map((shift) => {
    const whole = Buffer.from(' '.repeat(shift) + text).toString('base64')
    // The first and last characters also depend on what stands around.
    return whole.slice(shift === 0 ? 0 : 4, -4)
  })
  return [text, Buffer.from(text).toString('hex'), ...inBase64]
}
