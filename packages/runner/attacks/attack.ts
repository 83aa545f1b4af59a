/**
 * What an attack is: data. The programs in `programs/` carry out its steps in Python, JavaScript and C; suite.ts decides
 * whether it was contained. An attack that does not say otherwise is contained when every step is refused.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainmentCause } from '../src/types.ts'

export const LANGUAGES = ['python3', 'javascript', 'native'] as const
export type AttackLanguage = (typeof LANGUAGES)[number]
export type Phase = 'run' | 'build'

/** One line of a program's input. */
export interface Step {
  readonly line: string
  /** Preparation: it is no success of the attacker that it works. */
  readonly mayWork: boolean
}

/** What attackers are told. They know the machine well. */
export interface Target {
  readonly phase: Phase
  readonly serverPid: number
  /** A file that every uid of the host can read, and one that only the server can. */
  readonly hostFile: string
  readonly ownersFile: string
  readonly home: string
  /** Another algorithm: its artifact, its repository, and the port of a running worker's door with network `full`. */
  readonly otherArtifact: string
  readonly otherRepository: string
  readonly otherDoorPort: number
  /** A port of the host's loopback where somebody answers, and an abstract socket of the host. */
  readonly hostPort: number
  /** Addresses of the host other than the loopback. */
  readonly hostAddresses: readonly string[]
  readonly hostSocket: string
  /** Unique to the run of the suite, to find processes again. */
  readonly mark: string
}

export interface Answer {
  readonly step: Step
  readonly works: boolean
  readonly text: string
}

/** What came of an attack. */
export interface Evidence {
  /** Of the steps that were answered; those after the program's end are missing. */
  readonly answers: readonly Answer[]
  /** How the call or the build ended, as its caller or owner is told. */
  readonly ending: string
  readonly succeeded: boolean
  /** Growth of what the runner holds in memory meanwhile, at its most; 0 when the attack sets no bound to it. */
  readonly runnerGrewBytes: number
  /** Folder of the artifact, when a build made one. */
  readonly artifact: string | null
}

export interface Attack {
  readonly name: string
  /** What stops it, for people. */
  readonly stoppedBy: string
  /** What the operator sees; nothing for most refusals of the kernel. */
  readonly seenAs?: ContainmentCause
  /** Both when left out. */
  readonly phases?: readonly Phase[]
  /** All when left out: for what ends the same way whoever began it. */
  readonly languages?: readonly AttackLanguage[]
  /** Needs a process or a build of its own, because that may not survive it. */
  readonly isAlone?: true
  /** Done before by somebody else: another account's call, or an earlier build. */
  readonly accomplice?: (target: Target) => readonly Step[]
  readonly steps: (target: Target) => readonly Step[]
  /** Another call by the same caller after this one has answered. */
  readonly afterwards?: { readonly afterMs: number; readonly steps: readonly Step[] }
  readonly timeLeftMs?: number
  /** What the runner may hold more meanwhile. Only looked at where it is set: each look collects all garbage. */
  readonly mostGrowthBytes?: number
  /** Files that the attacking repository has besides; links as `{ link }`. */
  readonly files?: Readonly<Record<string, string | { readonly link: string }>>
  /** How it succeeded, or null; replaces the rule that every step must be refused. */
  readonly succeededBy?: (evidence: Evidence, target: Target) => string | null
}

type Word = string | number

export function step(operation: string, ...words: readonly Word[]): Step {
  return { line: [operation, ...words].join('\t'), mayWork: false }
}

/** The same step as preparation. */
export function may({ line }: Step): Step {
  return { line, mayWork: true }
}

export const read = (path: string) => step('read', path)
export const write = (path: string) => step('write', path)
export const list = (path: string) => step('list', path)
export const shell = (command: string) => step('shell', command)

const NUMBERS: Readonly<Record<string, readonly [x64: number, arm64: number | null]>> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../src/sandbox/seccomp/call-numbers.json'), 'utf8'),
)

/**
 * A raw system call. Arguments are numbers, `s:` and a text, `x:` and bytes in hexadecimal, `z:` and the size of an empty
 * buffer, `$` for what the last call returned.
 */
export function call(name: string, ...words: readonly Word[]): Step {
  return step('syscall', numberOf(name), ...words)
}

/** A system call with numbers only, made by a child: whoever makes it may be killed for it. */
export function inChild(name: string, ...numbers: readonly number[]): Step {
  return shell(`/usr/bin/perl -e 'exit(syscall(${[numberOf(name), ...numbers].join(', ')}) == -1)'`)
}

function numberOf(name: string): number {
  const number = NUMBERS[name]?.[process.arch === 'arm64' ? 1 : 0]
  if (number === null || number === undefined) throw new Error(`No number for the system call ${name}`)
  return number
}

/** The default rule: no step that is not preparation may have worked. */
export function anyThatWorked({ answers }: Evidence): string | null {
  const worked = answers.find((answer) => answer.works && !answer.step.mayWork)
  return worked === undefined ? null : `${worked.step.line.replaceAll('\t', ' ')} gave "${worked.text.slice(0, 120)}"`
}

/** For attacks whose own result means nothing: what counts is that nobody else notices, which is checked for all. */
export const harmless = () => null
