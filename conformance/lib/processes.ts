/** Runs programs as a newcomer's terminal would: real `git` and `curl`, with nothing of this machine's configuration. */
import { spawn } from 'node:child_process'

export interface Finished {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

/** Runs a program to its end; a program that exceeds the time is killed and counts as failed. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; input?: Uint8Array | string; timeoutMs?: number; env?: Record<string, string> } = {},
): Promise<Finished> {
  const { cwd, input = '', timeoutMs = 120_000, env = {} } = options
  const { PATH, NODE_COMPILE_CACHE, CURL_CA_BUNDLE, GIT_SSL_CAINFO } = process.env
  return new Promise((settle, fail) => {
    const child = spawn(command, args, {
      cwd,
      env: { PATH, NODE_COMPILE_CACHE, CURL_CA_BUNDLE, GIT_SSL_CAINFO, HOME: '/nonexistent', LANG: 'C.UTF-8', ...env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.once('error', fail)
    child.once('close', (code) =>
      settle({ code: code ?? -1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    )
    // A program may end without reading its input.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
