/** Templates as they lie in the folders of languages, and what becomes of them in a repository. */
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { FileTree, TreeFile } from '../git/initial-commit.ts'
import type { Chosen } from './environments.ts'

/** The files of an environment's template, sorted by path; none when it has no template. */
export async function readTemplate({ language, environment }: Chosen): Promise<FileTree> {
  const root = join(language.folder, environment.template)
  const entries = await readdir(root, { withFileTypes: true, recursive: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    },
  )
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const files = await Promise.all(paths.map((path) => readTreeFile(root, path)))
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function readTreeFile(root: string, path: string): Promise<TreeFile> {
  const [{ mode }, content] = await Promise.all([lstat(path), readFile(path)])
  return { path: relative(root, path), content, executable: (mode & 0o100) !== 0 }
}

export interface TemplateNames {
  readonly owner: string
  readonly name: string
}

/** Replaces the name tokens in paths and in text files; binary files stay as they are (runtime.md 1.3). */
export function fillTemplate(files: FileTree, names: TemplateNames): FileTree {
  return files.map(({ path, content, executable }) => ({
    path: replaceTokens(path, names),
    content: isBinary(content) ? content : Buffer.from(replaceTokens(content.toString(), names)),
    executable,
  }))
}

function replaceTokens(text: string, { owner, name }: TemplateNames): string {
  return text
    .replaceAll('__ALGO__', () => name)
    .replaceAll('__USER__', () => owner)
    .replaceAll('__algoname__', () => name)
    .replaceAll('__username__', () => owner)
}

function isBinary(content: Buffer): boolean {
  return content.includes(0) || !Buffer.from(content.toString()).equals(content)
}
