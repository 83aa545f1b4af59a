/** Which environments there are, and which one a request means (rest-api.md 3.2, 3.12). */
import { ApiError } from '@algorist/contract/errors.ts'
import type {
  Environment as ShownEnvironment,
  Language as ShownLanguage,
} from '@algorist/contract/operations/environments.ts'
import type { Environment, LackingLanguage, Language } from '@algorist/runner/languages.ts'
import { whyElsewhere } from './elsewhere.ts'

export interface Chosen {
  readonly language: Language
  readonly environment: Environment
}

/** An environment of a language of that kind. */
interface Found<L extends Language> extends Chosen {
  readonly language: L
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

/** What there is to choose from. */
export interface Offer {
  readonly languages: readonly Language[]
  /** Those that this host lacks programs for: asking for them is another mistake than a typo. */
  readonly lackingLanguages: readonly LackingLanguage[]
}

/**
 * The environment that a request means, or undefined when it names none.
 * @throws UnknownAlgorithmLanguage, UnsupportedAlgorithmLanguage, PackageSetNotFound, UnsupportedMachineType; what this
 *   host lacks is in the message
 */
export function chooseEnvironment(offer: Offer, selector: EnvironmentSelector): Chosen | undefined {
  const chosen = byId(offer, selector) ?? byPackageSet(offer, selector) ?? byLanguage(offer, selector)
  const wantsGpu = selector.environment === 'gpu' || /gpu|cuda/i.test(selector.package_set ?? '')
  if (chosen && wantsGpu && chosen.environment.machine_type !== 'GPU') {
    throw new ApiError('UnsupportedMachineType', 'This server has no environment with a GPU for this algorithm')
  }
  return chosen
}

function byId(offer: Offer, { algorithm_environment: id }: EnvironmentSelector): Chosen | undefined {
  if (!id) return undefined
  const isMeant = ({ environment }: Chosen) => environment.id === id.toLowerCase()
  const found = everyEnvironment(offer.languages).find(isMeant)
  if (found) return found
  const lacking = everyEnvironment(offer.lackingLanguages).find(isMeant)
  if (lacking) throw new ApiError('UnsupportedAlgorithmLanguage', lacks(lacking.language))
  throw new ApiError('UnknownAlgorithmLanguage', `There is no environment with the id '${id}'`)
}

/** Package sets are what environments were called before: `python38` is `Python 3.8`. */
function byPackageSet(offer: Offer, { package_set: name }: EnvironmentSelector): Chosen | undefined {
  if (!name) return undefined
  const found = findPackageSet(offer.languages, name)
  if (found) return found
  const lacking = findPackageSet(offer.lackingLanguages, name)
  const reason = lacking ? `: ${lacks(lacking.language)}` : because(whyElsewhere(name))
  throw new ApiError('PackageSetNotFound', `There is no package set '${name}'${reason}`)
}

function findPackageSet<L extends Language>(languages: readonly L[], name: string): Found<L> | undefined {
  const wanted = plain(name)
  const all = everyEnvironment(languages)
  const stands = ({ environment }: Chosen) => environment.package_sets.some((pattern) => isLike(name, pattern))
  return (
    all.find(({ environment }) => plain(environment.display_name) === wanted) ??
    all.find(stands) ??
    all.find(({ language: { id, aliases } }) => [id, ...aliases].some((each) => begins(name, each)))
  )
}

/** Package sets were named by their language and what else is in them: `scala-2-sbt-1.3.3` begins with `scala-2`. */
function begins(name: string, part: string): boolean {
  return new RegExp(`^${RegExp.escape(part)}(?![a-z0-9])`, 'i').test(name) || plain(name) === plain(part)
}

/** `*` in a pattern stands for anything. */
function isLike(name: string, pattern: string): boolean {
  const source = pattern.split('*').map(RegExp.escape).join('.*')
  return new RegExp(`^${source}$`, 'is').test(name)
}

function byLanguage(offer: Offer, { language: name, environment }: EnvironmentSelector): Chosen | undefined {
  if (!name) return undefined
  const language = findLanguage(offer.languages, name)
  if (!language) throw missingLanguage(offer, name)
  const machineType = environment?.toUpperCase()
  const { environments } = language
  const suiting = environments.filter(({ machine_type }) => machine_type === machineType)
  const isDefault = (each: Environment) => each.default_for.some((alias) => alias === name.toLowerCase())
  const among = suiting.length > 0 ? suiting : environments
  const chosen = among.find(isDefault) ?? among[0]
  if (!chosen) throw new ApiError('UnsupportedAlgorithmLanguage', `The language '${name}' has no environment here`)
  return { language, environment: chosen }
}

function missingLanguage({ lackingLanguages }: Offer, name: string): ApiError {
  const lacking = findLanguage(lackingLanguages, name)
  const elsewhere = whyElsewhere(name)
  const reason = lacking ? `: ${lacks(lacking)}` : because(elsewhere)
  const isKnown = lacking !== undefined || elsewhere !== undefined
  const error = isKnown ? 'UnsupportedAlgorithmLanguage' : 'UnknownAlgorithmLanguage'
  return new ApiError(error, `This server has no language '${name}'${reason}`)
}

const because = (reason: string | undefined) => (reason === undefined ? '' : `: ${reason}`)

/** For the operator, whom the author will ask. */
function lacks({ id, lacks: packages }: LackingLanguage): string {
  return `its host lacks Debian's ${packages.join(', ')}, which \`bin/up --languages ${id}\` installs`
}

/** By folder name or alias, in any case. */
export function findLanguage<L extends Language>(languages: readonly L[], name: string): L | undefined {
  const wanted = name.toLowerCase()
  return (
    languages.find(({ id }) => id === wanted) ??
    languages.find(({ aliases }) => aliases.some((alias) => alias.toLowerCase() === wanted))
  )
}

function everyEnvironment<L extends Language>(languages: readonly L[]): Found<L>[] {
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
export function bySpecification(languages: readonly Language[], specificationId: string): Chosen {
  const found = everyEnvironment(languages).find(
    ({ environment }) => environment.specification_id === specificationId.toLowerCase(),
  )
  if (!found) throw new ApiError('PathNotFound', 'There is no such environment specification')
  return found
}

function renderLanguage({ id, display_name, configuration }: Language): ShownLanguage {
  return { name: id, display_name, configuration: JSON.stringify(configuration) }
}
