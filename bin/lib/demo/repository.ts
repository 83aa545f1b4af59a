/** Pushes a folder of the demo as the whole content of an algorithm's repository, with real git. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Remote {
  /** Address of the repository, without credentials. */
  readonly url: string
  readonly username: string
  readonly key: string
}

const TIMEOUT_MS = 120_000
const AUTHOR = { name: 'Algorist demo', email: 'demo@algorist.local' }

/**
 * Replaces the content of the default branch by a folder.
 *
 * @returns the commit that holds it: a new one, or the head when nothing differs
 */
export async function pushFolder(remote: Remote, folder: string): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'algorist-demo-'))
  const clone = join(parent, 'clone')
  const git = (...args: string[]): Promise<string> => runGit(remote, clone, args)
  try {
    await runGit(remote, parent, ['clone', '-q', remote.url, clone])
    await replaceContent(clone, folder)
    await git('add', '-A')
    if ((await git('status', '--porcelain')) !== '') {
      await git('commit', '-q', '-m', 'Install the demo')
      await git('push', '-q')
    }
    return await git('rev-parse', 'HEAD')
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
}

async function replaceContent(clone: string, folder: string): Promise<void> {
  for (const name of await readdir(clone)) {
    if (name !== '.git') await rm(join(clone, name), { recursive: true })
  }
  await cp(folder, clone, { recursive: true, filter: (path) => !path.includes('__pycache__') })
}

async function runGit(remote: Remote, cwd: string, args: readonly string[]): Promise<string> {
  try {
    const options = { cwd, env: gitEnvironment(remote), timeout: TIMEOUT_MS }
    return (await promisify(execFile)('git', args, options)).stdout.trim()
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    throw new Error(`git ${args[0]} of ${remote.url} failed: ${stderr.trim()}`, { cause: error })
  }
}

/** Nothing of the user's configuration; the key travels in the environment, which others cannot read, unlike arguments. */
function gitEnvironment({ username, key }: Remote): NodeJS.ProcessEnv {
  const certificates = Object.entries(process.env).filter(([name]) => /^(GIT_SSL_|SSL_CERT_)/.test(name))
  return {
    ...Object.fromEntries(certificates),
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: AUTHOR.name,
    GIT_AUTHOR_EMAIL: AUTHOR.email,
    GIT_COMMITTER_NAME: AUTHOR.name,
    GIT_COMMITTER_EMAIL: AUTHOR.email,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(`${username}:${key}`).toString('base64')}`,
  }
}
