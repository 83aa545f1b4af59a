/** Every attack of the suite, in the order of its table. */
import type { Attack } from '../attack.ts'
import { BUILD_ATTACKS } from './builds.ts'
import { EXHAUSTION_ATTACKS } from './exhaustion.ts'
import { FILE_ATTACKS } from './files.ts'
import { KERNEL_ATTACKS } from './kernel.ts'
import { NETWORK_ATTACKS } from './network.ts'
import { PROCESS_ATTACKS } from './processes.ts'
import { PROTOCOL_ATTACKS } from './protocol.ts'

export const THEMES: Readonly<Record<string, readonly Attack[]>> = {
  Files: FILE_ATTACKS,
  Kernel: KERNEL_ATTACKS,
  'Processes, and whoever comes next': PROCESS_ATTACKS,
  Network: NETWORK_ATTACKS,
  'The runner': PROTOCOL_ATTACKS,
  'Builds and artifacts': BUILD_ATTACKS,
  'Taking everything': EXHAUSTION_ATTACKS,
}

export const ATTACKS: readonly Attack[] = Object.values(THEMES).flat()
