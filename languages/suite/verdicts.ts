/** What came of the cases of languages, and the two ways of showing it: lines for people, and the table of TABLE.md. */
import { type Language, missingPackages } from './bridge-process.ts'
import { casesOf, type LanguageCase } from './language-cases.ts'
import { withBridges } from './run-case.ts'

/** `differs`: passes, and what is expected is another thing than of other languages, for a reason. */
export type Mark = 'passes' | 'differs' | 'skipped' | 'FAILS'

export interface Verdict {
  readonly name: string
  readonly kind: LanguageCase['kind']
  readonly mark: Mark
  /** Why it differs or is skipped, or how it fails; empty when it passes. */
  readonly detail: string
}

export interface Verdicts {
  readonly language: Language
  readonly verdicts: readonly Verdict[]
}

const LIMIT_MS = 60_000

/** Runs every case of a language; those of one that this host lacks programs for are skipped. */
export async function judge(language: Language, onVerdict: (verdict: Verdict) => void = () => {}): Promise<Verdicts> {
  const missing = missingPackages(language)
  const verdicts: Verdict[] = []
  for (const each of casesOf(language)) {
    const lacks = missing.length === 0 ? null : `this host lacks ${missing.join(', ')}`
    const verdict = await judgeCase(language, each, lacks)
    verdicts.push(verdict)
    onVerdict(verdict)
  }
  return { language, verdicts }
}

async function judgeCase(language: Language, wanted: LanguageCase, lacks: string | null): Promise<Verdict> {
  const { name, kind, reason } = wanted
  if (lacks !== null) return { name, kind, mark: 'skipped', detail: lacks }
  if (wanted.isSkipped) return { name, kind, mark: 'skipped', detail: reason ?? '' }
  try {
    await withBridges(language, LIMIT_MS, wanted.run)
    return { name, kind, mark: reason === null ? 'passes' : 'differs', detail: reason ?? '' }
  } catch (error) {
    return { name, kind, mark: 'FAILS', detail: error instanceof Error ? error.message : String(error) }
  }
}

/** One line for people; how it fails is indented below. */
export function formatVerdict({ name, mark, detail }: Verdict): string {
  const below = detail === '' ? [] : detail.split('\n').map((line) => `           ${line}`)
  return [`${mark.padEnd(9)}  ${name}`, ...below].join('\n')
}

/** What the table would say if no case fails, without running one. */
export function expectedVerdicts(language: Language): Verdicts {
  const verdicts = casesOf(language).map(({ name, kind, reason, isSkipped }): Verdict => {
    if (reason === null) return { name, kind, mark: 'passes', detail: '' }
    return { name, kind, mark: isSkipped ? 'skipped' : 'differs', detail: reason }
  })
  return { language, verdicts }
}

/** Languages × cases as Markdown, with the reasons below. */
export function renderTable(all: readonly Verdicts[]): string {
  const first = all[0]?.verdicts ?? []
  const names = first.filter(({ kind }) => kind !== 'own').map(({ name }) => name)
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const of = ({ verdicts }: Verdicts, name: string) =>
    verdicts.find((each) => each.kind !== 'own' && each.name === name)
  const own = ({ verdicts }: Verdicts) => {
    const cases = verdicts.filter(({ kind }) => kind === 'own')
    return `${cases.filter(({ mark }) => mark === 'passes').length} of ${cases.length}`
  }
  return [
    row(['case', ...all.map(({ language }) => language.id)]),
    row(['---', ...all.map(() => '---')]),
    ...names.map((name) => row([name, ...all.map((each) => of(each, name)?.mark ?? '–')])),
    row(['cases of its own that pass', ...all.map(own)]),
    '',
    ...all.flatMap(reasons),
  ].join('\n')
}

function reasons({ language, verdicts }: Verdicts): string[] {
  const told = verdicts.filter(({ detail }) => detail !== '')
  if (told.length === 0) return []
  const lines = told.map(({ name, mark, detail }) => `- *${name}* ${mark}: ${detail.split('\n')[0]}`)
  return [`## ${language.id}`, '', ...lines, '']
}
