/** `algorist restart`: asks the running server to hand over to a new process, and says how it went. */
import type { Config } from '../config.ts'
import { findRunningServer, operatorSocket, readServerFile } from '../data-folder.ts'
import { askServer } from '../operator/ask-server.ts'
import type { Output } from '../operator/run-command.ts'
import type { NewCode } from './hand-over.ts'
import { RESTART } from './restart-command.ts'

/** Resolves when the new process serves, or the old one goes on. */
export async function askForRestart({ home }: Pick<Config, 'home'>, code: NewCode): Promise<Output> {
  const before = await findRunningServer(home)
  if (!before?.url) {
    return refused(
      `No server runs on the data folder ${home}: there is nothing to hand over. Start one with "algorist serve"`,
    )
  }
  try {
    const { code: exitCode, stderr } = await askServer(operatorSocket(home), {
      args: [RESTART],
      input: JSON.stringify(code),
      folder: home,
    })
    if (exitCode !== 0) return refused(`${stderr.trim()}\nProcess ${before.pid} goes on as before.`)
  } catch (error) {
    return refused((error as Error).message)
  }
  const after = await readServerFile(home)
  const stdout = `Process ${after?.pid} serves ${after?.url}; process ${before.pid} finishes what it has begun and ends.\n`
  return { code: 0, stdout, stderr: '' }
}

function refused(message: string): Output {
  return { code: 1, stdout: '', stderr: `${message}\n` }
}
