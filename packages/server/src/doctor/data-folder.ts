/** What lies in the data folder, and who can get at it. Looks only; what is wrong is said, never repaired. */
import { access, constants, lstat, readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { usedShareOf } from '../disk-space.ts'
import type { Check, Finding } from './doctor.ts'

export function listDataFolderChecks(config: Config): Check[] {
  const { home } = config
  return [
    { name: 'data folder', run: () => checkDataFolder(home) },
    { name: 'data folder modes', run: () => checkModes(config) },
    { name: 'repositories', run: () => checkRepositories(config) },
    { name: 'master key', run: () => checkMasterKey(config) },
    { name: 'bootstrap.json', run: () => checkBootstrap(home) },
    { name: 'disk', run: () => checkDisk(config) },
  ]
}

async function checkDataFolder(home: string): Promise<Finding> {
  const name = 'data folder'
  if (!(await look(home))) return { name, level: 'ok', detail: `${home} will be made at the first start` }
  const isWritable = await access(home, constants.W_OK).then(
    () => true,
    () => false,
  )
  if (isWritable) return { name, level: 'ok', detail: home }
  const fix = 'set ALGORIST_HOME to a folder of your own'
  return { name, level: 'failed', detail: `${home} is not writable`, fix }
}

/** Workers and git run under other uids and must pass to what is theirs; nobody may list, and the rest is the server's. */
async function checkModes({ home, isRoot }: Config): Promise<Finding> {
  const name = 'data folder modes'
  const passable = 0o711
  const most: readonly (readonly [path: string, mode: number])[] = [
    // As an ordinary user this one closes all below it.
    [home, isRoot ? passable : 0o700],
    [join(home, 'db'), 0o700],
    [join(home, 'run'), 0o700],
    [join(home, 'data'), 0o700],
    [join(home, 'git'), passable],
    [join(home, 'runner'), passable],
  ]
  for (const [path, mode] of most) {
    const found = await look(path)
    if (found && (found.mode & ~mode) !== 0) {
      const detail = `${path} has mode ${found.mode.toString(8)}, expected ${mode.toString(8)} at most`
      return { name, level: 'failed', detail, fix: `chmod ${mode.toString(8)} ${path}` }
    }
    if (found && found.uid !== process.getuid?.()) {
      return { name, level: 'failed', detail: `${path} belongs to uid ${found.uid}, not to the server's` }
    }
  }
  return { name, level: 'ok', detail: 'only the server looks inside' }
}

/** Each repository is its owner's alone; see git/repositories.ts. */
async function checkRepositories({ home, sandbox: { uidBase } }: Config): Promise<Finding> {
  const name = 'repositories'
  const folder = join(home, 'git')
  const names = (await readdir(folder).catch(() => [])).filter((each) => each.endsWith('.git'))
  const problems: string[] = []
  for (const each of names) {
    const problem = await problemOf(join(folder, each), uidBase)
    if (problem !== undefined) problems.push(`${each} ${problem}`)
  }
  const [first] = problems
  if (first === undefined)
    return { name, level: 'ok', detail: `${names.length}, each open to its owner's processes alone` }
  return { name, level: 'failed', detail: `${problems.length} of ${names.length} are not closed, such as ${first}` }
}

async function problemOf(repository: string, uidBase: number | null): Promise<string | undefined> {
  const found = await look(repository)
  if (!found) return undefined
  if (!found.isFolder) return 'is not a folder'
  if ((found.mode & 0o007) !== 0) return `has mode ${found.mode.toString(8)}`
  const isOfAccount = uidBase === null ? found.uid === process.getuid?.() : found.gid >= uidBase
  return isOfAccount ? undefined : `belongs to uid ${found.uid}, gid ${found.gid}`
}

async function checkMasterKey({ home, masterKey }: Config): Promise<Finding> {
  const name = 'master key'
  const file = join(home, 'master.key')
  const found = await look(file)
  if (found && (found.mode & 0o077) !== 0) return readableByOthers(name, file, found.mode)
  if (masterKey !== null) return { name, level: 'ok', detail: 'given by a setting' }
  return { name, level: 'ok', detail: found ? `${file}, mode ${found.mode.toString(8)}` : 'made at the first start' }
}

async function checkBootstrap(home: string): Promise<Finding> {
  const name = 'bootstrap.json'
  const file = join(home, name)
  const found = await look(file)
  if (!found) return { name, level: 'ok', detail: 'not there' }
  if ((found.mode & 0o077) !== 0) return readableByOthers(name, file, found.mode)
  return { name, level: 'ok', detail: `${file}, mode 600; keep the keys elsewhere and delete it` }
}

function readableByOthers(name: string, file: string, mode: number): Finding {
  return {
    name,
    level: 'failed',
    detail: `${file} has mode ${mode.toString(8)}, expected 600`,
    fix: `chmod 600 ${file}`,
  }
}

async function checkDisk({ home, diskLimitPercent }: Config): Promise<Finding> {
  const folder = (await look(home)) ? home : '/'
  const { bavail, bsize } = await statfs(folder)
  const freeGib = ((bavail * bsize) / 2 ** 30).toFixed(1)
  const usedPercent = 100 * (await usedShareOf(folder))
  if (usedPercent < diskLimitPercent) return { name: 'disk', level: 'ok', detail: `${freeGib} GiB free` }
  const detail = `${usedPercent.toFixed(1)} % used: builds, pushes and stored calls are refused from ${diskLimitPercent} % on`
  return { name: 'disk', level: 'warning', detail, fix: 'free space, or set ALGORIST_DISK_LIMIT_PERCENT' }
}

interface Seen {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly isFolder: boolean
}

/** What is at a path, without following a link; null when nothing is. */
async function look(path: string): Promise<Seen | null> {
  return lstat(path).then(
    (found) => ({ mode: found.mode & 0o7777, uid: found.uid, gid: found.gid, isFolder: found.isDirectory() }),
    () => null,
  )
}
