/**
 * Whether a repository is as create() made it, but for what git stores in it. Its owner's processes could write there, and
 * git does what it finds: runs programs that a configuration names, follows links and alternates to objects elsewhere, as
 * does this server with the rights of root. Nothing of ours makes such a change, so one that is found is an attack.
 */
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Left of `config` by `git init --bare`: these lines and no other. */
const CONFIGURATION = /^(?:\[core\]|\s+(?:repositoryformatversion = 0|filemode = (?:true|false)|bare = true))?$/
const LONGEST_CONFIGURATION = 1000
/** What else git keeps at the top while it works ends in `.lock`, or is the list of a shallow push. */
const FILES =
  /^(?:config|HEAD|description|packed-refs|shallow(?:_\w{6})?|fast_import_crash_\d+|(?:HEAD|config|packed-refs|shallow)\.lock)$/
const FOLDERS = ['objects', 'refs']

/** Thrown for a repository that something else than git has changed. */
export class RepositoryTouched extends Error {}

/** @throws RepositoryTouched */
export async function requireUntouched(repository: string): Promise<void> {
  const problem = await findProblem(repository)
  if (problem === undefined) return
  throw new RepositoryTouched(`the repository ${repository} was changed by something else than git: ${problem}`)
}

async function findProblem(repository: string): Promise<string | undefined> {
  const entries = await readdir(repository, { withFileTypes: true })
  const strange = entries.find((entry) => !(FOLDERS.includes(entry.name) ? entry.isDirectory() : isPlainFile(entry)))
  if (strange) return `it has ${strange.name}`
  if (await isThere(join(repository, 'objects/info/alternates'))) return 'it has alternates'
  for (const name of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags']) {
    if (await isNoFolder(join(repository, name))) return `${name} is no folder`
  }
  // This server reads it, too.
  if (await isNoFile(join(repository, 'refs/heads/master'))) return 'refs/heads/master is no file'
  return isUsual(await readFile(join(repository, 'config'), 'latin1')) ? undefined : 'its configuration'
}

function isPlainFile(entry: { readonly name: string; isFile(): boolean }): boolean {
  return FILES.test(entry.name) && entry.isFile()
}

function isUsual(configuration: string): boolean {
  return (
    configuration.length < LONGEST_CONFIGURATION && configuration.split('\n').every((line) => CONFIGURATION.test(line))
  )
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** False when nothing is there. */
async function isNoFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => !found.isDirectory(),
    () => false,
  )
}

/** False when nothing is there. */
async function isNoFile(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => !found.isFile(),
    () => false,
  )
}
