/** A server that other processes follow: its target stays, its process changes. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { algorist } from './algorist.ts'
import { startTarget, type Target } from './server.ts'
import { until, untilFound } from './until.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const END_TIMEOUT_MS = 60_000

export interface RestartedTarget extends Target {
  readonly home: string
  /** Of the process that is the server now. */
  currentPid(): Promise<number>
}

export async function startRestartable(settings: Record<string, string> = {}): Promise<RestartedTarget> {
  const target = await startTarget(settings)
  const { home } = target
  if (home === null) throw new Error('A restart needs a server of its own: unset ALGORIST_TARGET')
  const currentPid = async (): Promise<number> => JSON.parse(await readFile(join(home, 'run/server.json'), 'utf8')).pid
  return {
    ...target,
    home,
    currentPid,
    async close() {
      const pid = await currentPid().catch(() => null)
      if (pid !== null) {
        signal(pid, 'SIGTERM')
        await waitForEnd(pid)
      }
      await target.close()
    },
  }
}

/**
 * Has a new process take over and returns the ids of the two.
 *
 * @throws AssertionError with what `algorist restart` printed when none did
 */
export async function restartWell(target: RestartedTarget): Promise<{ readonly before: number; readonly now: number }> {
  const before = await target.currentPid()
  const { code, stderr } = await algorist(target.home, ['restart'])
  assert.equal(code, 0, stderr)
  const now = await target.currentPid()
  assert.notEqual(now, before)
  return { before, now }
}

/** A copy of the server's code in a folder of its own, to be changed and removed. */
export async function copyOfServer(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'algorist-version-'))
  await cp(join(ROOT, 'packages/server'), join(root, 'packages/server'), { recursive: true })
  for (const name of ['node_modules', 'languages']) await symlink(join(ROOT, name), join(root, name))
  for (const name of ['contract', 'runner']) await symlink(join(ROOT, 'packages', name), join(root, 'packages', name))
  return root
}

/**
 * Puts a statement before a place in a copy, in `file` below the server's sources.
 *
 * @returns what takes it out again
 */
export async function insertInCopy(
  root: string,
  { file, place, statement }: { readonly file: string; readonly place: string; readonly statement: string },
): Promise<() => Promise<void>> {
  const path = join(root, 'packages/server/src', file)
  const source = await readFile(path, 'utf8')
  if (!source.includes(place)) throw new Error(`${file} has no ${place}`)
  await writeFile(path, source.replace(place, `${statement}${place}`))
  return () => writeFile(path, source)
}

export const removeCopy = (root: string): Promise<void> => rm(root, { recursive: true, force: true })

/** The process that a server has started to follow it, as soon as there is one. */
export async function successorOf(pid: number): Promise<number> {
  const find = async (): Promise<number | undefined> => {
    for (const name of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
      const line = await readFile(`/proc/${name}/cmdline`, 'latin1').catch(() => '')
      if (line.includes('--successor') && (await parentOf(name)) === pid && (await isNode(name))) return Number(name)
    }
    return undefined
  }
  return untilFound(`a process that follows ${pid}`, find, { timeoutMs: END_TIMEOUT_MS, everyMs: 5 })
}

/**
 * False for one thread: every process that a server starts is for a moment a copy of the server, with its command line, which
 * says --successor when it has followed another.
 */
async function isNode(pid: string): Promise<boolean> {
  return (await readdir(`/proc/${pid}/task`).catch(() => [])).length > 1
}

async function parentOf(pid: string): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {}
}

export async function waitForEnd(pid: number, timeoutMs = END_TIMEOUT_MS): Promise<void> {
  const hasEnded = async () => !existsSync(`/proc/${pid}`) || isZombie(pid)
  await until(`the end of process ${pid}`, hasEnded, { timeoutMs, everyMs: 20 })
}

async function isZombie(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ') Z')
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
}
