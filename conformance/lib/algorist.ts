/** `algorist` as an operator runs it, on the data folder of a server that runs or does not. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Json } from './curl.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const CLI = 'packages/server/src/cli.ts'

export interface CommandEnd {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCommand {
  readonly child: ChildProcess
  readonly ended: Promise<CommandEnd>
}

export interface CommandOptions {
  /** Environment variables besides the data folder. */
  readonly settings?: Readonly<Record<string, string>>
  /** What it finds on standard input. */
  readonly input?: string
  /** The tree of which the command is; this repository when left out. */
  readonly root?: string
}

export function startAlgorist(home: string, args: readonly string[], options: CommandOptions = {}): RunningCommand {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const env = { PATH, NODE_COMPILE_CACHE, HOME: '/nonexistent', ALGORIST_HOME: home, ...options.settings }
  const child = spawn(process.execPath, [join(options.root ?? ROOT, CLI), ...args], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // A command may end without reading its input.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input)
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  return { child, ended: ended.then(([[code], stdout, stderr]) => ({ code, stdout, stderr })) }
}

export function algorist(home: string, args: readonly string[], options?: CommandOptions): Promise<CommandEnd> {
  return startAlgorist(home, args, options).ended
}

/** What it prints for programs. Fails with its words when it does not end with 0. */
export async function succeed(home: string, args: readonly string[], options?: CommandOptions): Promise<Json> {
  const { code, stdout, stderr } = await algorist(home, [...args, '--json'], options)
  assert.equal(code, 0, `algorist ${args.join(' ')}: ${stderr}`)
  return JSON.parse(stdout)
}

/** Fails unless it ends with 1 and these words. */
export async function refuse(
  home: string,
  args: readonly string[],
  reason: RegExp,
  options?: CommandOptions,
): Promise<void> {
  const { code, stderr } = await algorist(home, args, options)
  assert.equal(code, 1, `algorist ${args.join(' ')}: ${stderr}`)
  assert.match(stderr, reason)
}
