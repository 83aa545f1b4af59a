/** Git objects that no ordinary git command makes, and pushes of them; exit code and what git printed are the answer. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { git, gitOrFail, type Workshop } from '../../lib/algorithms.ts'
import { type Finished, run } from '../../lib/processes.ts'
import type { Answer } from './rows.ts'

export interface TreeEntry {
  /** `100644`, `100755`, `120000` a symbolic link, `40000` a folder, `160000` a submodule. */
  readonly mode: string
  readonly name: string | Buffer
  readonly sha: string
}

export interface Forge {
  readonly folder: string
  blob(content: string | Buffer): Promise<string>
  /** Written as it is given: no order, no checks. */
  tree(entries: readonly TreeEntry[]): Promise<string>
  /** A commit on top of the server's master. */
  commit(tree: string): Promise<string>
  /** Any object from its bytes. */
  object(type: string, content: string | Buffer): Promise<string>
  /** The tree of the first commit with these entries besides, or instead of those with the same name. */
  treeWith(entries: readonly TreeEntry[]): Promise<string>
  push(refspec: string, ...options: readonly string[]): Promise<Answer>
  pushTo(url: string, refspec: string): Promise<Answer>
  close(): Promise<void>
}

const IDENTITY = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Forger',
  GIT_AUTHOR_EMAIL: 'forger@example.com',
  GIT_COMMITTER_NAME: 'Forger',
  GIT_COMMITTER_EMAIL: 'forger@example.com',
}

export async function createForge(shop: Workshop): Promise<Forge> {
  const parent = await mkdtemp(join(tmpdir(), 'algorist-forge-'))
  await gitOrFail(parent, 'clone', '-q', '--bare', shop.gitUrl, 'forge')
  const folder = join(parent, 'forge')

  async function plumb(input: string | Buffer, ...args: string[]): Promise<string> {
    const finished = await run('git', args, { cwd: folder, input, env: IDENTITY })
    if (finished.code !== 0) throw new Error(`git ${args.join(' ')}: ${finished.stderr}`)
    return finished.stdout.toString().trim()
  }

  const object: Forge['object'] = (type, content) =>
    plumb(content, 'hash-object', '-t', type, '-w', '--literally', '--stdin')

  function tree(entries: readonly TreeEntry[]): Promise<string> {
    const bytes = entries.flatMap(({ mode, name, sha }) => [
      Buffer.from(`${mode} `),
      Buffer.from(name),
      Buffer.from([0]),
      Buffer.from(sha, 'hex'),
    ])
    return object('tree', Buffer.concat(bytes))
  }

  async function head(): Promise<string> {
    await gitOrFail(folder, 'fetch', '-q', shop.gitUrl, 'master')
    return plumb('', 'rev-parse', 'FETCH_HEAD')
  }

  // The first tree, so that what one push did to the server's does not matter to the next.
  const listing = await plumb('', 'ls-tree', 'HEAD')
  const first: TreeEntry[] = listing.split('\n').map((line) => {
    const [, mode = '', sha = '', name = ''] = /^(\d+) \w+ (\w+)\t(.*)$/.exec(line) ?? []
    return { mode: mode.replace(/^0/, ''), sha, name }
  })

  async function treeWith(entries: readonly TreeEntry[]): Promise<string> {
    const names = new Set(entries.map(({ name }) => name.toString()))
    const all: TreeEntry[] = [...first.filter(({ name }) => !names.has(name.toString())), ...entries]
    const key = ({ mode, name }: TreeEntry) =>
      Buffer.concat([Buffer.from(name), Buffer.from(mode === '40000' ? '/' : '')])
    return tree(all.sort((a, b) => Buffer.compare(key(a), key(b))))
  }

  const pushTo: Forge['pushTo'] = async (url, refspec) => answerOf(await git(folder, 'push', url, refspec))

  return {
    folder,
    object,
    blob: (content) => object('blob', content),
    tree,
    treeWith,
    commit: async (treeSha) => plumb('', 'commit-tree', treeSha, '-p', await head(), '-m', 'forged'),
    push: async (refspec, ...options) => answerOf(await git(folder, 'push', ...options, shop.gitUrl, refspec)),
    pushTo,
    close: () => rm(parent, { recursive: true, force: true }),
  }
}

export function answerOf({ code, stderr }: Finished): Answer {
  return { status: code, text: stderr }
}
