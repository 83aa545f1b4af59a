/**
 * Emulators of storage providers: installed once into `.tools/emulators/NAME`, outside version control, from what `tools/NAME`
 * pins, and started for a test. A machine that cannot install one says why, and its tests are skipped with that reason.
 */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'

const ROOT = resolve(import.meta.dirname, '../../../../..')
const INSTALL_TIMEOUT_MS = 9 * 60_000
const START_TIMEOUT_MS = 20_000

export type Prepared = { readonly folder: string } | { readonly unavailable: string }

/**
 * Answers the folder with a copy of `tools/NAME` in which the command ran; it runs when something in `tools/NAME` changed.
 *
 * @param command such as `['npm', 'ci']`
 */
export async function prepareEmulator(name: string, command: readonly string[]): Promise<Prepared> {
  const pinned = join(ROOT, 'tools', name)
  const folder = join(ROOT, '.tools/emulators', name)
  const stamp = await digestOf(pinned)
  if (await isMadeFrom(folder, stamp)) return { folder }
  const staging = `${folder}.${process.pid}`
  try {
    await rm(staging, { recursive: true, force: true })
    await mkdir(dirname(folder), { recursive: true })
    await cp(pinned, staging, { recursive: true })
    await runInstaller(command, staging)
    await writeFile(join(staging, '.made-from'), stamp)
    // Another test file may have been faster, and runs what it installed.
    if (await isMadeFrom(folder, stamp)) await rm(staging, { recursive: true, force: true })
    else await replaceFolder(folder, staging)
    return { folder }
  } catch (error) {
    await rm(staging, { recursive: true, force: true })
    return { unavailable: `${name} could not be installed: ${reasonOf(error, command)}` }
  }
}

async function isMadeFrom(folder: string, stamp: string): Promise<boolean> {
  return (await readFile(join(folder, '.made-from'), 'utf8').catch(() => '')) === stamp
}

async function replaceFolder(folder: string, staging: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await rename(staging, folder)
}

async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of (await readdir(folder)).sort()) hash.update(file).update(await readFile(join(folder, file)))
  return hash.digest('hex')
}

async function runInstaller([program = '', ...args]: readonly string[], cwd: string): Promise<void> {
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) }
  await promisify(execFile)(program, args, { cwd, env, timeout: INSTALL_TIMEOUT_MS, killSignal: 'SIGKILL' })
}

function reasonOf(error: unknown, [program]: readonly string[]): string {
  const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string }
  if (code === 'ENOENT') return `this machine has no \`${program}\``
  return (stderr?.trim() || message).split('\n', 1)[0] ?? ''
}

export interface Emulator {
  /** As `match` found it. */
  readonly url: string
  stop(): Promise<void>
}

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Its first group is the address, in the line of the output that tells it. */
  readonly announces: RegExp
}

/** Resolves once the program has told its address. @throws Error with what it printed when it does not */
export async function startEmulator({ command, args, env = {}, announces }: Program): Promise<Emulator> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, ...env } })
  const exited = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  try {
    return { url: await announcedIn([child.stdout, child.stderr], announces), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Goes on reading afterwards, so that the program never waits for a reader. */
function announcedIn(outputs: readonly Readable[], announces: RegExp): Promise<string> {
  const { promise, resolve: found, reject } = Promise.withResolvers<string>()
  const lines: string[] = []
  const fail = (): void => reject(new Error(`The emulator did not say where it listens:\n${lines.join('\n')}`))
  const timer = setTimeout(fail, START_TIMEOUT_MS)
  for (const output of outputs) {
    const reader = createInterface(output)
    reader.on('line', (line) => {
      if (lines.length < 50) lines.push(line)
      const [, url] = line.match(announces) ?? []
      if (url !== undefined) found(url)
    })
    reader.once('close', fail)
  }
  return promise.finally(() => clearTimeout(timer))
}
