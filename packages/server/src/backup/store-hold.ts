/** Keeps a data folder from losing files while it is copied: through its server, or by the lock when none runs. */
import { setTimeout as delay } from 'node:timers/promises'
import { isErrno } from '../atomic-file.ts'
import { findRunningServer, openDataFolder, operatorSocket } from '../data-folder.ts'
import { HandingOver, openAnswer } from '../operator/ask-server.ts'
import { BackupError } from './format.ts'

export interface StoreHold {
  /** Aborted, with a BackupError, when files may be removed again. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

/** Where the server answers operators that ask for a hold. */
export const HOLD_ADDRESS = '/removals/hold'

/** A server that starts has the lock before it listens. */
const STARTING_MS = 30_000
const RETRY_MS = 200

/** @param home a data folder that is there */
export async function holdStore(home: string): Promise<StoreHold> {
  const giveUpAt = Date.now() + STARTING_MS
  for (;;) {
    const server = await findRunningServer(home)
    if (!server) return holdFolder(home)
    try {
      return await holdByServer(operatorSocket(home))
    } catch (error) {
      const isStarting = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET'].some((code) => isErrno(error, code))
      if (!(isStarting || error instanceof HandingOver) || Date.now() > giveUpAt) throw error
      await delay(RETRY_MS)
    }
  }
}

/** No server starts meanwhile: it says that the folder is in use. */
async function holdFolder(home: string): Promise<StoreHold> {
  const folder = await openDataFolder(home)
  return { lost: new AbortController().signal, release: folder.close }
}

async function holdByServer(socket: string): Promise<StoreHold> {
  const answer = await openAnswer(socket, HOLD_ADDRESS)
  const lost = new AbortController()
  answer.ended.then((reason) => {
    const why = reason || 'the server ended'
    lost.abort(new BackupError(`There is no backup: ${why} while it was made. Run the command again`))
  })
  return { lost: lost.signal, release: async () => answer.close() }
}
