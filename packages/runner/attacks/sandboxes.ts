/** The sandbox kinds that attacks are carried out in. `trusted` contains nothing by definition and is none of them. */
import type { RunnerOptions } from '../src/options.ts'
import { type AttackLanguage, LANGUAGES } from './attack.ts'

export interface SandboxKind {
  readonly name: string
  readonly options: Partial<RunnerOptions>
  readonly networks: readonly ('isolated' | 'full')[]
  /** Those whose workers start this way. */
  readonly languages: readonly AttackLanguage[]
  /** Builds have one sandbox, whatever workers have. */
  readonly hasBuilds: boolean
}

/** Workers that are forked, which is how Python's start; small programs from their version as well. */
const forked = (name: string, zygotes: 'environment' | 'version'): SandboxKind => ({
  name,
  options: { zygotes },
  networks: ['isolated', 'full'],
  languages: ['python3'],
  hasBuilds: false,
})

/** Workers whose program waited in a fork before it had an algorithm. */
const ahead: SandboxKind = {
  name: 'started ahead',
  options: { zygotes: 'environment' },
  networks: ['isolated', 'full'],
  languages: ['javascript'],
  hasBuilds: false,
}

export const SANDBOXES: readonly SandboxKind[] = [
  { name: 'bubblewrap', options: {}, networks: ['isolated', 'full'], languages: LANGUAGES, hasBuilds: true },
  forked('environment zygote', 'environment'),
  forked('version zygote', 'version'),
  ahead,
]

/** Stands for all attacks where this machine cannot give the sandbox, so that nothing runs in it. */
export const UNAVAILABLE = 'not available on this machine'

/** Stands for what is looked at when all attacks are over. */
export const AFTERWARDS = 'afterwards'

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
