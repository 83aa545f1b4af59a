/**
 * How a helper under an account's uid gets to the tunnel device. Distributions let everybody open it, since making an interface
 * takes rights over a network all the same; where only root may, as in many containers and virtual machines, helpers start
 * in a view of the file system in which everybody may. One process keeps it for all of them: to make it takes four programs.
 */
import { statSync } from 'node:fs'
import { type Helper, startHelper } from './helper.ts'

const TUN = '/dev/net/tun'
/** What is mounted or unmounted on the host later is so in the view. */
const NEW_VIEW = ['unshare', '--mount', '--propagation', 'slave', '--']
const KEEP = `mount -t tmpfs -o mode=755,size=64k tmpfs ${TUN.replace('/tun', '')} && mknod -m 666 ${TUN} c 10 200 && echo ready && read -r end`
const START_TIMEOUT_MS = 10_000

/** How a program is started. */
export interface Start {
  readonly command: readonly string[]
  /** Under this uid and group; null for the server's own. */
  readonly uid: number | null
}

export interface TunnelView {
  /** How the command is started under the uid, so that it can open the device. @throws Error when the view cannot be made */
  startUnder(uid: number | null, command: readonly string[]): Promise<Start>
  /** Nothing is started in it any more. */
  close(): Promise<void>
}

export function createTunnelView(): TunnelView {
  let keeper: Promise<Helper> | null = null

  function keep(): Promise<Helper> {
    const made = startHelper({
      ...{ command: [...NEW_VIEW, 'sh', '-c', KEEP], uid: null },
      ...{ lifeFd: 0, readyFd: 1, timeoutMs: START_TIMEOUT_MS },
    })
    made.catch(() => {
      if (keeper === made) keeper = null
    })
    return made
  }

  /** The one that runs, or a new one. */
  async function running(): Promise<Helper> {
    const last = keeper
    const helper = await last
    if (helper?.isRunning()) return helper
    // Others may have waited for the same one, and been first.
    if (keeper === last) keeper = keep()
    return running()
  }

  return {
    async startUnder(uid, command) {
      if (uid === null || isOpenToAll()) return { command, uid }
      const { pid } = await running()
      // Its root as well: a server that was given another root would leave it by the view alone.
      const enter = ['nsenter', `--target=${pid}`, '--mount', '--root', `--setuid=${uid}`, `--setgid=${uid}`, '--']
      return { command: [...enter, ...command], uid: null }
    },
    async close() {
      const last = await keeper?.catch(() => null)
      await last?.end()
    },
  }
}

/** Everybody may open the device here, so that no view is made. */
export function isOpenToAll(): boolean {
  try {
    return (statSync(TUN).mode & 0o006) === 0o006
  } catch {
    return false
  }
}
