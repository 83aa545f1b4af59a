/** What the commands in bin/ know about languages: those that are named on a command line, and what this host lacks for them. */
import { type Language, languagesHere, loadLanguages, missingPackages } from '@algorist/runner/languages.ts'

/**
 * The languages that a list such as `java,ruby` names, by id or alias; `all` names every one.
 * @throws Error with the names that there are
 */
export async function findLanguages(list: string, folder: string): Promise<Language[]> {
  const languages = await loadLanguages(folder)
  const names = list.split(',').map((name) => name.trim().toLowerCase())
  if (names.length === 1 && names[0] === 'all') return languages
  return names.map((name) => {
    const found = languages.find(({ id, aliases }) => [id, ...aliases].includes(name))
    if (found) return found
    const known = languages.map(({ id }) => id).join(', ')
    throw new Error(
      `There is no language "${name}". --languages expects all, or some of ${known}, separated by commas.`,
    )
  })
}

/** Debian packages that are missing for the languages and all of their environments, each once. */
export function packagesFor(languages: readonly Language[]): string[] {
  const needs = languages.flatMap((language) => [language, ...language.environments])
  return [...new Set(needs.flatMap(missingPackages))].sort()
}

/** One line for each language that this host cannot run, with what it lacks. */
export async function describeLacking(folder: string): Promise<string[]> {
  const { lacking } = languagesHere(await loadLanguages(folder))
  return lacking.map(({ id, lacks }) => `${id}: this host lacks ${lacks.join(', ')}`)
}
