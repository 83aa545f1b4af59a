/** Can workers be forked here (decision 0044)? Makes, in a real template's sandbox, what each fork makes for itself. */

import type { ZygoteMode } from '../../options.ts'
import { FORK_NAMESPACES } from '../../zygote/fork-namespaces.ts'
import { type Architecture, numbersOf } from '../seccomp/compile.ts'
import { type Check, ok, skipped, warning } from './check.ts'
import { type ProbeOptions, probe } from './probe.ts'

const NAME = 'templates of workers'
const NEWNET = 0x4000_0000
const architecture: Architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
const UNSHARE = numbersOf(architecture).get('unshare') ?? 0

const MAKE_NAMESPACES = `
print syscall(${UNSHARE}, ${FORK_NAMESPACES | NEWNET}) == 0 ? 'made' : "refused: $!";
`

/** @param broken names of the lines that failed, without which no sandbox starts */
export async function checkTemplates(
  mode: ZygoteMode,
  options: Pick<ProbeOptions, 'home' | 'uid' | 'groups'>,
  broken: readonly string[],
): Promise<Check> {
  if (mode === 'off') return ok(NAME, 'Not used, as the settings say: every worker is started by itself.')
  if (broken.length > 0) return skipped(NAME, broken)
  const { printed } = await probe({ ...options, program: MAKE_NAMESPACES, isTemplate: true })
  if (printed === 'made')
    return ok(NAME, `A sandbox can make others inside: workers are forked, by ${mode}, or started ahead.`)
  return warning(
    NAME,
    `A sandbox cannot make others inside (${printed || 'it printed nothing'}): every worker is started by itself.`,
    'User namespaces must be allowed inside of user namespaces: raise sysctl user.max_user_namespaces.',
  )
}
