/** Reads the language folders: one `language.json` each, checked when read and trusted afterwards. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Environment {
  readonly id: string
  readonly specification_id: string
  readonly display_name: string
  readonly description: string
  readonly machine_type: string
  readonly created_at?: string
  /** Older names of environments that it stands for, such as `pytorch-1.*`. */
  readonly package_sets: readonly string[]
  /** Names of the language for which it is the one that is taken when no other is named. */
  readonly default_for: readonly string[]
  /** Folder of the first commit of algorithms in it, beside `language.json`. */
  readonly template: string
  /** Files of the host without which it is not offered. */
  readonly programs: readonly HostProgram[]
}

/** A program of the host, and the Debian package that brings it. */
export interface HostProgram {
  readonly path: string
  readonly package: string
}

export interface Language {
  /** Folder name, and the name used by the API. */
  readonly id: string
  readonly display_name: string
  readonly aliases: readonly string[]
  /** What clients made from the original list of languages call it; null where that is the id. */
  readonly original_name: string | null
  /** How the runner talks to the program (PROTOCOL.md). */
  readonly protocol: 'frames' | 'fifo'
  /** `overlay`: programs may write beside their code, into a private layer that ends with the worker (runtime.md 4.1). */
  readonly code: 'read-only' | 'overlay'
  readonly run: readonly string[]
  /** Starts a template that workers are forked from, for languages that can (design.md 5). */
  readonly zygote: readonly string[] | null
  /** As `run`, but waits for its order (algorist_zygote/runtime.py), for languages that gain by being started ahead. */
  readonly ahead: readonly string[] | null
  readonly build: readonly string[]
  /** Run with the folder of the bridge's copy as its last argument, so that programs start faster; null for nothing. */
  readonly compile: readonly string[] | null
  /** What is mounted for it beyond the system: `node` is Node at `/opt/node`. */
  readonly needs: readonly 'node'[]
  /** Language whose bridge this one builds on, mounted at `/opt/base`; null for none. */
  readonly base: string | null
  /** Paths of the host outside `/usr` that its programs read, mounted as they are where they exist. */
  readonly mounts: readonly string[]
  /** The same for builds alone. */
  readonly build_mounts: readonly string[]
  /** Programs of the host without which nothing of it is built or run. */
  readonly programs: readonly HostProgram[]
  readonly env: Readonly<Record<string, string>>
  /** Command that prints the addresses that builds install packages from; empty for none (registries.ts). */
  readonly registries: readonly string[]
  /** Files of a commit that say which packages it needs, such as `project/*.sbt`: what builds install is kept by them. */
  readonly dependency_files: readonly string[]
  readonly environments: readonly Environment[]
  /** Settings that the server shows; the runner does not read them. */
  readonly configuration: Readonly<Record<string, unknown>>
  /** Absolute path of the folder. */
  readonly folder: string
}

/**
 * Every language under `folder`, sorted by id; folders without `language.json` are passed over.
 * @throws Error naming the file and the member that is wrong
 */
export async function loadLanguages(folder: string): Promise<Language[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const loaded = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => loadLanguage(join(folder, entry.name), entry.name)),
  )
  return loaded.filter((language) => language !== null).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** The programs that this host lacks for a language or an environment; it can be used here when there are none. */
export function missingPrograms({ programs }: { readonly programs: readonly HostProgram[] }): HostProgram[] {
  return programs.filter(({ path }) => !existsSync(path))
}

/** A language that cannot be used on this host, and the Debian packages that bring what it lacks. */
export interface LackingLanguage extends Language {
  readonly lacks: readonly string[]
}

export interface LanguagesHere {
  /** Those that this host can build and run, with the environments that it has. */
  readonly usable: readonly Language[]
  readonly lacking: readonly LackingLanguage[]
}

/** What of the languages this host has the programs for. */
export function languagesHere(languages: readonly Language[]): LanguagesHere {
  const usable: Language[] = []
  const lacking: LackingLanguage[] = []
  for (const language of languages) {
    const environments = language.environments.filter((environment) => missingPackages(environment).length === 0)
    const lacks = missingPackages(language)
    if (lacks.length === 0) usable.push({ ...language, environments })
    else lacking.push({ ...language, lacks })
  }
  return { usable, lacking }
}

/** The Debian packages that bring what is missing, each once. */
export function missingPackages(needs: { readonly programs: readonly HostProgram[] }): string[] {
  return [...new Set(missingPrograms(needs).map((program) => program.package))]
}

async function loadLanguage(folder: string, id: string): Promise<Language | null> {
  const file = join(folder, 'language.json')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  return text === null ? null : parseLanguage({ text, file, folder, id })
}

interface LanguageFile {
  readonly text: string
  readonly file: string
  readonly folder: string
  readonly id: string
}

