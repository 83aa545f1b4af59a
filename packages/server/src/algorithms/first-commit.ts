/** The first commit of a new algorithm: the filled template, its configuration and its license (runtime.md 1.3). */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Chosen } from '../environments/environments.ts'
import { fillTemplate, readTemplate } from '../environments/template.ts'
import type { FileTree, TreeFile } from '../git/initial-commit.ts'
import type { License } from './settings.ts'

export interface FirstCommit {
  readonly owner: string
  readonly name: string
  readonly chosen: Chosen
  readonly license: License
}

export async function firstCommitFiles({ owner, name, chosen, license }: FirstCommit): Promise<FileTree> {
  const template = fillTemplate(await readTemplate(chosen), { owner, name })
  const own = [configuration({ owner, name, language: chosen.language.id }), ...(await licenseFile(license, owner))]
  const replaced = new Set(own.map(({ path }) => path))
  return [...template.filter(({ path }) => !replaced.has(path)), ...own]
}

/** In the style of the repositories that exist: pretty, with a space before the colon. */
function configuration({ owner, name, language }: { owner: string; name: string; language: string }): TreeFile {
  const members = { username: owner, algoname: name, language, submitted_at: Date.now() }
  const lines = Object.entries(members).map(([key, value]) => `  "${key}" : ${JSON.stringify(value)}`)
  return textFile('algorithmia.conf', `{\n${lines.join(',\n')}\n}\n`)
}

/** Open licenses are put into the repository; the closed default has no text. */
async function licenseFile(license: License, owner: string): Promise<TreeFile[]> {
  if (license === 'apl') return []
  const text = await readFile(join(import.meta.dirname, 'licenses', `${license}.txt`), 'utf8')
  const year = String(new Date().getUTCFullYear())
  return [
    textFile(
      'LICENSE.txt',
      text.replaceAll('{year}', year).replaceAll('{owner}', () => owner),
    ),
  ]
}

function textFile(path: string, text: string): TreeFile {
  return { path, content: Buffer.from(text), executable: false }
}
