/** The checks of `algorist doctor`, in the order of the report. A later feature adds its own to the list. */
import { execFile } from 'node:child_process'
import { access, constants, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Language } from '@algorist/runner/languages.ts'
import type { inspectSandbox } from '@algorist/runner/sandbox/inspect.ts'
import type { Config } from '../config.ts'
import { findRunningServer } from '../data-folder.ts'
import { nodeForAlgorithms } from '../node-location.ts'
import type { Check, Finding } from './doctor.ts'

const run = promisify(execFile)
const programTimeoutMs = 10_000
const lowDiskShare = 0.05

export interface CheckOptions {
  readonly config: Config
  readonly languages: readonly Language[]
  /** The runner's own examination of what its sandbox rests on. */
  readonly inspectSandbox: typeof inspectSandbox
}

export function listChecks({ config, languages, inspectSandbox }: CheckOptions): Check[] {
  return [
    { name: 'node', run: checkNode },
    { name: 'git', run: () => checkProgram('git', ['--version'], 'apt-get install git') },
    { name: 'data folder', run: () => checkDataFolder(config.home) },
    { name: 'bootstrap.json', run: () => checkBootstrap(config.home) },
    { name: 'disk', run: () => checkDisk(config.home) },
    { name: 'server', run: () => checkServer(config.home) },
    { name: 'address', run: async () => checkAddress(config) },
    { name: 'languages', run: () => Promise.all(languages.map(checkLanguage)) },
    { name: 'sandbox', run: () => checkSandbox(config, inspectSandbox) },
  ]
}

async function checkNode(): Promise<Finding[]> {
  const major = Number(process.versions.node.split('.')[0])
  const { npmFolder } = await nodeForAlgorithms()
  return [
    major >= 24
      ? { name: 'node', level: 'ok', detail: `Node ${process.versions.node}` }
      : {
          name: 'node',
          level: 'failed',
          detail: `Node ${process.versions.node}, expected 24 or newer`,
          fix: 'run bin/up',
        },
    npmFolder === null
      ? {
          name: 'npm',
          level: 'warning',
          detail: 'not found: JavaScript algorithms with dependencies cannot be built',
          fix: 'apt-get install npm',
        }
      : { name: 'npm', level: 'ok', detail: npmFolder },
  ]
}

async function checkProgram(name: string, args: readonly string[], fix: string): Promise<Finding> {
  try {
    const { stdout } = await run(name, args, { timeout: programTimeoutMs })
    return { name, level: 'ok', detail: stdout.trim().split('\n')[0] ?? '' }
  } catch (error) {
    return { name, level: 'failed', detail: error instanceof Error ? error.message : String(error), fix }
  }
}

async function checkDataFolder(home: string): Promise<Finding> {
  const name = 'data folder'
  try {
    await access(home, constants.W_OK)
    return { name, level: 'ok', detail: home }
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (isMissing) return { name, level: 'ok', detail: `${home} will be made at the first start` }
    return {
      name,
      level: 'failed',
      detail: `${home} is not writable`,
      fix: 'set ALGORIST_HOME to a folder of your own',
    }
  }
}

async function checkBootstrap(home: string): Promise<Finding> {
  const name = 'bootstrap.json'
  const file = join(home, name)
  const mode = await stat(file).then(
    (found) => found.mode & 0o777,
    () => null,
  )
  if (mode === null) return { name, level: 'ok', detail: 'not there' }
  if ((mode & 0o077) !== 0)
    return { name, level: 'failed', detail: `mode ${mode.toString(8)}, expected 600`, fix: `chmod 600 ${file}` }
  return { name, level: 'ok', detail: `${file}, mode 600; keep the keys elsewhere and delete it` }
}

async function checkDisk(home: string): Promise<Finding> {
  const { bavail, blocks, bsize } = await statfs(home).catch(() => statfs('/'))
  const freeGib = ((bavail * bsize) / 2 ** 30).toFixed(1)
  const isLow = bavail / blocks < lowDiskShare
  return {
    name: 'disk',
    level: isLow ? 'warning' : 'ok',
    detail: `${freeGib} GiB free${isLow ? ', less than 5 %' : ''}`,
  }
}

async function checkServer(home: string): Promise<Finding> {
  const server = await findRunningServer(home)
  return { name: 'server', level: 'ok', detail: server ? `runs at ${server.url} (pid ${server.pid})` : 'does not run' }
}

function checkAddress({ listen, url }: Config): Finding {
  const name = 'address'
  const isPublic = !/^(?:127\.|::1$|localhost$)/.test(listen.host)
  const isEncrypted = listen.tls !== null || url.startsWith('https:')
  if (!isPublic || isEncrypted) return { name, level: 'ok', detail: url }
  return {
    name,
    level: 'warning',
    detail: `${listen.host} is reachable from other machines without TLS: keys cross the network in the clear, and admin keys are refused from there`,
    fix: 'set ALGORIST_TLS_CERTIFICATE and ALGORIST_TLS_KEY, or put a TLS proxy in front and set ALGORIST_URL',
  }
}

async function checkLanguage({ id, display_name, run: command }: Language): Promise<Finding> {
  const program = command[0] ?? ''
  const isOurs = program.startsWith('/opt/')
  const isThere =
    isOurs ||
    (await access(program, constants.X_OK).then(
      () => true,
      () => false,
    ))
  return isThere
    ? { name: id, level: 'ok', detail: display_name }
    : {
        name: id,
        level: 'warning',
        detail: `${program} is missing: ${display_name} algorithms cannot run`,
        fix: `apt-get install ${program.split('/').at(-1)}`,
      }
}

async function checkSandbox(config: Config, inspect: CheckOptions['inspectSandbox']): Promise<Finding[]> {
  const { kind, uidBase } = config.sandbox
  const isContained = kind === 'bubblewrap'
  const found = await inspect({
    home: join(config.home, 'runner'),
    uidBase,
    sandbox: isContained ? 'bubblewrap' : 'trusted',
  })
  return found.map(({ name, ok, detail, fix }) => ({
    name,
    level: ok ? 'ok' : 'failed',
    detail,
    ...(fix === undefined ? {} : { fix }),
  }))
}
