/**
 * The server's copies of language folders, with their bridges compiled. A language that this data folder has not used yet is
 * copied when it is first built or run: compilers take seconds, and most servers use a few languages.
 */
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Language } from './languages.ts'
import type { Logger } from './options.ts'
import { type Finish, stageFolder } from './staging.ts'
import { runTool } from './tool.ts'

export interface LanguageCopies {
  /** Folders by language id; a language is there once `prepare` has resolved for it. */
  readonly copies: ReadonlyMap<string, string>
  /** Makes the copy unless it is there. @throws Error when the disk does not let it */
  prepare(language: Language): Promise<void>
}

/** Prepares at once what takes no compiler, what templates are made of, and what has been used here before. */
export async function stageLanguages(
  runtime: string,
  languages: readonly Language[],
  log: Logger,
): Promise<LanguageCopies> {
  const copies = new Map<string, string>()
  const underWay = new Map<string, Promise<string>>()

  async function prepare(language: Language): Promise<void> {
    if (!copies.has(language.id)) await copyOf(language)
  }

  function copyOf(language: Language): Promise<string> {
    const known = underWay.get(language.id)
    if (known !== undefined) return known
    const making = make(language).finally(() => underWay.delete(language.id))
    underWay.set(language.id, making)
    return making
  }

  /** Bridges are compiled against that of their base, so that comes first. */
  async function make(language: Language): Promise<string> {
    const base = languages.find(({ id }) => id === language.base)
    if (base !== undefined) await prepare(base)
    const copy = await stageFolder(runtime, language.folder, finishOf(language, base && copies.get(base.id)))
    copies.set(language.id, copy)
    return copy
  }

  /** A copy is named by its base's as well, so that it is compiled again when that changes. */
  function finishOf(language: Language, base: string | undefined): Finish {
    const label = base === undefined ? '' : basename(base)
    return { label, fill: (copy) => compileBridge(language, join(copy, 'bridge'), base) }
  }

  /** Best effort: what is not compiled here is compiled by each worker that starts, or missed by it. */
  async function compileBridge({ id, compile }: Language, bridge: string, base: string | undefined): Promise<void> {
    const [program, ...args] = compile ?? []
    const folders = [bridge, ...(base === undefined ? [] : [join(base, 'bridge')])]
    if (program === undefined) return
    await runTool(program, [...args, ...folders]).catch((error: Error) => {
      log.warn({ language: id, reason: error.message }, 'a bridge could not be compiled')
    })
  }

  const known = await readdir(runtime)
  const wasUsed = ({ id }: Language) => known.some((name) => name.startsWith(`${id}-`))
  const isQuick = ({ compile, zygote }: Language) => compile === null || zygote !== null
  await Promise.all(languages.filter((language) => isQuick(language) || wasUsed(language)).map(prepare))
  return { copies, prepare }
}
