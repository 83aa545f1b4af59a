/**
 * Puts the peers into a cache folder, each Python peer in a virtual environment of its own and all of npm in one folder,
 * in exactly the pinned versions. What is there already is not fetched again.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Installed {
  /** Of the programs to run, and the modules they import. */
  readonly servers: string
  /** Of the programs that the packages brought. */
  readonly bin: string
}

const SERVERS = join(import.meta.dirname, 'servers')
const PYTHON_PINS = join(import.meta.dirname, 'python')
const NPM_PINS = join(import.meta.dirname, 'npm')
const SYSTEM_PYTHON = '/usr/bin/python3'
const TIMEOUT_MS = 10 * 60_000
const DONE = 'installed'

/** @throws Error with what pip said */
export async function installPython(cache: string, id: string): Promise<Installed> {
  const pins = join(PYTHON_PINS, `${id}.txt`)
  const folder = join(cache, `python-${id}-${await digestOf([pins])}`)
  await once(folder, async () => {
    await run(SYSTEM_PYTHON, ['-m', 'venv', folder])
    // The pins are complete: nothing is left to resolve.
    const options = ['--no-input', '--disable-pip-version-check', '--quiet', '--no-deps']
    await run(join(folder, 'bin/pip'), ['install', ...options, '--requirement', pins])
  })
  return { servers: SERVERS, bin: join(folder, 'bin') }
}

/** @throws Error with what npm said */
export async function installNpm(cache: string): Promise<Installed> {
  const pins = [join(NPM_PINS, 'package.json'), join(NPM_PINS, 'package-lock.json')]
  const folder = join(cache, `npm-${await digestOf(pins)}`)
  await once(folder, async () => {
    for (const name of await readdir(NPM_PINS)) await cp(join(NPM_PINS, name), join(folder, name))
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], folder)
  })
  // Beside node_modules, where their imports look.
  const servers = join(folder, 'servers')
  await cp(SERVERS, servers, { recursive: true })
  return { servers, bin: join(folder, 'node_modules/.bin') }
}

/** The version that a file of pins names. @throws Error when it names none */
export async function pinnedVersion(language: 'Python' | 'JavaScript', id: string, name: string): Promise<string> {
  const version =
    language === 'Python'
      ? (await readFile(join(PYTHON_PINS, `${id}.txt`), 'utf8')).match(new RegExp(`^${name}==(\\S+)$`, 'm'))?.[1]
      : JSON.parse(await readFile(join(NPM_PINS, 'package.json'), 'utf8')).dependencies[name]
  if (version === undefined) throw new Error(`No version of ${name} is pinned`)
  return version
}

/** Makes a folder complete or not at all. */
async function once(folder: string, fill: () => Promise<void>): Promise<void> {
  const done = join(folder, DONE)
  if (existsSync(done)) return
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  try {
    await fill()
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  await writeFile(done, '')
}

async function digestOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 12)
}

async function run(file: string, args: readonly string[], cwd?: string): Promise<void> {
  // Packages for JavaScript look at the Node that installs them; it shall be the one that runs them.
  const env = { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env.PATH}` }
  try {
    await promisify(execFile)(file, args, { cwd, env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' })
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    const last = stderr.split('\n').at(-1) || (error instanceof Error ? error.message : String(error))
    throw new Error(`not installed: ${last}`, { cause: error })
  }
}
