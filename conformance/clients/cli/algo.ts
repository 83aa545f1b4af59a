/** One user of the `algo` program: a home folder with a profile, an empty folder to work in, nothing of this machine. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Finished, run } from '../../lib/processes.ts'

export interface Algo {
  /** The home folder. */
  readonly home: string
  /** The folder that commands run in. */
  readonly work: string
  run(args: readonly string[], input?: string): Promise<Finished>
  /** The output without its last line break. @throws Error when the program fails */
  print(args: readonly string[]): Promise<string>
}

/**
 * @param library the folder of the installed package
 * @param authority PEM file: some commands ignore the profile's and ask `requests` for its default
 */
export async function createAlgo(folder: string, library: string, authority: string): Promise<Algo> {
  const home = join(folder, 'home')
  // The program looks for its package in the parent folder first.
  const work = join(folder, 'parent/work')
  await mkdir(home, { recursive: true })
  await mkdir(work, { recursive: true })
  const env = {
    HOME: home,
    PYTHONPATH: library,
    PYTHONDONTWRITEBYTECODE: '1',
    REQUESTS_CA_BUNDLE: authority,
    GIT_TERMINAL_PROMPT: '0',
  }
  const runAlgo = (args: readonly string[], input = ''): Promise<Finished> =>
    run('python3', [join(library, 'bin/algo'), ...args], { cwd: work, env, input })
  return {
    home,
    work,
    run: runAlgo,
    print: async (args) => {
      const finished = await runAlgo(args)
      if (finished.code === 0) return finished.stdout.toString().replace(/\n$/, '')
      throw new Error(`algo ${args.join(' ')} ended with ${finished.code}: ${finished.stdout}${finished.stderr}`)
    },
  }
}
