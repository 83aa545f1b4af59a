/**
 * Where packages come from on this machine: asked of each language's own package manager, so that no address is written
 * down here. A language says with which command (`registries` in language.json); one that cannot tell has none.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Language } from './languages.ts'
import type { RunnerOptions } from './options.ts'

const execute = promisify(execFile)
const TIMEOUT_MS = 20_000

/** URLs, as the package managers print them; asked once, when somebody first wants to know. */
export function lazyRegistries(
  languages: readonly Language[],
  node: RunnerOptions['node'],
): () => Promise<readonly string[]> {
  let found: Promise<readonly string[]> | null = null
  return () => {
    found ??= Promise.all(languages.map((language) => ask(language, node))).then((all) => all.flat())
    return found
  }
}

async function ask({ registries, folder }: Language, node: RunnerOptions['node']): Promise<string[]> {
  const [program, ...args] = registries.map((word) => (word === '/opt/node/bin/node' ? node.binary : word))
  if (program === undefined) return []
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent', ALGORIST_NPM: node.npmFolder ?? '' }
  return execute(program, args, { cwd: folder, env, timeout: TIMEOUT_MS }).then(
    ({ stdout }) => stdout.split('\n').filter((line) => URL.canParse(line)),
    () => [],
  )
}
