/** The cases of one language: the shared ones as it overrides them, its own, and those of the stream. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LANGUAGES_FOLDER, type Language, readLanguage } from './bridge-process.ts'
import { CASES, type Case } from './cases.ts'
import { runCase, type StartBridge } from './run-case.ts'
import { STREAM_CASES } from './stream-cases.ts'

/** `cases/differences.json`: replaced members of shared cases by name, each with a reason, and cases of its own. */
interface Differences {
  readonly differs: Readonly<Record<string, Partial<Case> & { readonly reason: string; readonly skip?: boolean }>>
  readonly own: readonly Case[]
}

export interface LanguageCase {
  readonly name: string
  readonly kind: 'shared' | 'own' | 'stream'
  /** Why what is expected is not what the shared case says; null when it is. */
  readonly reason: string | null
  /** It is not run, for the same reason. */
  readonly isSkipped: boolean
  run(start: StartBridge): Promise<void>
}

/** In the order of the shared cases, its own after them. */
export function casesOf(language: Language): LanguageCase[] {
  const { differs, own } = readDifferences(language)
  const shared = CASES.map((each): LanguageCase => {
    const { reason, skip, ...changed } = differs[each.name] ?? { reason: null }
    const wanted = { ...each, ...changed }
    const run = (start: StartBridge) => runCase(start, wanted)
    return { name: each.name, kind: 'shared', reason, isSkipped: skip === true, run }
  })
  const plain = { reason: null, isSkipped: false }
  return [
    ...shared,
    ...STREAM_CASES.map((each): LanguageCase => ({ ...each, ...plain, kind: 'stream' })),
    ...own.map(
      (each): LanguageCase => ({ ...plain, name: each.name, kind: 'own', run: (start) => runCase(start, each) }),
    ),
  ]
}

/** Names in `differences.json` that are no shared case. */
export function unknownDifferences(language: Language): string[] {
  const names = new Set(CASES.map(({ name }) => name))
  return Object.keys(readDifferences(language).differs).filter((name) => !names.has(name))
}

/** Those in `languages/` that speak frames, sorted. */
export function framedLanguages(): Language[] {
  const folders = readdirSync(LANGUAGES_FOLDER).filter((name) =>
    existsSync(join(LANGUAGES_FOLDER, name, 'language.json')),
  )
  return folders
    .sort()
    .map(readLanguage)
    .filter(({ protocol }) => protocol === 'frames')
}

function readDifferences({ folder }: Language): Differences {
  return JSON.parse(readFileSync(join(folder, 'cases', 'differences.json'), 'utf8')) as Differences
}