function parseLanguage({ text, file, folder, id }: LanguageFile): Language {
  const read = reader(file, JSON.parse(text))
  if (read.string('id') !== id) throw new Error(`${file}: id must be the folder's name, "${id}"`)
  return {
    id,
    folder,
    display_name: read.string('display_name'),
    aliases: read.strings('aliases', []),
    original_name: read.optionalString('original_name'),
    protocol: read.oneOf('protocol', ['frames', 'fifo']),
    code: read.oneOf('code', ['read-only', 'overlay'], 'read-only'),
    run: read.command('run'),
    zygote: read.optionalCommand('zygote'),
    ahead: read.optionalCommand('ahead'),
    build: read.command('build'),
    compile: read.optionalCommand('compile'),
    needs: read.strings('needs', []).map((need) => {
      if (need !== 'node') throw new Error(`${file}: needs knows "node" only, not "${need}"`)
      return need
    }),
    base: read.optionalString('base'),
    mounts: read.paths('mounts'),
    build_mounts: read.paths('build_mounts'),
    programs: read.programs('programs'),
    env: read.texts('env'),
    registries: read.strings('registries', []),
    dependency_files: read.relativePaths('dependency_files'),
    environments: read.environments('environments'),
    configuration: read.object('configuration', {}),
  }
}

/** Typed access to the members of a parsed file; errors name the file and the member. */
function reader(file: string, value: unknown) {
  if (!isObject(value)) throw new Error(`${file}: expected a JSON object`)
  const members: Record<string, unknown> = value
  const wrong = (name: string, expected: string) => new Error(`${file}: ${name} must be ${expected}`)

  function string(name: string): string {
    const member = members[name]
    if (typeof member !== 'string' || member === '') throw wrong(name, 'a text')
    return member
  }
  function optionalString(name: string): string | null {
    return members[name] === undefined ? null : string(name)
  }
  function strings(name: string, absent: string[] | null): string[] {
    const member = members[name] ?? absent
    if (!Array.isArray(member) || !member.every((item) => typeof item === 'string'))
      throw wrong(name, 'a list of texts')
    return member
  }
  function command(name: string): string[] {
    const member = strings(name, null)
    if (!member[0]?.startsWith('/')) throw wrong(name, 'a command that starts with an absolute path')
    return member
  }
  function optionalCommand(name: string): string[] | null {
    return members[name] === undefined ? null : command(name)
  }
  function paths(name: string): string[] {
    const member = strings(name, [])
    if (!member.every((path) => path.startsWith('/'))) throw wrong(name, 'a list of absolute paths')
    return member
  }
  function relativePaths(name: string): string[] {
    const member = strings(name, [])
    const isInside = (path: string) => path.split('/').every((part) => !['', '.', '..'].includes(part))
    if (!member.every(isInside)) throw wrong(name, 'a list of paths in the repository')
    return member
  }
  function programs(name: string): HostProgram[] {
    return Object.entries(texts(name)).map(([path, debianPackage]) => {
      if (!path.startsWith('/')) throw wrong(name, 'an object of Debian packages by the absolute path of a program')
      return { path, package: debianPackage }
    })
  }
  function object(name: string, absent: Record<string, unknown>): Record<string, unknown> {
    const member = members[name] ?? absent
    if (!isObject(member)) throw wrong(name, 'an object')
    return member
  }
  function texts(name: string): Record<string, string> {
    const member = object(name, {})
    if (!Object.values(member).every((item) => typeof item === 'string')) throw wrong(name, 'an object of texts')
    return member as Record<string, string>
  }
  function oneOf<T extends string>(name: string, allowed: readonly T[], absent?: T): T {
    const found = allowed.find((item) => item === (members[name] ?? absent))
    if (found === undefined) throw wrong(name, `one of ${allowed.join(', ')}`)
    return found
  }
  function environments(name: string): Environment[] {
    const member = members[name] ?? []
    if (!Array.isArray(member)) throw wrong(name, 'a list')
    return member.map((item, index) => {
      const read = reader(`${file}: ${name}[${index}]`, item)
      return {
        id: read.string('id'),
        specification_id: read.string('specification_id'),
        display_name: read.string('display_name'),
        description: read.string('description'),
        machine_type: read.string('machine_type'),
        ...(isObject(item) && typeof item.created_at === 'string' ? { created_at: item.created_at } : {}),
        package_sets: read.strings('package_sets', []),
        default_for: read.strings('default_for', []),
        template: read.optionalString('template') ?? 'template',
        programs: read.programs('programs'),
      }
    })
  }
  return {
    ...{ string, optionalString, strings, paths, relativePaths, programs, command, optionalCommand },
    ...{ object, texts, oneOf, environments },
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
