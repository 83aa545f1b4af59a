/** Tells systemd which process the service is now and that it is ready. Without systemd it does nothing. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Logger } from 'pino'

const TIMEOUT_MS = 10_000

/** @param socket NOTIFY_SOCKET of the server's environment. Never rejects: the service works also when nobody is told. */
export async function notifyReady(socket: string | undefined, log: Logger): Promise<void> {
  if (!socket) return
  const args = ['--ready', `--pid=${process.pid}`, `--status=Serving as process ${process.pid}`]
  const env = { NOTIFY_SOCKET: socket, PATH: '/usr/bin:/bin' }
  try {
    await promisify(execFile)('systemd-notify', args, { env, timeout: TIMEOUT_MS })
  } catch (err) {
    log.warn({ err }, 'systemd could not be told that the server is ready')
  }
}
