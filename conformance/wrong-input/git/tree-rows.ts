/** Trees that are dangerous to check out: refused by the push, refused by the build, or made harmless. */
import type { Forge, TreeEntry } from '../lib/forge.ts'
import type { Expected, Row } from '../lib/rows.ts'

/** What a push is answered with: refused with a reason, stored but not built, or built. */
const refused = (reason: RegExp): Expected => ({ status: 1, message: reason })
const unbuildable = (reason: RegExp): Expected => ({
  status: 0,
  message: new RegExp(`${reason.source}.*build FAILED`, 's'),
})
const built: Expected = { status: 0, message: /build successful/ }

interface TreeCase {
  readonly name: string
  readonly expected: Expected
  readonly withinMs?: number
  readonly trees: Readonly<Record<string, (forge: Forge) => Promise<string>>>
}

const ZERO_SHA = '1'.repeat(40)

const link = (name: string, target: string) => async (forge: Forge) =>
  forge.treeWith([{ mode: '120000', name, sha: await forge.blob(target) }])

const file =
  (name: string | Buffer, content: string | Buffer = 'x') =>
  async (forge: Forge) =>
    forge.treeWith([{ mode: '100644', name, sha: await forge.blob(content) }])

/** Files below folders: `a/b` becomes two trees. */
async function nested(forge: Forge, path: readonly string[], content: string): Promise<TreeEntry> {
  const [name = '', ...rest] = path
  if (rest.length === 0) return { mode: '100644', name, sha: await forge.blob(content) }
  return { mode: '40000', name, sha: await forge.tree([await nested(forge, rest, content)]) }
}

const dotGit = (name: string) => async (forge: Forge) =>
  forge.treeWith([await nested(forge, [name, 'config'], '[core]\n\tfsmonitor = /bin/false\n')])

