/**
 * What installed packages depend on, as one name: two builds of an account with the same key may use the same packages
 * (decision 0077). Reads files of a commit as it was checked out, before anything of it has run.
 */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Language } from './languages.ts'
import type { RunnerOptions } from './options.ts'
import type { RuntimeFiles } from './runtime-files.ts'

/** Changes whenever layers of before are not to be used any more. */
const FORMAT = '1'

export interface DependencyKeyOptions {
  readonly language: Language
  readonly files: Pick<RuntimeFiles, 'languages' | 'node' | 'certificates'>
  readonly buildNetwork: RunnerOptions['buildNetwork']
  /** The commit, checked out. */
  readonly tree: string
  readonly commitSha: string
}

/**
 * Hexadecimal digest over the language's programs, build and settings, and over the files that its `dependency_files` name.
 * Null when the commit has none of these: there is nothing to keep packages by.
 */
export async function dependencyKey(options: DependencyKeyOptions): Promise<string | null> {
  const { language, files, buildNetwork, tree, commitSha } = options
  const digest = createHash('sha256')
  const add = (...parts: readonly string[]) => digest.update(`${JSON.stringify(parts)}\n`)
  const copies = [language.id, ...(language.base === null ? [] : [language.base])]
  add(FORMAT, process.arch, language.id)
  // Copies are named by what is in them (runtime-files.ts).
  add('copies', ...copies.map((id) => basename(files.languages.get(id) ?? '')))
  add('node', ...(language.needs.includes('node') ? files.node.map(({ source }) => basename(source)) : []))
  add('programs', ...(await Promise.all(programsOf(language).map(describeProgram))))
  add('network', JSON.stringify(Object.entries(buildNetwork.env).sort()))
  add('certificates', ...files.certificates.map(({ source }) => basename(source)))

  let isAnyThere = false
  for (const pattern of [...language.dependency_files].sort()) {
    const found = await findFiles(tree, pattern.split('/'))
    if (found.length === 0) add('missing', pattern)
    for (const { path, isLink } of found) {
      isAnyThere = true
      // What a link leads to may be anything in the commit, so it stands for all of it.
      if (isLink) add('link', path, commitSha)
      else await addFile(digest, tree, path)
    }
  }
  return isAnyThere ? digest.digest('hex') : null
}

function programsOf({ programs, run, build }: Language): string[] {
  const paths = [...programs.map(({ path }) => path), run[0] ?? '', build[0] ?? '']
  return [...new Set(paths)].filter((path) => path !== '' && !path.startsWith('/opt/')).sort()
}

/** A new version of an interpreter or compiler is another file. */
async function describeProgram(path: string): Promise<string> {
  const real = await realpath(path).catch(() => path)
  const found = await stat(real).catch(() => null)
  return found === null ? `${path} missing` : `${real} ${found.size} ${Math.floor(found.mtimeMs)}`
}

interface FoundFile {
  readonly path: string
  /** It is a link, or behind one. */
  readonly isLink: boolean
}

/** Files under `tree` by the parts of a name, in which `*` stands for anything; sorted. Links are not followed. */
async function findFiles(tree: string, parts: readonly string[], folder = ''): Promise<FoundFile[]> {
  const [part, ...rest] = parts
  if (part === undefined) return []
  const names = part.includes('*') ? await namesLike(join(tree, folder), part) : [part]
  const found = await Promise.all(
    names.map(async (name): Promise<FoundFile[]> => {
      const path = folder === '' ? name : `${folder}/${name}`
      const kind = await lstat(join(tree, path)).catch(() => null)
      if (kind?.isSymbolicLink()) return [{ path, isLink: true }]
      if (rest.length > 0) return kind?.isDirectory() ? findFiles(tree, rest, path) : []
      return kind?.isFile() ? [{ path, isLink: false }] : []
    }),
  )
  return found.flat()
}

async function namesLike(folder: string, pattern: string): Promise<string[]> {
  const source = pattern.split('*').map(RegExp.escape).join('.*')
  const isLike = new RegExp(`^${source}$`, 's')
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => isLike.test(name)).sort()
}

async function addFile(digest: Hash, tree: string, path: string): Promise<void> {
  const content = createHash('sha256')
  for await (const bytes of createReadStream(join(tree, path))) content.update(bytes)
  digest.update(`${JSON.stringify(['file', path, content.digest('hex')])}\n`)
}
