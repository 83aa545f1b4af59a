/** The sandbox kinds that attacks are carried out in. `trusted` contains nothing by definition and is none of them. */
import type { RunnerOptions } from '../src/options.ts'

export interface SandboxKind {
  readonly name: string
  readonly options: Partial<RunnerOptions>
  readonly networks: readonly ('isolated' | 'full')[]
  /** Builds have one sandbox, whatever workers have. */
  readonly hasBuilds: boolean
}

export const SANDBOXES: readonly SandboxKind[] = [
  { name: 'bubblewrap', options: { sandbox: 'bubblewrap' }, networks: ['isolated', 'full'], hasBuilds: true },
]

/** What one attack came to in one language in one column. */
export interface Finding {
  readonly attack: string
  readonly column: string
  readonly language: string
  /** What the attacker achieved; null: contained. */
  readonly problem: string | null
  /** Whether the runner's log has it, for attacks that promise so. */
  readonly wasSeen: boolean | null
  readonly tookMs: number
}
