/** Which environments there are, and which one a request means (rest-api.md 3.2, 3.12). */
import { ApiError } from '@algorist/contract/errors.ts'
import type {
  Environment as ShownEnvironment,
  Language as ShownLanguage,
} from '@algorist/contract/operations/environments.ts'
import type { Environment, Language } from '@algorist/runner/languages.ts'

export interface Chosen {
  readonly language: Language
  readonly environment: Environment
}

/** How a request picks an environment; the first member that is there decides. */
export interface EnvironmentSelector {
  readonly algorithm_environment?: string | undefined
  readonly package_set?: string | undefined
  readonly language?: string | undefined
  /** Machine type: `cpu` or `gpu`. */
  readonly environment?: string | undefined
}

/** A client takes the first line of the list for this one; it is listed although nothing can be built with it. */
const alwaysFirst: ShownLanguage = {
  name: 'anaconda3',
  display_name: 'Conda (Environments) - beta',
  configuration: JSON.stringify({
    display_name: 'Conda (Environments) - beta',
    req_files: ['environment.yml'],
    artifacts: [],
  }),
}

/** Languages that exist in the API and have no environment here; asking for them is another mistake than a typo. */
const knownElsewhere = new Set([
  ...['anaconda3', 'csharp-dotnet-core2', 'java', 'java11', 'python2', 'python2-langpack', 'python2-lackpack', 'r'],
  ...['r36', 'ruby', 'rust', 'scala', 'scala-2'],
])

/**
 * The environment that a request means, or undefined when it names none.
 * @throws UnknownAlgorithmLanguage, UnsupportedAlgorithmLanguage, PackageSetNotFound, UnsupportedMachineType
 */
export function chooseEnvironment(languages: readonly Language[], selector: EnvironmentSelector): Chosen | undefined {
  const chosen = byId(languages, selector) ?? byPackageSet(languages, selector) ?? byLanguage(languages, selector)
  if (selector.environment === 'gpu' && chosen?.environment.machine_type !== 'GPU') {
    throw new ApiError('UnsupportedMachineType', 'This server has no environment with a GPU for this algorithm')
  }
  return chosen
}

function byId(languages: readonly Language[], { algorithm_environment }: EnvironmentSelector): Chosen | undefined {
  if (!algorithm_environment) return undefined
  const found = everyEnvironment(languages).find(
    ({ environment }) => environment.id === algorithm_environment.toLowerCase(),
  )
  if (found) return found
  throw new ApiError('UnknownAlgorithmLanguage', `There is no environment with the id '${algorithm_environment}'`)
}

/** Package sets are what environments were called before: `python38` is `Python 3.8`. */
function byPackageSet(languages: readonly Language[], { package_set }: EnvironmentSelector): Chosen | undefined {
  if (!package_set) return undefined
  const wanted = plain(package_set)
  const all = everyEnvironment(languages)
  const found =
    all.find(({ environment }) => plain(environment.display_name) === wanted) ??
    all.find(({ language }) => plain(language.id) === wanted)
  if (found) return found
  throw new ApiError('PackageSetNotFound', `There is no package set '${package_set}'`)
}

function byLanguage(
  languages: readonly Language[],
  { language: name, environment }: EnvironmentSelector,
): Chosen | undefined {
  if (!name) return undefined
  const language = findLanguage(languages, name)
  if (!language) {
    const isKnown = knownElsewhere.has(name.toLowerCase())
    throw new ApiError(
      isKnown ? 'UnsupportedAlgorithmLanguage' : 'UnknownAlgorithmLanguage',
      `This server has no language '${name}'`,
    )
  }
  const machineType = environment?.toUpperCase()
  const [first] = language.environments
  const suiting = language.environments.find(({ machine_type }) => machine_type === machineType)
  const chosen = suiting ?? first
  if (!chosen) throw new ApiError('UnsupportedAlgorithmLanguage', `The language '${name}' has no environment here`)
  return { language, environment: chosen }
}

/** By folder name or alias, in any case. */
export function findLanguage(languages: readonly Language[], name: string): Language | undefined {
  const wanted = name.toLowerCase()
  return (
    languages.find(({ id }) => id === wanted) ??
    languages.find(({ aliases }) => aliases.some((alias) => alias.toLowerCase() === wanted))
  )
}

function everyEnvironment(languages: readonly Language[]): Chosen[] {
  return languages.flatMap((language) => language.environments.map((environment) => ({ language, environment })))
}

/** Letters and digits only: `Python 3.8`, `python-3.8` and `python38` are one. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}

export function listLanguages(languages: readonly Language[]): ShownLanguage[] {
  return [alwaysFirst, ...languages.filter(({ id }) => id !== alwaysFirst.name).map(renderLanguage)]
}

/** Empty for a language that this server has no environment for (rest-api.md 3.12, X15). */
export function listEnvironments(languages: readonly Language[], name: string): { environments: ShownEnvironment[] } {
  const language = findLanguage(languages, name)
  return { environments: language?.environments.map((environment) => render({ language, environment })) ?? [] }
}

/** Those of every language, turned off or not. */
export function listAllEnvironments(languages: readonly Language[]): ShownEnvironment[] {
  return everyEnvironment(languages).map(render)
}

function render({ language, environment }: Chosen): ShownEnvironment {
  return {
    id: environment.id,
    environment_specification_id: environment.specification_id,
    display_name: environment.display_name,
    description: environment.description,
    created_at: (environment.created_at ?? '1970-01-01T00:00:00.000').replace(/Z$/, ''),
    language: renderLanguage(language),
    machine_type: environment.machine_type === 'GPU' ? 'GPU' : 'CPU',
  }
}

/** The language whose template belongs to an environment specification. @throws PathNotFound */
export function languageOfSpecification(languages: readonly Language[], specificationId: string): Language {
  const found = everyEnvironment(languages).find(
    ({ environment }) => environment.specification_id === specificationId.toLowerCase(),
  )
  if (!found) throw new ApiError('PathNotFound', 'There is no such environment specification')
  return found.language
}

function renderLanguage({ id, display_name, configuration }: Language): ShownLanguage {
  return { name: id, display_name, configuration: JSON.stringify(configuration) }
}
