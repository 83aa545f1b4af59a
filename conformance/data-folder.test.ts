/** Who can get at what in the data folder of a server that has been used: looked at file by file, and tried as other users. */
import assert from 'node:assert/strict'
import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join, relative } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Account, createAccount } from './lib/accounts.ts'
import { createAlgorithm, publish, pushGreen } from './lib/algorithms.ts'
import { run } from './lib/processes.ts'
import { startTarget, type Target } from './lib/server.ts'
import { jsonOf, send } from './lib/wire.ts'

const isRoot = process.getuid?.() === 0
/** As the server chooses them when it is root. */
const FIRST_UID = 200_000

/** Prints which of the paths on its standard input it may read, write or list. */
const TRY_ALL = `
while (my $path = <STDIN>) {
  chomp $path;
  print "read $path\\n" if -f $path && open(my $file, '<', $path);
  print "list $path\\n" if -d $path && opendir(my $folder, $path);
  print "write $path\\n" if !-l $path && -w $path && -e $path;
}
`

interface Entry {
  /** Below the data folder. */
  readonly path: string
  readonly found: Stats
}

let target: Target
let home: string
let entries: Entry[]
const accounts: Account[] = []

function walk(folder: string): Entry[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found === undefined) return []
    const entry = { path: relative(home, path), found }
    return found.isDirectory() ? [entry, ...walk(path)] : [entry]
  })
}

async function reachableAs(uid: number): Promise<string[]> {
  const as = ['--reuid', String(uid), '--regid', String(uid), '--clear-groups', '--']
  const input = entries.map(({ path }) => join(home, path)).join('\n')
  const { code, stdout, stderr } = await run('setpriv', [...as, '/usr/bin/perl', '-e', TRY_ALL], { input })
  assert.equal(code, 0, stderr)
  return stdout
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => line.replace(`${home}/`, ''))
}

before(async () => {
  target = await startTarget()
  home = target.home ?? ''
  for (const name of ['One', 'Two']) {
    const account = await createAccount(target, name.toLowerCase())
    const { shop } = await createAlgorithm(target, account, { name, language: 'python3' })
    await pushGreen(shop, { [`src/${name}.py`]: 'def apply(input):\n    return input\n', 'requirements.txt': '' })
    await publish(shop)
    jsonOf(await send(target.url, `POST /v1/algo/${account.username}/${name}/0.1.0`, { key: account.key, json: 1 }))
    accounts.push(account)
  }
  entries = walk(home)
})
after(() => target?.close())

const skip = process.env.ALGORIST_TARGET ? 'the server is not ours' : false

describe('the data folder', { skip }, () => {
  test('has nothing that everybody may write', () => {
    const open = entries.filter(({ found }) => !found.isSymbolicLink() && (found.mode & 0o002) !== 0)
    assert.deepEqual(
      open.map(({ path }) => path),
      [],
    )
    assert.ok(entries.length > 100, `${entries.length} entries`)
  })

  test('keeps secrets to the server', () => {
    const secret = entries.filter(({ path }) => /^(?:db|run)(?:\/|$)|^(?:bootstrap\.json|master\.key)/.test(path))
    for (const name of ['bootstrap.json', 'master.key', 'db/algorist.sqlite', 'run/server.json']) {
      assert.ok(
        secret.some(({ path }) => path === name),
        name,
      )
    }
    for (const { path, found } of secret) {
      assert.equal(found.uid, process.getuid?.(), path)
      const isClosed = (found.mode & 0o077) === 0
      assert.ok(isClosed || path.startsWith('db/') || path.startsWith('run/'), `${path} ${found.mode.toString(8)}`)
    }
    for (const name of ['db', 'run']) assert.equal(lstatSync(join(home, name)).mode & 0o777, 0o700, name)
  })

  test('has each repository closed, and of a uid of its own for each account', () => {
    const repositories = entries.filter(({ path }) => /^git\/[^/]+\.git$/.test(path))
    assert.equal(repositories.length, 2)
    for (const { path, found } of repositories) assert.equal(found.mode & 0o777, 0o700, path)
    if (isRoot) assert.equal(new Set(repositories.map(({ found }) => found.uid)).size, 2)
  })

  describe('tried by other users', { skip: isRoot ? false : 'only root can be other users' }, () => {
    /** What every sandbox mounts, and what builds left: read-only, under names that cannot be listed. */
    const shared = /^(?:read|list) runner\/(?:runtime|artifacts|dependencies)\/./
    const owned = (uid: number) => (line: string) =>
      entries.some(({ path, found }) => found.uid === uid && line.endsWith(` ${path}`))

    test('a stranger reads what sandboxes are made of, and writes nothing', async () => {
      const reachable = await reachableAs(65_534)
      assert.deepEqual(
        reachable.filter(
          (line) =>
            !shared.test(line) &&
            !line.startsWith('read git/hooks/') &&
            line !== 'list git/hooks' &&
            line !== 'read format',
        ),
        [],
      )
    })

    test("an account's processes get at their own repository and no other", async () => {
      const uids = [...new Set(entries.map(({ found }) => found.uid))].filter((uid) => uid >= FIRST_UID)
      assert.ok(uids.length >= 2, uids.join(', '))
      for (const uid of uids) {
        const more = (await reachableAs(uid)).filter((line) => !shared.test(line) && !owned(uid)(line))
        assert.deepEqual(
          more.filter((line) => !/^(?:list|read) git\/hooks/.test(line) && line !== 'read format'),
          [],
        )
        assert.ok(
          (await reachableAs(uid)).some((line) => /^read git\/[^/]+\.git\/config$/.test(line)) || uid === FIRST_UID,
        )
      }
    })
  })
})
