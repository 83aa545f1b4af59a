/** Runs a system program to its end, off the main thread and with nothing of the server's environment. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const LONGEST_OUTPUT_BYTES = 256 * 1024 * 1024

/**
 * Returns what the program printed.
 * @throws Error with the program's own words when it fails
 */
export async function runTool(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(program, args, {
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
      maxBuffer: LONGEST_OUTPUT_BYTES,
    })
    return stdout
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new Error(`${program} failed: ${stderr?.trim() || message}`)
  }
}