const CASES: readonly TreeCase[] = [
  {
    name: 'a symbolic link out of the tree',
    expected: unbuildable(/The symbolic link \S+ leads out of the repository/),
    trees: {
      '../../etc/passwd': link('link', '../../etc/passwd'),
      '/etc/passwd': link('link', '/etc/passwd'),
      '/proc/self/environ': link('link', '/proc/self/environ'),
      '/opt/algorithm/../../etc': link('link', '/opt/algorithm/../../etc'),
      '/opt/language/build.py': link('link', '/opt/language/build.py'),
      'src → /usr/lib': link('src', '/usr/lib'),
      'src → ..': link('src', '..'),
      'through another link': async (forge) =>
        forge.treeWith([
          { mode: '120000', name: 'one', sha: await forge.blob('src') },
          { mode: '120000', name: 'two', sha: await forge.blob('one/../..') },
        ]),
      'to itself': link('loop', 'loop'),
    },
  },
  {
    name: 'a symbolic link inside the tree',
    expected: built,
    trees: {
      'link → src': link('link', 'src'),
      'link → /opt/algorithm/src': link('link', '/opt/algorithm/src'),
      dangling: link('link', 'nothing'),
    },
  },
  {
    name: 'an entry that is a git folder',
    expected: refused(/hasDotgit|contains '\.git'|fsck error/),
    trees: {
      '.git/config': dotGit('.git'),
      '.GIT/config': dotGit('.GIT'),
      'git~1/config': dotGit('git~1'),
      '.gi\\u200ct/config': dotGit('.gi\u200ct'),
      '.git as a link': link('.git', '/etc'),
      '.git as a file': file('.git', 'gitdir: /etc'),
    },
  },
  {
    name: 'an entry that is no name',
    expected: refused(/fsck error|hasDot|fullPathname|contains/),
    trees: {
      '..': async (forge) => forge.treeWith([await nested(forge, ['..', 'x'], 'x')]),
      '.': async (forge) => forge.treeWith([await nested(forge, ['.', 'x'], 'x')]),
      'a/b': file('a/b'),
      'the same twice': async (forge) => {
        const sha = await forge.blob('x')
        return forge.tree([
          { mode: '100644', name: 'a', sha },
          { mode: '100644', name: 'a', sha },
        ])
      },
    },
  },
  {
    name: 'a .gitmodules that runs something',
    expected: refused(/gitmodules|fsck error/),
    trees: {
      'url = --upload-pack': file('.gitmodules', '[submodule "a"]\n\tpath = a\n\turl = --upload-pack=touch /tmp/x\n'),
      'name = ../x': file('.gitmodules', '[submodule "../x"]\n\tpath = a\n\turl = https://example.com/a\n'),
      'update = !sh': file(
        '.gitmodules',
        '[submodule "a"]\n\tpath = a\n\turl = https://example.com/a\n\tupdate = !sh\n',
      ),
      'as a link': link('.gitmodules', 'src/x'),
    },
  },
  {
    name: 'a submodule',
    expected: built,
    trees: {
      'without .gitmodules': async (forge) => forge.treeWith([{ mode: '160000', name: 'sub', sha: ZERO_SHA }]),
      'of this machine': async (forge) =>
        forge.treeWith([
          {
            mode: '100644',
            name: '.gitmodules',
            sha: await forge.blob('[submodule "sub"]\n\tpath = sub\n\turl = https://127.0.0.1/a\n'),
          },
          { mode: '160000', name: 'sub', sha: ZERO_SHA },
        ]),
    },
  },
  {
    name: 'attributes that ask for filters',
    expected: built,
    trees: {
      'filter, export-subst, ident, eol, encoding': file(
        '.gitattributes',
        '* filter=evil diff=evil merge=evil export-subst ident\n*.py text eol=crlf\n*.txt working-tree-encoding=UTF-16\n[attr]x filter=lfs\n',
      ),
      'an LFS pointer': file('model.bin', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'),
    },
  },
  {
    name: 'names that are hard to handle',
    expected: built,
    trees: {
      'line feed': file('a\nb.txt'),
      'not UTF-8': file(Buffer.from([0x61, 0xff, 0xfe])),
      'only capitals differ': async (forge) => {
        const sha = await forge.blob('x')
        return forge.treeWith([
          { mode: '100644', name: 'README', sha },
          { mode: '100644', name: 'Readme', sha },
        ])
      },
      options: file('--checkpoint-action=exec=sh'),
      'quotes and backslashes': file('$(id)`id`"\'\\;&|'),
      'escape codes': file('\u001b[2J\u0007'),
      '255 bytes': file('n'.repeat(255)),
    },
  },
  {
    name: 'a name or path that no file system takes',
    expected: unbuildable(/Could not check out/),
    trees: {
      '256 bytes': file('n'.repeat(256)),
      '2500 folders deep': async (forge) => {
        let entry: TreeEntry = { mode: '100644', name: 'x', sha: await forge.blob('x') }
        for (let depth = 0; depth < 60; depth++)
          entry = { mode: '40000', name: 'd'.repeat(100), sha: await forge.tree([entry]) }
        return forge.treeWith([entry])
      },
    },
  },
  {
    name: 'modes that set more than permission to run',
    expected: built,
    trees: {
      'setuid 104755': async (forge) => forge.treeWith([{ mode: '104755', name: 'su', sha: await forge.blob('x') }]),
    },
  },
  {
    name: 'an empty tree',
    expected: { status: 0, message: /warning: expected the algorithm in src\/Forge\.py/ },
    trees: { empty: (forge) => forge.tree([]) },
  },
  {
    name: '50,000 files',
    expected: built,
    withinMs: 40_000,
    trees: {
      '50,000 × 1 byte': async (forge) => {
        const sha = await forge.blob('x')
        const files = Array.from({ length: 50_000 }, (_, n) => ({
          mode: '100644',
          name: `f${String(n).padStart(5, '0')}`,
          sha,
        }))
        return forge.treeWith([{ mode: '40000', name: 'many', sha: await forge.tree(files) }])
      },
    },
  },
  {
    name: 'a file of 100 MiB that packs small',
    expected: built,
    withinMs: 30_000,
    trees: { zeros: (forge) => file('zeros.bin', Buffer.alloc(100 << 20))(forge) },
  },
]

export function treeRows(forge: () => Forge): Row[] {
  return CASES.map(({ name, expected, withinMs = 6000, trees }) => {
    let sha = ''
    return {
      name: `a push of ${name}`,
      inputs: Object.keys(trees),
      expected,
      withinMs,
      async prepare(input) {
        const tree = trees[String(input)]
        if (tree) sha = await forge().commit(await tree(forge()))
      },
      send: () => forge().push(`${sha}:refs/heads/master`),
    }
  })
}
