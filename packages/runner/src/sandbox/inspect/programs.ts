/** The system programs that sandboxes rest on. */
import { access, constants } from 'node:fs/promises'
import { runTool } from '../../tool.ts'
import { type Check, failed, ok } from './check.ts'

interface Program {
  readonly path: string
  readonly name: string
  readonly why: string
  /** Of Debian. */
  readonly package: string
}

/** Without these no sandbox starts. */
export const SANDBOX_PROGRAMS: readonly Program[] = [
  { path: '/usr/bin/bwrap', name: 'bubblewrap', why: 'contains workers and builds', package: 'bubblewrap' },
  { path: '/usr/bin/prlimit', name: 'prlimit', why: 'sets resource limits', package: 'util-linux' },
  { path: '/usr/bin/perl', name: 'perl', why: 'relays the platform API into isolated workers', package: 'perl-base' },
]

export function checkPrograms(programs: readonly Program[]): Promise<Check[]> {
  return Promise.all(programs.map(checkProgram))
}

async function checkProgram({ path, name, why, package: debian }: Program): Promise<Check> {
  try {
    await access(path, constants.X_OK)
    return ok(name, path)
  } catch {
    return failed(name, `${path} is missing or cannot be run; it ${why}.`, `apt-get install ${debian}`)
  }
}

/** The first that takes its whole configuration from the environment, which is how git is kept from any other. */
const FIRST_GIT = [2, 31] as const

/** git serves pushes and checks out what is built. */
export async function checkGit(): Promise<Check> {
  const name = 'git'
  const install = 'apt-get install git'
  try {
    const printed = (await runTool('/usr/bin/git', ['--version'])).trim()
    const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(printed) ?? []).slice(1).map(Number)
    const isNew = major > FIRST_GIT[0] || (major === FIRST_GIT[0] && minor >= FIRST_GIT[1])
    return isNew ? ok(name, printed) : failed(name, `${printed}, expected ${FIRST_GIT.join('.')} or newer.`, install)
  } catch (error) {
    return failed(
      name,
      `/usr/bin/git cannot be run: ${error instanceof Error ? error.message : String(error)}`,
      install,
    )
  }
}
