/**
 * Where client packages are installed: `.tools/clients/NAME`, outside version control and kept between runs. A folder
 * is used again when it was made from the same files by the same programs.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Finished, run } from '../../lib/processes.ts'

const TOOLBOX = resolve(import.meta.dirname, '../../../.tools/clients')
const INSTALL_TIMEOUT_MS = 9 * 60_000

export interface Tool {
  /** The folder's name. */
  readonly name: string
  /** Absolute paths; a change of any of them installs anew. */
  readonly madeFrom: readonly string[]
  /** Versions of the programs that matter to what is installed. */
  readonly madeBy: string
  /** Whether what is left of an earlier installation makes the next one faster and does no harm. */
  readonly isIncremental?: boolean
  install(folder: string): Promise<void>
}

/** Installs what is not there yet; answers the folder. */
export async function prepareTool(tool: Tool): Promise<string> {
  const folder = join(TOOLBOX, tool.name)
  const stampFile = join(folder, '.made-from')
  const stamp = stampOf(tool)
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return folder
  // Never a stamp of before on what a broken installation left.
  await rm(tool.isIncremental ? stampFile : folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await tool.install(folder)
  await writeFile(stampFile, stamp)
  return folder
}

function stampOf({ madeFrom, madeBy }: Tool): string {
  const hash = createHash('sha256').update(madeBy)
  for (const file of madeFrom) hash.update(file).update(readFileSync(file))
  return hash.digest('hex')
}

/** Runs an installer with this environment, which may name mirrors and proxies. @throws Error with what it printed */
export async function install(command: string, args: readonly string[], cwd: string): Promise<Finished> {
  const env = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])))
  const finished = await run(command, args, { cwd, env, timeoutMs: INSTALL_TIMEOUT_MS })
  if (finished.code === 0) return finished
  throw new Error(`${command} ${args.join(' ')} ended with ${finished.code}:\n${finished.stdout}${finished.stderr}`)
}

/**
 * What a program says of its version.
 * @param debianPackages that hold it, for the command that is printed when it is missing
 */
export async function requireProgram(
  command: string,
  args: readonly string[],
  debianPackages: string,
): Promise<string> {
  try {
    const { stdout, stderr } = await install(command, args, process.cwd())
    return `${stdout}${stderr}`.trim()
  } catch (error) {
    const advice = `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${debianPackages}`
    throw new Error(`This suite needs \`${command}\`. Install it with:  ${advice}`, { cause: error })
  }
}
