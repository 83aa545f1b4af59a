/**
 * Git processes of a server that was killed. They end by themselves when they notice, but one that has its whole input
 * goes on: it would change a repository under the next server, which would not hear of it.
 */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isErrno } from '../atomic-file.ts'

const timeoutMs = 5000

/** Kills what works on a repository in the folder. @throws Error when a process does not end */
export async function endLeftoverProcesses(folder: string): Promise<void> {
  const giveUpAtMs = performance.now() + timeoutMs
  for (;;) {
    const left = await processesOn(folder)
    if (left.length === 0) return
    if (performance.now() > giveUpAtMs) throw new Error(`git processes of an earlier server do not end: ${left}`)
    for (const pid of left) kill(pid)
    await delay(20)
  }
}

/** Told by the variables that every git process is started with; see process.ts and http-backend.ts. */
async function processesOn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const isOnFolder = await Promise.all(pids.map((pid) => worksOn(pid, folder)))
  return pids.filter((pid, index) => isOnFolder[index] && pid !== process.pid)
}

async function worksOn(pid: number, folder: string): Promise<boolean> {
  // A process of somebody else, or one that has ended.
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  const wanted = Buffer.from(folder).toString('latin1')
  return environment
    .split('\0')
    .some((variable) => variable === `GIT_PROJECT_ROOT=${wanted}` || variable.startsWith(`GIT_DIR=${wanted}/`))
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error
  }
}
