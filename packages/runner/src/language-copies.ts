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
    const copy = await compiledCopy(language, base && copies.get(base.id))
    copies.set(language.id, copy)
    return copy
  }

  /**
   * Best effort: what is not compiled here is compiled by each worker that starts, or missed by it. A copy without it has another
   * name, so that the next server tries again: the disk may have been full.
   */
  async function compiledCopy(language: Language, base: string | undefined): Promise<string> {
    const finish = finishOf(language, base)
    try {
      return await stageFolder(runtime, language.folder, finish)
    } catch (error) {
      if (!(error instanceof NotCompiled)) throw error
      log.warn({ language: language.id, reason: error.message }, 'a bridge could not be compiled')
      return stageFolder(runtime, language.folder, { label: `${finish.label} not compiled`, fill: async () => {} })
    }
  }

  const known = await readdir(runtime)
  const wasUsed = ({ id }: Language) => known.some((name) => name.startsWith(`${id}-`))
  const isQuick = ({ compile, zygote }: Language) => compile === null || zygote !== null
  await Promise.all(languages.filter((language) => isQuick(language) || wasUsed(language)).map(prepare))
  return { copies, prepare }
}

class NotCompiled extends Error {}

/** A copy is named by its base's as well, so that it is compiled again when that changes. */
function finishOf({ compile }: Language, base: string | undefined): Finish {
  const [program, ...args] = compile ?? []
  const baseBridge = base === undefined ? [] : [join(base, 'bridge')]
  return {
    label: base === undefined ? '' : basename(base),
    async fill(copy) {
      if (program === undefined) return
      await runTool(program, [...args, join(copy, 'bridge'), ...baseBridge]).catch((error: Error) => {
        throw new NotCompiled(error.message)
      })
    },
  }
}
